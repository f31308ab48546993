import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arenaOctets, odditiesIn, theArena } from "../../../../src/endpoint/imap/arena.ts";
import { inArena } from "./in-arena.ts";
import { holds } from "./seeded.ts";

/** By another way: of the octets as text. */
function expected(octets: Buffer): object {
  const text = octets.toString("latin1");
  return { bare: /(?<!\r)\n/.test(text), nul: text.includes("\0"), x80: text.includes("\x80") };
}

describe("the octets of a body", () => {
  it("lie in one stretch of memory that can be looked through quickly", () => {
    const { memory, scanner } = theArena();
    expect(memory).toHaveLength(arenaOctets);
    expect(scanner).toBeDefined();
  });

  it("are looked through alike in the arena and outside it, wherever an oddity stands", async () => {
    const line = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom("plain text of a line\r\n", "\r\n", "x", "\r", "é".repeat(9)) },
      fc.constantFrom("\n", "\0", "\x80", "\r\r\n", "\n\n"),
    );
    const octets = fc.array(line, { maxLength: 60 }).map((all) => Buffer.from(all.join(""), "latin1"));
    await holds(
      "oddities",
      fc.property(octets, fc.nat({ max: 200 }), (all, at) => {
        expect(odditiesIn(inArena(all, at))).toEqual(expected(all));
        expect(odditiesIn(Buffer.from(all))).toEqual(expected(all));
      }),
      3000,
    );
  });

  it.each([0, 1, 2, 15, 16, 17, 62, 63, 64, 65, 79, 80, 81, 128, 200])(
    "may be odd at any of %i places, the first and the last among them",
    (length) => {
      for (let at = 0; at < length; at += 1)
        for (const odd of ["\n", "\0", "\x80", "\r"]) {
          const octets = Buffer.alloc(length, "a");
          octets.write(odd, at, "latin1");
          expect(odditiesIn(inArena(octets, at))).toEqual(expected(octets));
          if (at === 0 || odd !== "\n") continue;
          octets.write("\r", at - 1, "latin1");
          expect(odditiesIn(inArena(octets, at))).toEqual(expected(octets));
        }
      expect(odditiesIn(inArena(Buffer.alloc(length, "a"), 0))).toEqual({ bare: false, nul: false, x80: false });
    },
  );

  it("may reach to both ends of the arena", () => {
    const { memory } = theArena();
    memory.fill("a", 0, 4096).fill("a", arenaOctets - 4096);
    const none = { bare: false, nul: false, x80: false };
    expect(odditiesIn(memory.subarray(0, 4096))).toEqual(none);
    expect(odditiesIn(memory.subarray(arenaOctets - 4096))).toEqual(none);
    memory.write("\n", 0);
    memory.write("\n", arenaOctets - 1);
    expect(odditiesIn(memory.subarray(0, 4096))).toEqual({ ...none, bare: true });
    expect(odditiesIn(memory.subarray(arenaOctets - 4096))).toEqual({ ...none, bare: true });
  });
});
