import type { Buffer } from "node:buffer";
import { theArena } from "../../../../src/endpoint/imap/arena.ts";

/** The octets where they lie in the arena, among neighbours that have every oddity. */
export function inArena(octets: Buffer, at: number): Buffer {
  const { memory } = theArena();
  memory.fill("\n\0\x80\r", at, at + octets.length + 64, "latin1");
  octets.copy(memory, at + 32);
  return memory.subarray(at + 32, at + 32 + octets.length);
}
