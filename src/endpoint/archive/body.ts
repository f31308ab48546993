import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import type { Body } from "../../model/item.ts";
import type { DiskHandle } from "./disk.ts";
import { chunkSize, headerLimit } from "./limits.ts";

/** The octets of a body as they come, whichever its shape. */
export async function* chunksOf(body: Body): AsyncIterable<Buffer> {
  if (body instanceof Uint8Array) yield Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  else for await (const chunk of body) yield Buffer.from(chunk as Uint8Array);
}

/** Octets `from` to `to` of an open file; ends early where the file does. */
export async function* chunksOfFile(handle: DiskHandle, from: number, to: number): AsyncIterable<Buffer> {
  for (let at = from; at < to;) {
    const chunk = await readAt(handle, at, Math.min(chunkSize, to - at));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/** Up to so many octets from a position on. */
export async function readAt(handle: DiskHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A body from its octets: bytes up to a batch's size, else a stream. Closes the file by `done` when all was taken or left. */
export async function bodyOf(
  chunks: AsyncIterable<Buffer>,
  size: number,
  largest: number,
  done: () => Promise<void>,
): Promise<Body> {
  if (size > largest) return Readable.from(closing(chunks, done), { objectMode: false, highWaterMark: chunkSize });
  try {
    return await gather(chunks);
  } finally {
    await done();
  }
}

async function* closing(chunks: AsyncIterable<Buffer>, done: () => Promise<void>): AsyncIterable<Buffer> {
  try {
    yield* chunks;
  } finally {
    await done();
  }
}

async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
}

/** The header block with its blank line; the whole where there is none, cut at 1 MiB. */
export async function headerOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = headerEnd(head);
    if (end !== undefined) return head.subarray(0, end);
    if (head.length >= headerLimit) break;
  }
  return head.subarray(0, headerLimit);
}

/** Just behind the first blank line, LF or CRLF; undefined where none is seen. */
function headerEnd(bytes: Buffer): number | undefined {
  if (bytes[0] === 10) return 1;
  if (bytes[0] === 13 && bytes[1] === 10) return 2;
  const ends = [bytes.indexOf("\n\n"), bytes.indexOf("\n\r\n")];
  const [bare, crlf] = [ends[0] ?? -1, ends[1] ?? -1];
  if (bare >= 0 && (crlf < 0 || bare < crlf)) return bare + 2;
  return crlf >= 0 ? crlf + 3 : undefined;
}
