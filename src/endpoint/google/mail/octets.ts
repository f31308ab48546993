import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { Fault } from "../../../model/fault.ts";
import type { NewItem } from "../../../model/item.ts";

/** The octets of an item, as many as it says. Throws where they are not, or where its stream breaks. */
export async function octetsOf({ body, size, key }: NewItem): Promise<Buffer> {
  if (body instanceof Uint8Array) return counted(Buffer.from(body.buffer, body.byteOffset, body.length), size, key);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(Buffer.from(part as Uint8Array));
    length += (part as Uint8Array).length;
    if (length > size) throw miscounted(key);
  }
  return counted(Buffer.concat(parts), size, key);
}

function counted(octets: Buffer, size: number, key: string): Buffer {
  if (octets.length !== size) throw miscounted(key);
  return octets;
}

const miscounted = (about: string): Fault =>
  new Fault({
    code: "item.size",
    message: "The message is not as long as was said",
    spoils: "item",
    retry: "later",
    about,
  });

/** A stream in pieces of so many octets, the last one smaller; its length is as was said, else it throws before the last piece. */
export async function* piecesOf({ body, size, key }: NewItem, piece: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let [length, total] = [0, 0];
  for await (const part of body instanceof Uint8Array ? [body] : body) {
    const octets = Buffer.from(part as Uint8Array);
    held.push(octets);
    length += octets.length;
    total += octets.length;
    if (total > size) throw miscounted(key);
    while (length > piece) {
      const all = Buffer.concat(held);
      yield all.subarray(0, piece);
      held = [all.subarray(piece)];
      length -= piece;
    }
  }
  if (total !== size) throw miscounted(key);
  yield Buffer.concat(held);
}

/** Octets that tell one large message from another, with its length: its header is in them. */
const probing = 65_536;

/** The beginning of an item's octets, and the item to go on with. */
export async function beginningOf(item: NewItem): Promise<{ readonly head: Buffer; readonly item: NewItem }> {
  const { body } = item;
  if (body instanceof Uint8Array) return { head: Buffer.from(body.subarray(0, probing)), item };
  const parts = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const held: Buffer[] = [];
  for (let length = 0; length < probing; length += held.at(-1)?.length ?? 0) {
    const next = await parts.next();
    if (next.done === true) break;
    held.push(Buffer.from(next.value));
  }
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    yield* held;
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
  };
  return { head: Buffer.concat(held).subarray(0, probing), item: { ...item, body: Readable.from(rest()) } };
}
