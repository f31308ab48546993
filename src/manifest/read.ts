import { once, type Parsed, parseSource, type YamlDocument } from "./parse.ts";
import type { Part } from "./places.ts";
import type { Source } from "./source.ts";
import type { Swift } from "./swift.ts";

/** UTF-16 units below which loading another reader would cost more than it saves. */
const large = 65_536;

/** A source's documents. A large one is read swiftly where that is all there is to say of it. */
export async function readSource(source: Source): Promise<Parsed> {
  if (source.text.length < large) return parseSource(source);
  const { readSwiftly } = await import("./swift.ts");
  const read = readSwiftly(source.text);
  return read === undefined ? parseSource(source) : { documents: documentsOf(source, read), problems: [] };
}

/** A problem's place in full, and what may not be quoted there, is asked of the reader that knows, when it comes to that. */
function documentsOf(source: Source, read: readonly Swift[]): readonly YamlDocument[] {
  const exact = once(() => parseSource(source).documents);
  return read.map(({ value, startAt }, number) => ({
    source,
    value,
    startAt,
    placeAt(path) {
      const at = (part: Part) => ({ start: startAt(path, part), end: startAt(path, part) + 1 });
      return exact()[number]?.placeAt(path) ?? { key: at("key"), value: at("value") };
    },
    hidden: () => exact()[number]?.hidden() ?? [{ start: 0, end: source.text.length }],
  }));
}
