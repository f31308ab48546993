import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawIn } from "../../../../src/endpoint/google/mail/raw.ts";

async function octetsIn(text: string, cuts: readonly number[] = []): Promise<Buffer> {
  const whole = Buffer.from(text);
  const ends = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].toSorted((a, b) => a - b);
  const parts = [...ends, whole.length].map((end, at) => whole.subarray(ends[at - 1] ?? 0, end));
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* parts;
  }
  const found: Buffer[] = [];
  for await (const each of rawIn(body())) found.push(each);
  return Buffer.concat(found);
}

describe("a message in an answer that comes in pieces", () => {
  it("is the same octets, wherever the answer is cut", () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.constantFrom("", "=", "\\u003d"),
        async (octets, cuts, pad) => {
          const message = Buffer.from(octets);
          const answer = `{\n  "snippet": "say \\"raw\\": \\"x\\"",\n  "raw" : "${message.toString("base64url")}${pad}",\n "id": "1"}\n`;
          expect(await octetsIn(answer, cuts)).toEqual(message);
        },
      ),
    ));

  it("is none where there is no such field, or its answer breaks off", async () => {
    await expect(octetsIn('{"id": "1"}')).rejects.toMatchObject({ code: "answer.broken", spoils: "item" });
    await expect(octetsIn('{"raw": "QUJD')).rejects.toMatchObject({ code: "answer.broken", spoils: "item" });
    expect(await octetsIn('{"raw": ""}')).toEqual(Buffer.alloc(0));
  });
});
