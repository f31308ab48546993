import type { Options } from "../../contract/options.ts";
import type { Finding } from "../../model/finding.ts";
import type { Directory } from "./directory.ts";

/** Says what the server is. Throws what spoils the endpoint. */
export async function* checkDirectory({ session, flavour }: Directory, options: Options): AsyncGenerator<Finding> {
  const { entry } = await session.root(options);
  const vendor = [entry.text("vendorName"), entry.text("vendorVersion")].filter((each) => each !== undefined).join(" ");
  yield {
    code: "ldap.server",
    severity: "info",
    about: session.server.about,
    message: `${session.server.name} answers${vendor === "" ? "" : ` as ${vendor}`}; read as ${flavour.name}`,
  };
}
