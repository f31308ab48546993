import type { Buffer } from "node:buffer";
import type { RawEntry } from "./wire/decode.ts";

/** An entry by its attributes, whatever their case. */
export interface Entry {
  readonly dn: string;
  /** As the server names them, options included: `displayName;lang-de`, `member;range=0-1499`. */
  readonly types: readonly string[];
  has(attribute: string): boolean;
  octets(attribute: string): readonly Buffer[];
  /** The values that are text; those that are none are told to `unreadable`, and are not among them. */
  texts(attribute: string): readonly string[];
  text(attribute: string): string | undefined;
}

/** Takes note of a value that is no UTF-8. */
export type Unreadable = (dn: string, attribute: string) => void;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function createEntry({ dn, attributes }: RawEntry, unreadable: Unreadable = () => {}): Entry {
  const byType = new Map(attributes.map(({ type, values }) => [type.toLowerCase(), values]));
  const octets = (attribute: string): readonly Buffer[] => byType.get(attribute.toLowerCase()) ?? [];
  const texts = (attribute: string): readonly string[] =>
    octets(attribute).flatMap((value) => {
      try {
        return [textOf(value)];
      } catch {
        unreadable(dn, attribute);
        return [];
      }
    });
  return {
    dn,
    types: attributes.map(({ type }) => type),
    has: (attribute) => octets(attribute).length > 0,
    octets,
    texts,
    text: (attribute) => texts(attribute)[0],
  };
}

/** Throws for what is no UTF-8. */
function textOf(octets: Buffer): string {
  for (let at = 0; at < octets.length; at += 1) if ((octets[at] ?? 0) > 0x7f) return decoder.decode(octets);
  return octets.toString("latin1");
}
