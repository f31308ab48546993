import { hash } from "node:crypto";
import { normalMailAddress } from "../../kind/normal.ts";
import type { DirectoryKind } from "../../model/address.ts";
import type { Json } from "../../model/json.ts";
import type { FieldsOf, Observed } from "../../model/resource.ts";
import type { Entry } from "./entry.ts";
import type { Form } from "./form.ts";

/** An address as the entry has it, in normal form; one without @ is of the endpoint's own domain. */
export function addressOf(written: string | undefined, domain: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  return normalMailAddress(written.includes("@") || domain === undefined ? written : `${written}@${domain}`);
}

export function fieldsOf(entry: Entry, forms: readonly Form[]): Readonly<Record<string, Json>> {
  const fields: Record<string, Json> = {};
  for (const form of forms) {
    const value = form.parse(entry);
    if (value !== undefined) fields[form.field] = value;
  }
  return fields;
}

/**
 * What an entry is to the outside. Its revision is a hash of what `of` says, name and fields by default, and not the server's own
 * stamp: an alias that is written into an account's entry, or an attribute that is none of ours, leaves the account what it was.
 */
export function observe<K extends DirectoryKind>(
  kind: K,
  name: string,
  id: string | undefined,
  fields: Readonly<Record<string, Json>>,
  of: Json = fields,
): Observed<K> {
  const revision = hash("sha256", JSON.stringify([name, of])).slice(0, 32);
  return { kind, name, revision, fields: fields as FieldsOf[K], ...(id === undefined ? {} : { id }) };
}
