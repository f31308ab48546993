import { normalMailAddress } from "../../../kind/normal.ts";
import { members, recoveryEmail, text } from "../form.ts";
import type { Profile } from "../table.ts";

/**
 * The files from which Carbonio's accounts and distribution lists are made in bulk. Its columns are attributes of its directory:
 * there is none for quotas, status, class of service or forwarding, and none for aliases.
 */
export const carbonio = (): Profile => ({
  tables: {
    account: {
      kind: "account",
      file: "accounts.csv",
      key: "email",
      name: normalMailAddress,
      forms: [text("displayName"), text("givenName"), text("familyName", "sn"), recoveryEmail("recovery_address")],
      columns: ["email", "password", "givenName", "sn", "displayName", "recovery_address"],
      password: { column: "password", always: true },
      parts: { recovery: ["email"] },
    },
    list: {
      kind: "list",
      file: "lists.csv",
      key: "address",
      name: normalMailAddress,
      forms: [text("displayName", "Name"), members],
      columns: ["address", "Description", "Name", "members"],
    },
  },
});
