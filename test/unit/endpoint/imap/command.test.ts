import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  astring,
  countOf,
  dateTime,
  numbersOf,
  parseDateTime,
  quotedName,
  runsOf,
  sequenceSet,
} from "../../../../src/endpoint/imap/wire/command.ts";
import { createReader } from "../../../../src/endpoint/imap/wire/reader.ts";
import { textOf } from "../../../../src/endpoint/imap/wire/response.ts";
import { holds } from "./seeded.ts";

describe("a sequence set", () => {
  it.each<[readonly number[], string]>([
    [[], ""],
    [[7], "7"],
    [[1, 2, 3, 7], "1:3,7"],
    [[7, 3, 2, 1, 2], "1:3,7"],
    [[1, 3, 5], "1,3,5"],
    [[4294967294, 4294967295], "4294967294:4294967295"],
  ])("of %j is %j", (uids, set) => {
    expect(sequenceSet(uids)).toBe(set);
  });

  it.each<[string, readonly number[]]>([
    ["", []],
    ["7", [7]],
    ["3:1", [1, 2, 3]],
    ["9,1:2", [9, 1, 2]],
    ["1:*", []],
    ["junk,2", [2]],
    ["-1", []],
  ])("%j names %j", (set, numbers) => {
    expect(numbersOf(set)).toEqual(numbers);
    expect(countOf(set)).toBe(numbers.length);
  });

  it("names what it was made of, in the fewest runs", async () => {
    const uids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
    await holds(
      "sequence sets",
      fc.property(uids, (all) => {
        const set = sequenceSet(all);
        const sorted = all.toSorted((a, b) => a - b);
        expect(numbersOf(set)).toEqual(sorted);
        expect(countOf(set)).toBe(all.length);
        const gaps = sorted.filter((uid, at) => sorted[at - 1] !== uid - 1).length;
        expect(runsOf(set)).toHaveLength(gaps);
      }),
    );
  });
});

const two = (value: number) => String(value).padStart(2, "0");

describe("a date-time", () => {
  it("is written in UTC, with two digits for the day", () => {
    expect(dateTime(Date.UTC(1996, 6, 17, 9, 44, 25))).toBe('"17-Jul-1996 09:44:25 +0000"');
    expect(dateTime(0)).toBe('"01-Jan-1970 00:00:00 +0000"');
    expect(dateTime(-1000)).toBe('"31-Dec-1969 23:59:59 +0000"');
  });

  it.each<[string, number]>([
    ["17-Jul-1996 02:44:25 -0700", Date.UTC(1996, 6, 17, 9, 44, 25)],
    [" 1-Jan-2000 00:00:00 +0000", Date.UTC(2000, 0, 1)],
    ["01-JAN-2000 05:45:00 +0545", Date.UTC(2000, 0, 1)],
    ["31-Dec-1999 12:00:00 -1200", Date.UTC(2000, 0, 1)],
    ["01-Jan-2000 14:00:00 +1400", Date.UTC(2000, 0, 1)],
    ["29-Feb-2024 23:59:59 +0000", Date.UTC(2024, 1, 29, 23, 59, 59)],
    ["01-Jan-2000 00:00:00", Date.UTC(2000, 0, 1)],
    ["01-Jan-0099 00:00:00 +0000", Date.parse("0099-01-01T00:00:00Z")],
    ["01-Foo-2000 00:00:00 +0000", 0],
    ["yesterday", 0],
    ["", 0],
  ])("%j is read", (text, ms) => {
    expect(parseDateTime(text)).toBe(ms);
  });

  it("is read as it was written, in every zone", async () => {
    const [from, to] = [Date.parse("0001-01-01T00:00:00Z"), Date.parse("9999-12-31T23:59:59Z")];
    const seconds = fc.integer({ min: from / 1000, max: to / 1000 });
    const zones = fc.integer({ min: -14 * 60, max: 14 * 60 });
    await holds(
      "date-times",
      fc.property(seconds, zones, (second, zone) => {
        const ms = second * 1000;
        const written = dateTime(ms);
        expect(written).toMatch(/^"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+0000"$/);
        expect(parseDateTime(written.slice(1, -1))).toBe(ms);
        const offset = `${zone < 0 ? "-" : "+"}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
        const shifted = dateTime(ms).replace("+0000", offset).slice(1, -1);
        expect(parseDateTime(shifted)).toBe(ms - zone * 60_000);
      }),
    );
  });

  it("is always one that the grammar knows, whatever the number", async () => {
    await holds(
      "odd dates",
      fc.property(fc.oneof(fc.double(), fc.maxSafeInteger()), (ms) => {
        expect(dateTime(ms)).toMatch(/^"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+0000"$/);
      }),
    );
  });
});

/** What a server reads of an argument: our own reader, which is tested by itself. */
function readBack(argument: ReturnType<typeof astring>): string | undefined {
  let found: string | undefined;
  const reader = createReader(({ values }) => {
    found = textOf(values[0]);
  });
  const octets =
    typeof argument === "string"
      ? Buffer.from(argument, "latin1")
      : Buffer.concat([Buffer.from(`{${argument.size}}\r\n`), argument.body as Buffer]);
  reader.push(Buffer.concat([Buffer.from("* X "), octets, Buffer.from("\r\n")]));
  return found;
}

describe("a string as an argument", () => {
  it("is an atom, quoted, or a literal, whichever can hold it", () => {
    expect(astring("INBOX.a-b")).toBe("INBOX.a-b");
    expect(astring("")).toBe('""');
    expect(astring("nil")).toBe('"nil"');
    expect(astring('a "b\\')).toBe('"a \\"b\\\\"');
    expect(astring("%*")).toBe('"%*"');
    expect(astring("a\r\nb NOOP")).toMatchObject({ size: 9 });
    expect(astring("\xe9")).toMatchObject({ size: 1 });
    expect(quotedName('a "b\\')).toBe('"a \\"b\\\\"');
  });

  it("is read as it was meant, and never ends its line", async () => {
    await holds(
      "astrings",
      fc.property(fc.uint8Array({ maxLength: 30 }), (octets) => {
        const text = Buffer.from(octets).toString("latin1");
        const argument = astring(text);
        expect(readBack(argument)).toBe(text);
        // oxlint-disable-next-line no-control-regex -- what a line must not hold
        expect(typeof argument === "string" ? argument : "").not.toMatch(/[\0\r\n\x80-\xff]/);
      }),
    );
  });
});
