/** As much of DER (X.690) as certificates and LDAP need. */
import { Buffer } from "node:buffer";

/** A part of any tag. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, { length: octets }) => sum + octets, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(length)]), ...parts]);
}

/** In the shortest form (X.690, 10.1). */
function lengthOf(length: number): number[] {
  if (length < 128) return [length];
  const digits: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  return [0x80 + digits.length, ...digits];
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(0x31, ...parts);
/** [n] EXPLICIT. */
export const explicit = (n: number, part: Uint8Array): Buffer => tagged(0xa0 + n, part);
/** [n] IMPLICIT over a primitive type. */
export const implicit = (n: number, body: Uint8Array): Buffer => tagged(0x80 + n, body);
/** The shortest form alone is right, and the first bit is a sign. */
export const integer = (bytes: Uint8Array): Buffer => tagged(0x02, bytes);
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));
export const bits = (body: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), body);
export const octets = (body: Uint8Array): Buffer => tagged(0x04, body);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));

/** UTCTime, which ends with 2049 (RFC 5280 §4.1.2.5.1). */
export const time = (ms: number): Buffer =>
  tagged(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/^20|[-:T]|\..*/g, "")}Z`));

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift(0x80 | (left & 0x7f));
  return bytes;
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}
