import type { CheckRequest } from "../../../contract/check.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Role } from "../../../model/item.ts";
import type { Line, Server } from "../connect.ts";
import { differences } from "../profile/differences.ts";
import type { Observed, Profile, Provenance } from "../profile/profile.ts";
import type { Recognition } from "../profile/recognise.ts";
import type { SeenMailbox } from "./observe.ts";

/** What a server says of itself, as profiles compare it. */
export function observedOf(
  line: Pick<Line, "greeting" | "id" | "capabilities" | "namespaces" | "abilities">,
  { host, port, tls }: Pick<Server, "host" | "port" | "tls">,
  special: SeenMailbox["special"],
): Observed {
  const { greeting, id, capabilities, namespaces, abilities } = line;
  const { prefix, separator } = namespaces.personal;
  const said = special.filter((each) => each.said).map(({ role, folder }) => [role, folder] as const);
  return {
    host,
    port,
    tls,
    greeting,
    id,
    capabilities: [...capabilities],
    ...(abilities.namespace ? { prefix } : {}),
    ...(abilities.namespace && separator !== "" ? { separator } : {}),
    special: Object.fromEntries(said) as Partial<Record<Role, string>>,
    ...(abilities.appendLimit === undefined ? {} : { appendLimit: abilities.appendLimit }),
  };
}

type Told = Omit<Finding, "about">;

/** Who the server is, which profile was taken and why, where it differs from it, and what is known of its like on this side. */
export function identityFindings(
  observed: Observed,
  recognised: Recognition | undefined,
  use: CheckRequest["use"],
): readonly Told[] {
  const profile = recognised?.profile;
  const taken: Told = {
    code: "imap.profile",
    severity: "info",
    message:
      recognised === undefined
        ? "Profile: none fits; nothing is assumed but what the server says"
        : `Profile: ${recognised.profile.title}, for ${recognised.why}`,
  };
  return [
    { code: "imap.software", severity: "info", message: `Software: ${softwareOf(observed)}` },
    taken,
    ...(profile === undefined ? [] : differences(profile, observed)),
    ...(profile === undefined ? [] : quirksOf(profile, use)),
  ];
}

function softwareOf({ id, greeting }: Observed): string {
  const { name, version, vendor } = id;
  const maker = vendor === undefined || vendor === name ? "" : ` of ${vendor}`;
  const called = name === undefined ? "not told by ID" : [name, version].filter((each) => each !== undefined).join(" ");
  return `${called}${maker}; it greets with ${JSON.stringify(greeting.slice(0, 120))}`;
}

const sureness: Readonly<Record<Provenance["sure"], string>> = {
  documented: "documented",
  measured: "measured",
  secondhand: "told by others",
  unconfirmed: "unconfirmed",
};

function quirksOf({ quirks }: Profile, use: CheckRequest["use"]): readonly Told[] {
  return quirks
    .filter(({ matters }) => matters === "both" || matters === use)
    .map(({ code, grave, says, means, sure, source }) => ({
      code,
      severity: grave === true && sure !== "unconfirmed" ? "warning" : "info",
      message: `Known of it (${sureness[sure]}): ${says} ${means}`,
      detail: { sure, source },
    }));
}
