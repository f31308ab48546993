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
        return [decoder.decode(value)];
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
