import type { Buffer } from "node:buffer";
import { Ber, BerReader, ProtocolOperation as Operation } from "ldapts";

/** An entry as it came: values are octets, for not every attribute is text. */
export interface RawEntry {
  readonly dn: string;
  readonly attributes: readonly { readonly type: string; readonly values: readonly Buffer[] }[];
}

/** How an operation ended (RFC 4511, 4.1.9). */
export interface Result {
  readonly code: number;
  readonly matched: string;
  /** The server's own words. */
  readonly words: string;
  /** Where it would have us go (RFC 4511, 4.1.10). */
  readonly referrals: readonly string[];
  /** What an extended operation gave. */
  readonly name?: string;
  readonly value?: Buffer;
  /** Values of response controls, by OID. */
  readonly controls: ReadonlyMap<string, Buffer>;
}

export type Response = { readonly id: number } & (
  | { readonly entry: RawEntry }
  | { readonly references: readonly string[] }
  | { readonly result: Result }
);

/** One message of a server. Throws a SyntaxError for what is no response of LDAP. */
export function decode(octets: Buffer): Response {
  const reader = new BerReader(octets);
  sequence(reader);
  const id = given(reader.readInt());
  const operation = reader.readSequence();
  if (operation === Operation.LDAP_RES_SEARCH_ENTRY) return { id, entry: entryOf(reader) };
  if (operation === Operation.LDAP_RES_SEARCH_REF) return { id, references: texts(reader, endOf(reader)) };
  if (operation === Operation.LDAP_RES_EXTENSION || (operation !== null && results.has(operation)))
    return { id, result: resultOf(reader, endOf(reader)) };
  // An intermediate response (RFC 4511, 4.13) ends nothing, and we ask for none.
  if (operation === intermediate) return { id, references: [] };
  throw new SyntaxError(`a message of an unknown kind (${operation})`);
}

const intermediate = 0x79;

const results = new Set<number>([
  Operation.LDAP_RES_BIND,
  Operation.LDAP_RES_SEARCH,
  Operation.LDAP_RES_MODIFY,
  Operation.LDAP_RES_ADD,
  Operation.LDAP_RES_DELETE,
  Operation.LDAP_RES_MODRDN,
  Operation.LDAP_RES_COMPARE,
]);

/** The name and attributes of an entry: of a search's answer, and of what a read control brings (RFC 4527). */
function entryOf(reader: BerReader): RawEntry {
  const dn = given(reader.readString());
  sequence(reader);
  const end = endOf(reader);
  const attributes: { type: string; values: Buffer[] }[] = [];
  while (reader.offset < end) {
    sequence(reader);
    const type = given(reader.readString());
    sequence(reader, Operation.LBER_SET);
    const last = endOf(reader);
    const values: Buffer[] = [];
    while (reader.offset < last) values.push(given(reader.readString(Ber.OctetString, true)));
    attributes.push({ type, values });
  }
  return { dn, attributes };
}

/** Context tags of a result, after its three parts. */
const tags = { referral: 0xa3, credentials: 0x87, name: 0x8a, value: 0x8b } as const;

function resultOf(reader: BerReader, end: number): Result {
  const code = given(reader.readEnumeration());
  const matched = given(reader.readString());
  const words = given(reader.readString());
  let referrals: readonly string[] = [];
  let name: string | undefined;
  let value: Buffer | undefined;
  while (reader.offset < end) {
    const tag = reader.peek();
    if (tag === tags.referral) {
      sequence(reader, tag);
      referrals = texts(reader, endOf(reader));
    } else if (tag === tags.name) name = given(reader.readString(tag));
    else if (tag === tags.value) value = given(reader.readString(tag, true));
    else given(reader.readString(given(tag), true));
  }
  const controls = controlsOf(reader);
  return {
    code,
    matched,
    words,
    referrals,
    controls,
    ...(name === undefined ? {} : { name }),
    ...(value === undefined ? {} : { value }),
  };
}

function controlsOf(reader: BerReader): ReadonlyMap<string, Buffer> {
  const controls = new Map<string, Buffer>();
  if (reader.remain === 0 || reader.peek() !== Operation.LDAP_CONTROLS) return controls;
  sequence(reader, Operation.LDAP_CONTROLS);
  const end = endOf(reader);
  while (reader.offset < end) {
    sequence(reader);
    const last = endOf(reader);
    const type = given(reader.readString());
    if (reader.offset < last && reader.peek() === Ber.Boolean) reader.readBoolean();
    if (reader.offset < last) controls.set(type, given(reader.readString(Ber.OctetString, true)));
  }
  return controls;
}

function texts(reader: BerReader, end: number): readonly string[] {
  const all: string[] = [];
  while (reader.offset < end) all.push(given(reader.readString()));
  return all;
}

const endOf = (reader: BerReader): number => reader.offset + reader.length;

function sequence(reader: BerReader, tag?: number): void {
  given(tag === undefined ? reader.readSequence() : reader.readSequence(tag));
}

/** What the library has none of was cut short within a message that is whole. */
function given<T>(value: T | null): T {
  if (value === null) throw new SyntaxError("a message ends in the midst of a value");
  return value;
}
