import { mailSource, text } from "../form.ts";
import { named } from "../named.ts";
import type { Profile } from "../table.ts";

/**
 * The list of items that CloudM Migrate imports. Columns: https://support.cloudm.io/hc/en-us/articles/9116361144476-Item-List; Migrate,
 * ExportName and ImportName must be there, the others may.
 */
export const cloudm = (domain: string | undefined): Profile => ({
  tables: {
    account: {
      kind: "account",
      file: "users.csv",
      key: "ImportName",
      ...named(domain),
      forms: [text("givenName", "GivenName"), text("familyName", "FamilyName")],
      source: mailSource("ExportName", ["Migrate", "MigrateMail"]),
      first: (name) => ({ Migrate: "True", ExportName: name, MigrateMail: "True" }),
      columns: ["Migrate", "ExportName", "ImportName", "GivenName", "FamilyName", "Password", "MigrateMail"],
      password: { column: "Password", always: true },
    },
  },
});
