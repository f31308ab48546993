import type { Finding } from "../../model/finding.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import { passwordColumn } from "./table.ts";

/** What a CSV file cannot do with an account's password, new or issued again. `hasColumn` says whether accounts.csv has a column for it. */
export function assessPassword(want: Want, was: Observed | undefined, hasColumn: boolean): readonly Finding[] {
  const { password } = want;
  const due = was === undefined || password?.issue !== undefined;
  if (password === undefined || password.from === "external" || !due) return [];
  const finding = (message: string, remedy: string): Finding => ({
    code: "field.unsupported",
    severity: "warning",
    about: want.address,
    message,
    remedy,
  });
  if (!hasColumn) {
    return [
      finding(
        `accounts.csv has no column ${passwordColumn}, so no password is written`,
        `add a column ${passwordColumn} to accounts.csv`,
      ),
    ];
  }
  if (password.mustChange !== true) return [];
  return [
    finding(
      "accounts.csv cannot say that the password must be changed at the first login",
      "take mustChange away, or see to it elsewhere",
    ),
  ];
}
