import { Buffer } from "node:buffer";

/**
 * Looks for single octets sixteen at a time: a few instructions of WebAssembly over memory of its own, for in JavaScript the search for
 * line ends took as long as all else that is done to a body.
 */
export interface Scanner {
  readonly memory: Buffer;
  /** Looks through what begins at `from`, which is not 0, in steps of sixteen octets up to `to`: the bits of `found`. */
  scan(from: number, to: number): number;
}

/** The bits of a scan: a line feed that no CR stands before, NUL, and 0x80. */
export const found = { bare: 1, nul: 2, x80: 4 } as const;

const page = 64 * 1024;

/** As far as it is used: Node has it, and TypeScript declares it with a browser's things alone. Absent under `--jitless`. */
declare const WebAssembly:
  | {
      readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => Memory;
      readonly Module: new (octets: Uint8Array) => object;
      readonly Instance: new (
        module: object,
        imports: object,
      ) => { readonly exports: Readonly<Record<string, unknown>> };
      validate(octets: Uint8Array): boolean;
    }
  | undefined;

interface Memory {
  readonly buffer: ArrayBuffer;
}

/** WebAssembly's instructions, as far as they are used (Core Specification 2.0, appendix "Index of Instructions"). */
const wasm = {
  loop: [0x03, 0x40],
  end: [0x0b],
  again: [0x0d, 0],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  number: (value: number) => [0x41, value],
  less: [0x49],
  add: [0x6a],
  or: [0x72],
  shiftLeft: [0x74],
  load16: (offset: number) => [0xfd, 0x00, 0, offset],
  /** Sixteen times the octet. */
  all: (octet: number) => [0xfd, 0x0c, ...Array.from({ length: 16 }, () => octet)],
  equal: [0xfd, 0x23],
  andNot: [0xfd, 0x4f],
  either: [0xfd, 0x50],
  any: [0xfd, 0x53],
} as const;

/** Octets behind their count, in LEB128. */
function sized(octets: readonly number[]): readonly number[] {
  const { length } = octets;
  return length < 128 ? [length, ...octets] : [(length & 127) | 128, length >> 7, ...octets];
}

const section = (id: number, octets: readonly number[]): readonly number[] => [id, ...sized(octets)];

/** `scan(before, to)`: `before` is the octet before the sixteen that are looked at, and ends where `to` is. */
function moduleOctets(): Uint8Array<ArrayBuffer> {
  const [before, to, bare, nul, x80, now] = [0, 1, 2, 3, 4, 5];
  const body = [
    [wasm.loop],
    [wasm.get(before), wasm.load16(1), wasm.set(now)],
    [wasm.get(now), wasm.all(10), wasm.equal, wasm.get(before), wasm.load16(0), wasm.all(13), wasm.equal, wasm.andNot],
    [wasm.get(bare), wasm.either, wasm.set(bare)],
    [wasm.get(now), wasm.all(0), wasm.equal, wasm.get(nul), wasm.either, wasm.set(nul)],
    [wasm.get(now), wasm.all(0x80), wasm.equal, wasm.get(x80), wasm.either, wasm.set(x80)],
    [wasm.get(before), wasm.number(16), wasm.add, wasm.tee(before), wasm.get(to), wasm.less, wasm.again],
    [wasm.end],
    [wasm.get(bare), wasm.any],
    [wasm.get(nul), wasm.any, wasm.number(1), wasm.shiftLeft, wasm.or],
    [wasm.get(x80), wasm.any, wasm.number(2), wasm.shiftLeft, wasm.or],
    [wasm.end],
  ].flat(2);
  const [i32, v128] = [0x7f, 0x7b];
  // The sections are those of types, imports, functions, exports and code, with one of each.
  const sections = [
    section(1, [1, 0x60, 2, i32, i32, 1, i32]),
    section(2, [1, 1, 0x6d, 1, 0x6d, 2, 0, 1]),
    section(3, [1, 0]),
    section(7, [1, 1, 0x66, 0, 0]),
    section(10, [1, ...sized([1, 4, v128, ...body])]),
  ];
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** Undefined where Node runs without WebAssembly, the processor is too old for it, or no addresses may be reserved. */
export function createScanner(octets: number): Scanner | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  const module = moduleOctets();
  if (!WebAssembly.validate(module)) return undefined;
  const pages = Math.ceil(octets / page);
  let memory: Memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { m: { m: memory } });
  const scan = instance.exports["f"] as (before: number, to: number) => number;
  return { memory: Buffer.from(memory.buffer), scan: (from, to) => scan(from - 1, to - 1) };
}
