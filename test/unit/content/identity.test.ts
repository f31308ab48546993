import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyHash, identify, peekHeader } from "../../../src/content/fingerprint.ts";
import { pairUp, type Candidate } from "../../../src/content/pairing.ts";

const date = Date.UTC(2020, 1, 3, 10);
const header = (text: string): Uint8Array => Buffer.from(text, "latin1");
const base =
  "Message-ID: <a@x>\nDate: Mon, 3 Feb 2020 11:00:00 +0100\nFrom: Ana <ana@x.example>\nTo: bo@x.example\nSubject: Hello World\n";

describe("the fingerprint", () => {
  const same = identify(header(base), date).fingerprint;

  it.each([
    ["line ends", base.replaceAll("\n", "\r\n")],
    ["folding", base.replace("Hello World", "Hello\r\n  World")],
    [
      "the order of fields",
      base
        .split("\n")
        .toReversed()
        .filter((line) => line !== "")
        .join("\n"),
    ],
    ["the zone of the date", base.replace("11:00:00 +0100", "10:00:00 +0000")],
    ["names around addresses", base.replace("Ana <ana@x.example>", '"Ruiz, Ana" <ANA@x.example>')],
    ["encoded words", base.replace("Hello World", "=?utf-8?Q?Hello?= =?utf-8?B?IFdvcmxk?=")],
    ["fields that are added on the way", `Received: by x\n${base}X-Spam: no\n`],
    ["what follows the header", `${base}\nMessage-ID: <b@x>\n`],
  ])("does not see %s", (_, text) => {
    expect(identify(header(text), date).fingerprint).toBe(same);
  });

  it.each([
    ["another Message-ID", base.replace("<a@x>", "<b@x>")],
    ["another date", base.replace("11:00:00", "11:00:01")],
    ["another sender", base.replace("ana@", "ann@")],
    ["another recipient", base.replace("bo@", "cy@")],
    ["another subject", base.replace("World", "Word")],
  ])("sees %s", (_, text) => {
    expect(identify(header(text), date).fingerprint).not.toBe(same);
  });

  it("takes the whole header where there is no Message-ID, and the second key does without either", () => {
    const without = base.replace("Message-ID: <a@x>\n", "");
    const other = `X-Other: 1\n${without}`;
    expect(identify(header(without), date).fingerprint).not.toBe(identify(header(other), date).fingerprint);
    expect(identify(header(without), date).loose).toBe(identify(header(base), date).loose);
    expect(identify(header(base), date + 1000).loose).not.toBe(identify(header(base), date).loose);
  });

  it("reads a raw 8-bit subject and its encoded word alike", () => {
    const raw = header(base.replace("Hello World", Buffer.from("Grüße").toString("latin1")));
    const encoded = header(base.replace("Hello World", "=?iso-8859-1?q?Gr=FC=DFe?="));
    expect(identify(raw, date).fingerprint).toBe(identify(encoded, date).fingerprint);
  });

  it("never throws, whatever the octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => identify(octets, date).fingerprint.length === 32),
    );
  });
});

describe("bodies", () => {
  it("hash alike whatever their line ends and however they are cut, and otherwise not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "\n", "From x"), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        async (parts, cut) => {
          const lf = Buffer.from(`Subject: x\n\n${parts.join("")}z\n`);
          const crlf = Buffer.from(lf.toString().replaceAll("\n", "\r\n"));
          const chunks = Array.from({ length: Math.ceil(crlf.length / cut) }, (_, index) =>
            crlf.subarray(index * cut, (index + 1) * cut),
          );
          const hash = await bodyHash(lf);
          expect(await bodyHash(Readable.from(chunks))).toBe(hash);
          expect(await bodyHash(Buffer.concat([lf, Buffer.from("!")]))).not.toBe(hash);
        },
      ),
    );
  });

  // Dovecot 2.3 takes a CR away that stands before CRLF, and one at the very end, when it stores what is appended.
  it.each([
    ["before a line end", "a\r\r\nb\n", "a\nb\n"],
    ["several before a line end", "a\r\r\r\nb", "a\r\r\nb"],
    ["at the end", "a\n\r", "a\n"],
  ])("hashes a body alike that lost a CR %s", async (_, kept, lost) => {
    const [before, after] = [kept, lost].map((text) => Buffer.from(`Subject: x\n\n${text}`)) as [Buffer, Buffer];
    expect(await bodyHash(before)).toBe(await bodyHash(after));
    expect(await bodyHash(Readable.from([...before].map((octet) => Buffer.from([octet]))))).toBe(await bodyHash(after));
    expect(await bodyHash(Buffer.from("Subject: x\n\na\rb\n"))).not.toBe(
      await bodyHash(Buffer.from("Subject: x\n\nab\n")),
    );
  });

  it("peeks at a stream's header and loses no octet", async () => {
    const octets = Buffer.from(`Subject: x\r\nX: ${"y".repeat(1000)}\r\n\r\n${"body\r\n".repeat(1000)}`);
    const chunks = Array.from({ length: octets.length }, (_, index) => octets.subarray(index, index + 1));
    const peeked = await peekHeader(Readable.from(chunks));
    expect(Buffer.from(peeked.header).toString()).toBe(octets.subarray(0, octets.indexOf("\r\n\r\n") + 1).toString());
    expect((await buffer(peeked.body as Readable)).equals(octets)).toBe(true);
  });
});

const one = (of: string, size: number, at: number, hash: string): Candidate<string> => ({
  of,
  size,
  date: at,
  hash: async () => hash,
});

const blind = (of: string, size: number): Candidate<string> => ({
  of,
  size,
  date,
  hash: () => Promise.reject(new Error("read")),
});

describe("equals", () => {
  it("pair by size and date where these agree one to one, without a look at the bodies", async () => {
    expect(await pairUp([blind("a", 2), blind("b", 1)], [blind("1", 1), blind("2", 2)])).toEqual([
      ["b", "1"],
      ["a", "2"],
    ]);
  });

  it("pair by body where they do not agree, and never by order", async () => {
    const left = [one("a", 10, date, "x"), one("b", 10, date, "y"), one("c", 10, date, "z")];
    expect(await pairUp(left, [one("1", 10, date, "z"), one("2", 10, date, "x")])).toEqual([
      ["a", "2"],
      ["c", "1"],
    ]);
    expect(await pairUp([one("a", 10, date, "x")], [one("1", 11, date, "y")])).toEqual([]);
  });

  it("of one body pair each once: those of the same size and date first", async () => {
    const left = [one("a", 10, date, "x"), one("b", 12, date, "x"), one("c", 11, date, "x")];
    const right = [one("1", 11, date, "x"), one("2", 12, date, "x"), one("3", 13, date, "x"), one("4", 12, date, "y")];
    expect(await pairUp(left, right)).toEqual([
      ["c", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    expect(await pairUp(left, right.slice(0, 2))).toEqual([
      ["c", "1"],
      ["b", "2"],
    ]);
  });

  it("go by the second where bodies prove nothing, and only where it is alone on either side", async () => {
    const noted: string[] = [];
    const doubt = { took: (of: string) => noted.push(`took ${of}`), alike: (of: string) => noted.push(`alike ${of}`) };
    const left = [one("a", 10, date, "x"), one("b", 10, date + 1000, "y"), one("c", 10, date + 1000, "z")];
    const right = [one("1", 11, date, "u"), one("2", 11, date + 1000, "v"), one("3", 12, date + 5000, "w")];
    expect(await pairUp(left, right, false, doubt)).toEqual([["a", "1"]]);
    expect(noted).toEqual(["took a", "alike b", "alike c"]);
    expect(await pairUp(left, right, true, doubt)).toEqual([]);
    expect(await pairUp(left, [one("4", 11, date + 1000, "z")], false, doubt)).toEqual([["c", "4"]]);
    expect(noted).toHaveLength(3);
  });
});
