import { addressOf } from "../model/address.ts";
import type { KindForm } from "./kind.ts";
import { normalMailAddress } from "./normal.ts";

/** A mailbox's items: one step of a plan, whatever its size. Nothing of it is compared field by field. */
export const mailbox: KindForm = {
  kind: "mailbox",
  manifest: "Mailbox",
  one: "mailbox",
  many: "mailboxes",
  rank: 4,
  fields: {},
  name: normalMailAddress,
  references: (resource) => [addressOf("account", resource.name)],
  summary: () => "",
};
