import { Buffer } from "node:buffer";

/**
 * Octets that travel as a literal; `octets8` says that they may hold NUL (literal8, RFC 3516), `owned` that the pieces of a stream are
 * nobody else's: each goes back to the system as soon as it was sent.
 */
export interface Literal {
  readonly size: number;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly owned?: true;
  readonly octets8?: boolean;
}

/** A command after its tag: text in Latin-1, and literals. */
export type Command = readonly (string | Literal)[];

/** A string as an argument: an atom, quoted, or a literal, whichever can hold it (RFC 3501, astring). The text is Latin-1. */
export function astring(text: string): string | Literal {
  if (/^[A-Za-z0-9_.\-/]+$/.test(text) && !/^nil$/i.test(text)) return text;
  // oxlint-disable-next-line no-control-regex -- a quoted string may hold every octet of seven bits but NUL, CR and LF
  if (/^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/.test(text)) return `"${text.replace(/[\\"]/g, "\\$&")}"`;
  const body = Buffer.from(text, "latin1");
  return { size: body.length, body };
}

/** A quoted or literal mailbox name where the server was told that names are UTF-8 (RFC 6855, section 3). */
export function quotedName(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** UIDs as the shortest sequence set: `1:3,7`. They need not be sorted. */
export function sequenceSet(uids: readonly number[]): string {
  const sorted = [...new Set(uids)].toSorted((a, b) => a - b);
  const runs: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    runs.push(at === end ? String(sorted[at]) : `${sorted[at]}:${sorted[end]}`);
    at = end + 1;
  }
  return runs.join(",");
}

/** The runs of a sequence set, both ends included, in its own order. */
export function runsOf(set: string): readonly (readonly [from: number, to: number])[] {
  return set.split(",").flatMap((part) => {
    const [from = "", to = from] = part.split(":");
    if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) return [];
    const [a, b] = [Number(from), Number(to)];
    return [a <= b ? ([a, b] as const) : ([b, a] as const)];
  });
}

/** How many numbers a sequence set names. */
export function countOf(set: string): number {
  return runsOf(set).reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Every number of a sequence set. Only for sets whose count is known to be sane. */
export function numbersOf(set: string): readonly number[] {
  return runsOf(set).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const monthNumbers = new Map(months.map((name, at) => [name.toLowerCase(), at]));

const two = (value: number): string => String(value).padStart(2, "0");

/** The first and the last moment that four digits of a year can name. */
const earliest = Date.parse("0000-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");

/** Milliseconds since 1970 UTC as a date-time (RFC 3501, section 9), in UTC; the nearest that there is. */
export function dateTime(ms: number): string {
  const date = new Date(Number.isNaN(ms) ? 0 : Math.min(latest, Math.max(earliest, ms)));
  const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, "0")}`;
  return `"${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000"`;
}

/** A date-time as milliseconds since 1970 UTC; 0 where it is none. */
export function parseDateTime(text: string): number {
  const match = /^\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: ([+-])(\d{2})(\d{2}))?/.exec(text);
  if (match === null) return 0;
  const [, day, name = "", year, hour, minute, second, sign, hours = 0, minutes = 0] = match;
  const month = monthNumbers.get(name.toLowerCase());
  if (month === undefined) return 0;
  const clock = [Number(hour), Number(minute), Number(second)] as const;
  // Date.UTC takes the years before 100 for those of the last century.
  const local =
    Number(year) < 100
      ? new Date(Date.UTC(2000, month, 1, ...clock)).setUTCFullYear(Number(year), month, Number(day))
      : Date.UTC(Number(year), month, Number(day), ...clock);
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? local + offset : local - offset;
}
