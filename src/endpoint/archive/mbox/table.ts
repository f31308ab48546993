import { Buffer } from "node:buffer";
import type { Scanned } from "./scan.ts";

/** Numbers of a row, in this order; -1 stands for none. */
const columns = ["start", "body", "end", "size", "date", "groupAt", "groupLength", "number"] as const;
const width = columns.length;
/** Small numbers of a row: marks, tag, which of its equals, ended. */
const smallWidth = 4;
const hashLength = 16;
const first = 64;

/**
 * Messages of a file in its order, about a hundred octets each, found by id. An id is the hash of a message, and which of its equals
 * it is: copies are alike to the octet, so they may change places.
 */
export class Table {
  count = 0;
  #large = new Float64Array(first * width);
  #small = new Int32Array(first * smallWidth);
  #hashes = Buffer.alloc(first * hashLength);
  /** Rows by hash, open addressing; 0 is free. */
  #slots = new Int32Array(first * 2);
  #marks: (readonly string[])[] = [];
  readonly #markNumbers = new Map<string, number>();
  #tags: { readonly tag: string; count: number }[] = [];

  push(message: Scanned): void {
    const row = this.count;
    if ((row + 1) * width > this.#large.length) this.#grow();
    const { start, body, end, size, date, group } = message;
    this.#large.set(
      [start, body, end, size, date, group?.at ?? -1, group?.length ?? -1, group?.number ?? -1],
      row * width,
    );
    this.#hashes.write(message.hash, row * hashLength, "base64url");
    const small = [
      this.#markNumber(message.marks),
      this.#tagNumber(group?.tag),
      this.#place(row),
      message.ended ? 1 : 0,
    ];
    this.#small.set(small, row * smallWidth);
    this.count += 1;
  }

  message(row: number): Scanned {
    const large = (column: number) => this.#large[row * width + column] ?? 0;
    const small = (column: number) => this.#small[row * smallWidth + column] ?? 0;
    const tag = this.#tags[small(1) - 1]?.tag;
    return {
      start: large(0),
      body: large(1),
      end: large(2),
      size: large(3),
      date: large(4),
      ...(large(5) >= 0 && {
        group: { at: large(5), length: large(6), ...(tag !== undefined && { tag, number: large(7) }) },
      }),
      marks: this.#marks[small(0)] ?? [],
      hash: this.#hash(row).toString("base64url"),
      ended: small(3) === 1,
    };
  }

  id(row: number): string {
    return `${this.#hash(row).toString("base64url")}#${this.#small[row * smallWidth + 2]}`;
  }

  /** Undefined where no message has the id. */
  find(id: string): number | undefined {
    const [, text = "", number] = /^([\w-]{22})#(\d{1,9})$/.exec(id) ?? [];
    const hash = Buffer.from(text, "base64url");
    if (hash.length !== hashLength) return undefined;
    for (const row of this.#equals(hash)) if (this.#small[row * smallWidth + 2] === Number(number)) return row;
    return undefined;
  }

  /** Messages that were delivered under the tag. */
  tagged(tag: string): number {
    return this.#tags.find((each) => each.tag === tag)?.count ?? 0;
  }

  #hash(row: number): Buffer {
    return this.#hashes.subarray(row * hashLength, (row + 1) * hashLength);
  }

  /** Rows of this hash, latest first. */
  *#equals(hash: Buffer): Iterable<number> {
    for (let slot = this.#slot(hash); this.#slots[slot] !== 0; slot = this.#next(slot)) {
      const row = (this.#slots[slot] ?? 0) - 1;
      if (this.#hash(row).equals(hash)) yield row;
    }
  }

  /** Enters the row, and says which of its equals it is, from 1 on. */
  #place(row: number): number {
    const hash = this.#hash(row);
    let equals = 0;
    let slot = this.#slot(hash);
    for (; this.#slots[slot] !== 0; slot = this.#next(slot)) {
      if (this.#hash((this.#slots[slot] ?? 0) - 1).equals(hash)) equals += 1;
    }
    this.#slots[slot] = row + 1;
    return equals + 1;
  }

  #slot(hash: Buffer): number {
    return hash.readUInt32LE(0) & (this.#slots.length - 1);
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  #grow(): void {
    const rows = this.count * 2;
    const [large, small] = [new Float64Array(rows * width), new Int32Array(rows * smallWidth)];
    large.set(this.#large);
    small.set(this.#small);
    const hashes = Buffer.alloc(rows * hashLength);
    this.#hashes.copy(hashes);
    [this.#large, this.#small, this.#hashes] = [large, small, hashes];
    this.#slots = new Int32Array(rows * 2);
    for (let row = 0; row < this.count; row++) {
      let slot = this.#slot(this.#hash(row));
      while (this.#slots[slot] !== 0) slot = this.#next(slot);
      this.#slots[slot] = row + 1;
    }
  }

  #markNumber(marks: readonly string[]): number {
    const key = marks.join(" ");
    const known = this.#markNumbers.get(key);
    if (known !== undefined) return known;
    this.#markNumbers.set(key, this.#marks.length);
    return this.#marks.push(marks) - 1;
  }

  #tagNumber(tag: string | undefined): number {
    if (tag === undefined) return 0;
    let at = this.#tags.findIndex((each) => each.tag === tag);
    if (at < 0) at = this.#tags.push({ tag, count: 0 }) - 1;
    const entry = this.#tags[at];
    if (entry) entry.count += 1;
    return at + 1;
  }
}
