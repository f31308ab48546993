import { sameField } from "../../kind/field.ts";
import type { Finding } from "../../model/finding.ts";
import type { Json } from "../../model/json.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import type { Flavour } from "./flavour/flavour.ts";
import { resetAttribute } from "./password.ts";
import type { Schema } from "./schema.ts";

/** IA5 String (RFC 4517, 3.3.15): ASCII alone. */
const ascii = "1.3.6.1.4.1.1466.115.121.1.26";

/** What a directory cannot do with an account that comes to be, or changes. */
export function assessAccount(
  want: Want,
  was: Observed | undefined,
  address: string,
  schema: Schema | undefined,
  { password }: Pick<Flavour, "password">,
): readonly Finding[] {
  const due = was === undefined || want.password?.issue !== undefined;
  const ofPassword = due && password === undefined ? unforced(want, schema) : [];
  return [...unspeakable(want, address, schema), ...ofPassword];
}

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
