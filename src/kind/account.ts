import { addressOf } from "../model/address.ts";
import { flag, record, set, size, text } from "./field.ts";
import type { KindForm } from "./kind.ts";
import { normalMailAddress } from "./normal.ts";

const fields = {
  displayName: text,
  givenName: text,
  familyName: text,
  enabled: flag,
  quota: size,
  class: text,
  forwarding: record,
  mailbox: text,
  fullAccess: set,
  sendAs: set,
  sendOnBehalf: set,
  recovery: record,
} as const;

/** A person's or a function's account; its mailbox is a kind of its own. */
export const account: KindForm = {
  kind: "account",
  manifest: "Account",
  one: "account",
  many: "accounts",
  rank: 1,
  fields,
  name: normalMailAddress,
  references: (resource) => [addressOf("domain", resource.name.slice(resource.name.lastIndexOf("@") + 1))],
  summary: (values) =>
    [
      typeof values["displayName"] === "string" ? JSON.stringify(values["displayName"]) : "",
      typeof values["mailbox"] === "string" && values["mailbox"] !== "user" ? `${values["mailbox"]} mailbox` : "",
      values["quota"] === undefined ? "" : `quota ${size.show(values["quota"])}`,
      values["enabled"] === false ? "disabled" : "",
    ]
      .filter((part) => part !== "")
      .join(", "),
};
