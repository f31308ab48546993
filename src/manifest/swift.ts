import {
  COLLECTION_STYLE,
  type CollectionStyle,
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from "js-yaml";
import { bounds } from "./bounds.ts";
import { createPlaces, type Part, type Places, scalar } from "./places.ts";

/** A document as plain data, and where its parts begin. */
export interface Swift {
  readonly value: unknown;
  /** Offset of the part at a path, or of its key; of what is not there, that of its nearest holder. */
  readonly startAt: (path: readonly string[], part: Part) => number;
}

/**
 * Reads what leaves no doubt: maps, lists, texts of one line, `true`, `false` and short numbers. Undefined for any other text, one with
 * a fault among them: what that is and where, `parseSource` tells. Nothing is read here that it would refuse or read otherwise.
 */
export function readSwiftly(text: string): readonly Swift[] | undefined {
  // Of a first line, js-yaml does not count how far it is indented.
  if (text.startsWith(" ") || doubtful.test(text)) return undefined;
  try {
    return documentsOf(text, parseEvents(text, { maxDepth: bounds.depth - 1 }));
  } catch {
    return undefined;
  }
}

/** What events do not show: keys after a `?`, directives, marks with something beside them; tabs, and what is no character of a line. */
const doubtful =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]|^(?:%|\.\.\.|---[^\n])|(?:^[ -]*|[[{,] *)\?(?= |$)/mu;

interface Reader {
  readonly text: string;
  readonly events: readonly Event[];
  readonly places: Places;
  at: number;
  /** Values of the document so far. */
  values: number;
  /** Where the value that was read last begins, and what holds its parts. */
  start: number;
  holder: number;
}

function documentsOf(text: string, events: readonly Event[]): readonly Swift[] {
  const reader: Reader = { text, events, places: createPlaces(events.length), at: 0, values: 0, start: 0, holder: 0 };
  const documents: Swift[] = [];
  while (reader.at < events.length) {
    expect(next(reader).type === EVENT_ID.DOCUMENT && documents.length < bounds.documentsPerFile);
    if (isEmpty(events[reader.at])) {
      reader.at += 2;
      continue;
    }
    expect(events[reader.at]?.type === EVENT_ID.MAPPING);
    reader.values = 0;
    const value = valueAt(reader);
    const { places, start, holder } = reader;
    expect(next(reader).type === EVENT_ID.POP);
    documents.push({ value, startAt: (path, part) => places.find(holder, value, path, part) ?? start });
  }
  return documents;
}

/** What stands for a document with nothing in it. */
const isEmpty = (event: Event | undefined): boolean =>
  event?.type === EVENT_ID.SCALAR && event.valueStart < 0 && event.anchorStart < 0 && event.tagStart < 0;

/** Ends the reading where a text is not for this reader. */
function expect(clear: boolean): asserts clear {
  if (!clear) throw new Error("for the other reader");
}

function next(reader: Reader): Event {
  const event = reader.events[reader.at];
  expect(event !== undefined);
  reader.at += 1;
  return event;
}

function valueAt(reader: Reader): unknown {
  const event = next(reader);
  reader.values += 1;
  expect(reader.values <= bounds.values && "anchorStart" in event && "tagStart" in event);
  expect(event.anchorStart < 0 && event.tagStart < 0);
  if (event.type === EVENT_ID.SCALAR) {
    reader.start = startOf(event);
    reader.holder = scalar;
    return scalarOf(event, reader.text);
  }
  const map = event.type === EVENT_ID.MAPPING;
  // `[a: b]` is a list with a map in it.
  expect(!map || event.style === COLLECTION_STYLE.BLOCK || reader.text[event.start] === "{");
  const value = map ? mapAt(reader, event.style) : listAt(reader);
  reader.start = event.start;
  return value;
}

function mapAt(reader: Reader, style: CollectionStyle): unknown {
  const value: Record<string, unknown> = {};
  const keys: string[] = [];
  reader.places.open();
  for (let event = next(reader); event.type !== EVENT_ID.POP; event = next(reader)) {
    expect(event.type === EVENT_ID.SCALAR && event.anchorStart < 0 && event.tagStart < 0);
    const key = keyOf(event, reader.text);
    expect(!Object.hasOwn(value, key) && (style === COLLECTION_STYLE.FLOW || isFirst(startOf(event), reader.text)));
    value[key] = valueAt(reader);
    keys.push(key);
    reader.places.part(startOf(event), reader.start, reader.holder);
  }
  reader.holder = reader.places.close(keys);
  return value;
}

function listAt(reader: Reader): unknown {
  const value: unknown[] = [];
  reader.places.open();
  while (reader.events[reader.at]?.type !== EVENT_ID.POP) {
    value.push(valueAt(reader));
    reader.places.part(reader.start, reader.start, reader.holder);
  }
  reader.at += 1;
  reader.holder = reader.places.close();
  return value;
}

/** Of what follows a quoted text in a list, js-yaml takes `- "a"b: c` for a key of the map that holds the list. */
function isFirst(start: number, text: string): boolean {
  let at = start - 1;
  while (text[at] === " " || text[at] === "-") at -= 1;
  return at < 0 || text[at] === "\n";
}

/** The event's own offsets leave the quotes out. */
const startOf = ({ style, valueStart }: ScalarEvent): number =>
  style === SCALAR_STYLE.PLAIN ? valueStart : valueStart - 1;

/** Longer ones, YAML's rule for keys forbids: 1,024 characters before the colon. */
const longestKey = 512;

/** Keys are texts as they are written. */
function keyOf(event: ScalarEvent, text: string): string {
  const key = textOf(event, text);
  expect(event.valueEnd - event.valueStart <= longestKey && key !== "__proto__");
  expect(event.style !== SCALAR_STYLE.PLAIN || key !== "<<");
  return key;
}

function textOf(event: ScalarEvent, text: string): string {
  const { valueStart, valueEnd, style } = event;
  expect(valueStart >= 0 && style !== SCALAR_STYLE.LITERAL_BLOCK && style !== SCALAR_STYLE.FOLDED_BLOCK);
  expect(event.fast || !text.slice(valueStart, valueEnd).includes("\n"));
  const read = getScalarValue(text, event);
  expect(read.length <= bounds.textLength);
  return read;
}

/** Whatever YAML's core schema takes for something else than a text, and more (10.3.2 of YAML 1.2.2). */
const special = /^(?:~|null|true|false|0[ox].*|[-+]?\.(?:inf|nan)|[-+]?[\d.]+(?:e[-+]?\d*)?)$/iu;
const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/u;

function scalarOf(event: ScalarEvent, text: string): string | number | boolean {
  const read = textOf(event, text);
  if (event.style !== SCALAR_STYLE.PLAIN || !special.test(read)) return read;
  if (read === "true" || read === "false") return read === "true";
  expect(number.test(read));
  return Number(read);
}
