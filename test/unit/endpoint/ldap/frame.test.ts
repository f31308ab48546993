import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createCutter } from "../../../../src/endpoint/ldap/wire/frame.ts";

/** A sequence (tag 0x30) of so many octets, its length in the shortest form. */
function message(content: number): Buffer {
  const length =
    content < 128
      ? [content]
      : content < 65_536
        ? [0x82, content >> 8, content & 255]
        : [0x83, content >> 16, (content >> 8) & 255, content & 255];
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(content, content & 255)]);
}

test("messages come out as they went in, wherever the line cuts them", () => {
  const sizes = fc.array(fc.oneof(fc.nat(130), fc.constantFrom(127, 128, 255, 65_535, 65_536, 70_000)), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5000 }), (contents, chunk) => {
      const sent = contents.map(message);
      const whole = Buffer.concat(sent);
      const got: Buffer[] = [];
      const cutter = createCutter((each) => got.push(Buffer.from(each)));
      for (let at = 0; at < whole.length; at += chunk) cutter.push(whole.subarray(at, at + chunk));
      expect(got).toEqual(sent);
      expect(cutter.held).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("what is no message is refused at its first octets", () => {
  const cutter = createCutter(() => undefined);
  expect(() => cutter.push(Buffer.from("HTTP/1.1 400"))).toThrow(SyntaxError);
  expect(() => createCutter(() => undefined).push(Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]))).toThrow(
    /announced/,
  );
  expect(() => createCutter(() => undefined).push(Buffer.from([0x30, 0x80]))).toThrow(SyntaxError);
});
