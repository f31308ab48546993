import { type Buffer, isAscii } from "node:buffer";
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
  const byType = new Map<string, readonly Buffer[]>();
  for (const { type, values } of attributes) byType.set(lower(type), values);
  const octets = (attribute: string): readonly Buffer[] => byType.get(lower(attribute)) ?? none;
  const texts = (attribute: string): readonly string[] => {
    const found: string[] = [];
    for (const value of octets(attribute)) {
      const text = textOf(value);
      if (text === undefined) unreadable(dn, attribute);
      else found.push(text);
    }
    return found;
  };
  return {
    dn,
    types: attributes.map(({ type }) => type),
    has: (attribute) => octets(attribute).length > 0,
    octets,
    texts,
    text: (attribute) => texts(attribute)[0],
  };
}

const none: readonly Buffer[] = [];

/** Thousands of entries have a few attributes: each is one text for all of them. */
const lowered = new Map<string, string>();
const mostTypes = 1000;

function lower(type: string): string {
  const known = lowered.get(type);
  if (known !== undefined) return known;
  if (lowered.size >= mostTypes) lowered.clear();
  const text = type.toLowerCase();
  lowered.set(type, text);
  return text;
}

/** Undefined for what is no UTF-8. ASCII needs no decoder, which costs more than all else of a small value. */
function textOf(octets: Buffer): string | undefined {
  if (isAscii(octets)) return octets.toString("latin1");
  try {
    return decoder.decode(octets);
  } catch {
    return undefined;
  }
}
