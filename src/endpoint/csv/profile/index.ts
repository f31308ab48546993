import type { CsvEndpointSpec } from "../../../model/spec.ts";
import type { Profile } from "../table.ts";
import { carbonio } from "./carbonio.ts";
import { cloudm } from "./cloudm.ts";
import { generic } from "./generic.ts";
import { skyconnect } from "./skyconnect.ts";

type Make = (domain: string | undefined) => Profile;

/** The columns of other systems. A new one is a file beside this one, a line here, and its name in the schema. */
const profiles: Readonly<Record<NonNullable<CsvEndpointSpec["profile"]>, Make>> = {
  generic: () => generic,
  cloudm,
  carbonio,
  skyconnect,
};

/** Throws `csv.domain` where the profile cannot do without a domain. */
export function profileOf({ profile = "generic", domain }: CsvEndpointSpec): Profile {
  return profiles[profile](domain);
}
