import { type Address, addressOf } from "../model/address.ts";
import type { FieldsOf, Resource } from "../model/resource.ts";
import { text } from "./field.ts";
import type { KindForm } from "./kind.ts";
import { normalMailAddress } from "./normal.ts";

function references(resource: Resource): readonly Address[] {
  const target = resource.kind === "alias" ? (resource.fields as FieldsOf["alias"]).target : undefined;
  const domain = addressOf("domain", resource.name.slice(resource.name.lastIndexOf("@") + 1));
  return target === undefined
    ? [domain]
    : [domain, addressOf("account", target), addressOf("list", target), addressOf("alias", target)];
}

/** Another address of one account or list. Several targets are a list. */
export const alias: KindForm = {
  kind: "alias",
  manifest: "Alias",
  one: "alias",
  many: "aliases",
  rank: 3,
  fields: { target: text },
  name: normalMailAddress,
  references,
  summary: (values) => (typeof values["target"] === "string" ? `→ ${values["target"]}` : ""),
};
