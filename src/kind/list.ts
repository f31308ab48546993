import { type Address, addressOf } from "../model/address.ts";
import type { FieldsOf, Resource } from "../model/resource.ts";
import { flag, set, text } from "./field.ts";
import type { KindForm } from "./kind.ts";
import { normalMailAddress } from "./normal.ts";

function references(resource: Resource): readonly Address[] {
  if (resource.kind !== "list") return [];
  const fields = resource.fields as FieldsOf["list"];
  const people = [...(fields.members ?? []), ...(fields.owners ?? []), ...(fields.senders ?? [])];
  return [
    addressOf("domain", resource.name.slice(resource.name.lastIndexOf("@") + 1)),
    ...people.flatMap((name) => [addressOf("account", name), addressOf("list", name), addressOf("alias", name)]),
  ];
}

/** A distribution list. Members, owners and senders are whole sets of addresses; lists may hold one another. */
export const list: KindForm = {
  kind: "list",
  manifest: "DistributionList",
  one: "list",
  many: "lists",
  rank: 2,
  fields: { displayName: text, members: set, owners: set, senders: set, hidden: flag },
  name: normalMailAddress,
  references,
  summary: (values) =>
    Array.isArray(values["members"])
      ? `${values["members"].length} ${values["members"].length === 1 ? "member" : "members"}`
      : "",
};
