import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../src/content/verify/digest.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
const piece = fc.constantFrom("a", "Subject: x", "\r\n", "\n", "\r", "\r\r\n", "\n\n", "\u00e9", "\0");
const mail = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));

/** By the definition, over the whole. */
function expected(text: string) {
  const crlf = text.replace(/\r*\n/g, "\r\n");
  const at = crlf.startsWith("\r\n") ? 0 : crlf.indexOf("\r\n\r\n");
  const header = at < 0 ? crlf : at === 0 ? "" : crlf.slice(0, at + 2);
  const body = at < 0 ? "" : crlf.slice(header.length + 2);
  return { header: sha256(header), body: sha256(body), text: sha256(body.replace(/(?:\r\n)+$/, "")) };
}

const of = (text: string) => digestOf(Buffer.from(text, "latin1"));

describe("the digest of a message", () => {
  it("is that of header and body with CRLF line ends, in any cut", async () => {
    await fc.assert(
      fc.asyncProperty(mail, fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), async (text, cuts) => {
        const octets = Buffer.from(text, "latin1");
        const at = [0, ...cuts.filter((cut) => cut < octets.length), octets.length].toSorted((a, b) => a - b);
        const chunks = at.slice(1).map((end, index) => octets.subarray(at[index], end));
        const wanted = expected(text);
        expect(await digestOf(octets)).toEqual(wanted);
        expect(await digestOf(Readable.from(chunks, { objectMode: true }))).toEqual(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  it("tells one octet of a body, and final line ends from the rest", async () => {
    const [one, other, ended] = [
      await of("A: b\n\nbody\n"),
      await of("A: b\r\n\r\nbodY\r\n"),
      await of("A: b\n\nbody\n\n"),
    ];
    expect(other.header).toBe(one.header);
    expect(other.text).not.toBe(one.text);
    expect(ended.text).toBe(one.text);
    expect(ended.body).not.toBe(one.body);
  });
});
