import type { Finding } from "../../../model/finding.ts";
import type { Want } from "../../../model/plan.ts";
import type { FieldsOf, Observed } from "../../../model/resource.ts";

/** What Google will not take of an account, or does beside what is asked. */
export function assessAccount(want: Want, was: Observed | undefined): readonly Finding[] {
  const { class: unit } = want.fields as FieldsOf["account"];
  const about = want.address;
  const findings: Finding[] = [];
  if (unit !== undefined && !unit.startsWith("/"))
    findings.push({
      code: "field.unholdable",
      severity: "error",
      about,
      message: `The class ${JSON.stringify(unit)} is no path of an organisational unit`,
      remedy: "write it from / on, as in /Sales/North",
    });
  if (was !== undefined && was.name !== want.name)
    findings.push({
      code: "google.keepsAddress",
      severity: "info",
      about,
      message: `Google keeps ${was.name} as an alias of it`,
    });
  return findings;
}
