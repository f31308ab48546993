import { normalDomain, normalMailAddress } from "../../../kind/normal.ts";
import { address, addresses, flag, forwarding, recovery, size, text } from "../form.ts";
import type { MembersForm, Profile, TableForm } from "../table.ts";

const account: TableForm = {
  kind: "account",
  file: "accounts.csv",
  key: "address",
  name: normalMailAddress,
  forms: [
    text("displayName"),
    text("givenName"),
    text("familyName"),
    flag("enabled"),
    size("quota"),
    text("class"),
    forwarding,
    recovery,
  ],
  password: { column: "password", always: false, hashColumn: "passwordHash" },
};

const list: TableForm = {
  kind: "list",
  file: "lists.csv",
  key: "address",
  name: normalMailAddress,
  forms: [text("displayName"), flag("hidden"), addresses("owners"), addresses("senders")],
};

const members: MembersForm = { file: "members.csv", list: "list", member: "member" };

/** The product's own columns: every field has one. */
export const generic = {
  tables: {
    domain: { kind: "domain", file: "domains.csv", key: "domain", name: normalDomain, forms: [] },
    account,
    list,
    alias: { kind: "alias", file: "aliases.csv", key: "address", name: normalMailAddress, forms: [address("target")] },
  },
  members,
} satisfies Profile;
