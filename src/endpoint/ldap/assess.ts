import { sameField } from "../../kind/field.ts";
import type { Finding } from "../../model/finding.ts";
import type { Json } from "../../model/json.ts";
import type { Want } from "../../model/plan.ts";
import type { Forwarding, Observed } from "../../model/resource.ts";
import type { Flavour } from "./flavour/flavour.ts";
import { Unholdable } from "./form.ts";
import type { Layout } from "./layout.ts";
import { resetAttribute } from "./password.ts";
import type { Schema } from "./schema.ts";

/** IA5 String (RFC 4517, 3.3.15): ASCII alone. */
const ascii = "1.3.6.1.4.1.1466.115.121.1.26";

/** What a directory cannot do with an account that comes to be, or changes. */
export function assessAccount(
  want: Want,
  was: Observed | undefined,
  layout: Layout,
  schema: Schema | undefined,
  { password }: Pick<Flavour, "password">,
): readonly Finding[] {
  const due = was === undefined || want.password?.issue !== undefined;
  const ofPassword = due && password === undefined ? unforced(want, schema) : [];
  const address = layout.address.attributes[0] ?? "";
  return [...unspeakable(want, address, schema), ...unheld(want, layout), ...ofPassword];
}

/** Fields whose attributes cannot hold what is wanted, as writing would find them. */
function unheld({ name, address: about, fields }: Want, { forms, redirect }: Layout): readonly Finding[] {
  const wanted = fields as Readonly<Record<string, Json | undefined>>;
  return forms.flatMap(({ field, print }): readonly Finding[] => {
    const value = wanted[field];
    if (value === undefined || (field === "forwarding" && redirect !== undefined && isToOne(value))) return [];
    try {
      print(value, { name });
      return [];
    } catch (thrown) {
      if (!(thrown instanceof Unholdable)) throw thrown;
      return [unholdableFinding(about, thrown)];
    }
  });
}

/** It may have an entry by the time it is written, whose name another attribute holds. */
const isToOne = (value: Json): boolean => (value as unknown as Forwarding).to.length <= 1;

const unholdableFinding = (about: string, { message }: Unholdable): Finding => ({
  code: "field.unholdable",
  severity: "error",
  about,
  message: sentence(message),
  remedy: unholdableRemedy,
});

export const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
export const unholdableRemedy = "correct the field, or map it to an attribute that can hold it";

/** Dynamic groups take whom a search finds. */
export function assessList(
  want: Want,
  was: Observed | undefined,
  address: string,
  schema: Schema | undefined,
  searched: ReadonlySet<string>,
): readonly Finding[] {
  const found = unspeakable(want, address, schema);
  if (was === undefined || !searched.has(was.name)) return found;
  const [wanted, there] = [want.fields, was.fields].map(
    (fields) => (fields as Readonly<Record<string, Json>>)["members"],
  );
  if (wanted === undefined || sameField(wanted, there)) return found;
  return [
    ...found,
    {
      code: "list.searched",
      severity: "error",
      about: want.address,
      message: "Its members follow from a search (memberURL), and cannot be written",
      remedy: "leave members out of the manifest, or make it a group of its own",
    },
  ];
}

function unspeakable(
  { name, address: about }: Want,
  attribute: string,
  schema: Schema | undefined,
): readonly Finding[] {
  // oxlint-disable-next-line no-control-regex
  if (schema?.attribute(attribute)?.syntax !== ascii || /^[\u0000-\u007f]*$/.test(name)) return [];
  return [
    {
      code: "address.unfit",
      severity: "error",
      about,
      message: `${attribute} holds ASCII alone, and the address has other characters before the @`,
      remedy: "name an attribute that holds it (`attributes.address`), or write another address",
    },
  ];
}

function unforced({ password, address: about }: Want, schema: Schema | undefined): readonly Finding[] {
  if (password?.mustChange !== true || schema?.attribute(resetAttribute) !== undefined) return [];
  return [
    {
      code: "field.unsupported",
      severity: "warning",
      about,
      message: `The directory has no ${resetAttribute}, so that nobody is made to change the password at the first login`,
      remedy: "let the server have a password policy (OpenLDAP: the ppolicy overlay), or take mustChange away",
    },
  ];
}
