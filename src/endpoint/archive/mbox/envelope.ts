import { Buffer } from "node:buffer";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number): string => String(value).padStart(2, "0");

/** The line before a message (RFC 4155): its date in UTC, to the second. What no year of four digits can say becomes the nearest. */
export function envelope(date: number): Buffer {
  const at = new Date(Math.min(Math.max(Math.floor(date / 1000) * 1000, Date.UTC(1000, 0)), Date.UTC(9999, 11, 31)));
  const day = `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)}`;
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":");
  return Buffer.from(`From MAILER-DAEMON ${day} ${time} ${at.getUTCFullYear()}\n`);
}

/** A line that begins a message. `date` is absent where it says none. */
export interface Envelope {
  readonly date?: number;
}

const dated =
  /^From .*?\b(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat),? +(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) +(\d{1,2}):(\d\d)(?::(\d\d))?(?: +(?![0-9]{4}\b)[A-Z]{1,5}| +([+-]\d{4}))? +(\d{4})(?: +([+-]\d{4}))?\s*$/;
/** As some programs write it: with no date, and then only after a blank line. */
const bare = /^From(?: -| +\S+@\S+)? *\r?\n?$/;

/**
 * Reads a line that may begin a message. One with a date does so wherever it stands, for not every program leaves a blank line
 * before; one without only behind a blank line. Without a zone the date is taken for UTC.
 */
export function readEnvelope(line: string, afterBlank: boolean): Envelope | undefined {
  const [, month, day, hour, minute, second = "0", before, year, after] = dated.exec(line) ?? [];
  if (month === undefined) return afterBlank && bare.test(line) ? {} : undefined;
  const utc = Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hour), Number(minute), Number(second));
  return { date: utc - offset(before ?? after) };
}

function offset(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}
