import { Buffer } from "node:buffer";
import type { DiskPath } from "../disk.ts";
import { type MessageFile, parseFile, uniqueLength } from "./info.ts";

/** Messages by id: the unique name; where two files share it (a copy by hand), the later inode has `UNIQUE/INODE`. */
export interface Messages {
  readonly size: number;
  /** The id at this place of their order. */
  id(at: number): string;
  find(id: string): MessageFile | undefined;
  /**
   * Gives the memory back at once, where the collector would come for it when the heap has grown, which it does not fill. To be asked
   * nothing after.
   */
  free(): void;
}

export function* idsOf({ size, id }: Messages, from = 0, to = size): Iterable<string> {
  for (let at = from; at < Math.min(to, size); at++) yield id(at);
}

export function countOf(messages: Messages, test: (id: string) => boolean): number {
  let count = 0;
  for (const id of idsOf(messages)) if (test(id)) count += 1;
  return count;
}

/** These, then others that they do not hold. */
export function joined(messages: Messages, others: ReadonlyMap<string, MessageFile>): Messages {
  if (others.size === 0) return messages;
  const { size } = messages;
  const ids = [...others.keys()];
  return {
    size: size + ids.length,
    id: (at) => (at < size ? messages.id(at) : (ids[at - size] ?? "")),
    find: (id) => messages.find(id) ?? others.get(id),
    free: messages.free,
  };
}

/** Files by name as they are read, and the messages they make. */
export interface Names {
  add(folder: MessageFile["folder"], file: DiskPath): void;
  /** In the order of ids. Files of one unique name are told apart by `part`; adds nothing after. */
  messages(part: (alike: readonly MessageFile[]) => Promise<ReadonlyMap<string, MessageFile>>): Promise<Messages>;
}

const folders = ["new", "cur"] as const;

/** Octets of a block, as a power of two: a name's place is the number of its block, then where it stands in it. */
const blockBits = 14;
const blockSize = 1 << blockBits;
const blockMask = blockSize - 1;

/** What stands before a name: its folder, its length and that of the unique name. */
const headSize = 5;

/**
 * Packs names, some sixty octets each, up to 4 GiB: a folder may hold a million. As objects they take four times as much, and whoever collects them
 * leaves holes.
 */
export function createNames(): Names {
  const blocks: Buffer<ArrayBuffer>[] = [];
  let block = Buffer.alloc(0);
  let end = 0;
  let rows = new Uint32Array(256);
  let count = 0;

  function add(folder: MessageFile["folder"], file: DiskPath): void {
    if (end + headSize + file.length > block.length) {
      block = Buffer.allocUnsafeSlow(blockSize);
      blocks.push(block);
      end = 0;
    }
    if (count === rows.length) rows = new Uint32Array(rows.buffer.transfer(rows.byteLength * 2));
    rows[count] = (blocks.length - 1) * blockSize + end;
    count += 1;
    block[end] = folders.indexOf(folder);
    block.writeUInt16LE(file.length, end + 1);
    block.writeUInt16LE(uniqueLength(file), end + 3);
    end += headSize + block.write(file, end + headSize, "latin1");
  }

  return {
    add,
    messages: async (part) => {
      const shelf = shelfOf(blocks);
      const sorted = rows.subarray(0, count).toSorted((a, b) => shelf.compare(a, b) || a - b);
      rows.buffer.transfer(0);
      const twins = new Map<string, MessageFile>();
      let single = 0;
      for (let at = 0; at < count;) {
        const next = endOfAlike(shelf, sorted, at);
        const alike = sorted.subarray(at, next);
        if (alike.length === 1) sorted[single++] = alike[0] ?? 0;
        else for (const [id, message] of await part([...alike].map(shelf.message))) twins.set(id, message);
        at = next;
      }
      return joined(shelved(shelf, sorted.subarray(0, single), blocks), twins);
    },
  };
}

/** Where names whose unique part is the same end, in sorted rows. */
function endOfAlike({ compare }: Shelf, sorted: Uint32Array, at: number): number {
  let next = at + 1;
  while (next < sorted.length && compare(sorted[at] ?? 0, sorted[next] ?? 0) === 0) next += 1;
  return next;
}

const octet = (block: Buffer, at: number): number => block[at] ?? 0;
const uniqueEnd = (block: Buffer, head: number): number => octet(block, head + 3) + octet(block, head + 4) * 256;

/** Reads packed names. */
type Shelf = ReturnType<typeof shelfOf>;

function shelfOf(blocks: readonly Buffer[]) {
  const blockOf = (row: number) => blocks[row >>> blockBits] as Buffer;
  const text = (row: number, length: number): DiskPath => {
    const from = (row & blockMask) + headSize;
    return blockOf(row).toString("latin1", from, from + length);
  };
  return {
    unique: (row: number): DiskPath => text(row, uniqueEnd(blockOf(row), row & blockMask)),
    message: (row: number): MessageFile => {
      const [block, head] = [blockOf(row), row & blockMask];
      return parseFile(folders[octet(block, head)] ?? "cur", text(row, block.readUInt16LE(head + 1)));
    },
    /** Orders unique names as their texts are ordered: the octets of latin1 are its code units. */
    compare: (a: number, b: number): number => {
      const [one, other] = [blockOf(a), blockOf(b)];
      const [first, second] = [a & blockMask, b & blockMask];
      const [length, most] = [uniqueEnd(one, first), uniqueEnd(other, second)];
      for (let at = headSize; at < headSize + Math.min(length, most); at++) {
        const difference = octet(one, first + at) - octet(other, second + at);
        if (difference !== 0) return difference;
      }
      return length - most;
    },
    compareTo: (row: number, id: string): number => {
      const [block, head] = [blockOf(row), row & blockMask];
      const length = uniqueEnd(block, head);
      for (let at = 0; at < Math.min(length, id.length); at++) {
        const difference = octet(block, head + headSize + at) - id.charCodeAt(at);
        if (difference !== 0) return difference;
      }
      return length - id.length;
    },
  };
}

/** Sorted rows, none of which is like another. */
function shelved(shelf: Shelf, sorted: Uint32Array<ArrayBuffer>, blocks: Buffer<ArrayBuffer>[]): Messages {
  const size = sorted.length;
  const row = (at: number) => sorted[at] ?? 0;
  return {
    size,
    id: (at) => shelf.unique(row(at)),
    find: (id) => {
      let [from, to] = [0, size];
      while (from < to) {
        const middle = (from + to) >>> 1;
        const order = shelf.compareTo(row(middle), id);
        if (order === 0) return shelf.message(row(middle));
        if (order < 0) from = middle + 1;
        else to = middle;
      }
      return undefined;
    },
    // Whoever asks for a block that is no longer there fails: it must not read as a message that is gone.
    free: () => {
      for (const { buffer } of [...blocks.splice(0), sorted]) buffer.transfer(0);
    },
  };
}
