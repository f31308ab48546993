import { Buffer } from "node:buffer";

export type Dialect = "mboxrd" | "mboxo" | "mboxcl2";

/** Turns octets as they pass; `end` gives what was held back. */
export interface Filter {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

const from = Buffer.from("From ");
const [gt, lf] = [0x3e, 0x0a];
const quoteMark = Buffer.from(">");

/**
 * What holds for a header block. No Content-Length reaches there, so mboxcl2 quotes in it as mboxrd does: a header never has a line
 * that begins with `From `, but what we are given may.
 */
export const ofHeader = (dialect: Dialect): Dialect => (dialect === "mboxcl2" ? "mboxrd" : dialect);

/** Which lines are quoted when written: `From ` behind so many `>`; and which when read lose one. */
const written: Readonly<Record<Dialect, (marks: number) => boolean>> = {
  mboxrd: () => true,
  mboxo: (marks) => marks === 0,
  mboxcl2: () => false,
};
const readBack: Readonly<Record<Dialect, (marks: number) => boolean>> = {
  mboxrd: (marks) => marks > 0,
  mboxo: (marks) => marks === 1,
  mboxcl2: () => false,
};

/**
 * Finds the lines that begin with any number of `>` and then `From `, however the octets are cut into chunks and however long the
 * line. `hit` is told how many `>` there were, and where behind `From ` the chunk goes on.
 */
export class LineHeads {
  /** How much of `From ` was matched; -1 within a line. */
  #matched = 0;
  #marks = 0;

  /** Octets at the end of what was pushed that may yet turn out to belong to a hit. */
  get open(): number {
    return Math.max(this.#matched, 0);
  }

  /** True while the line so far holds `>` only, and at least one. */
  get quoted(): boolean {
    return this.#matched >= 0 && this.#marks > 0;
  }

  push(chunk: Buffer, hit: (marks: number, behind: number) => void): void {
    let at = 0;
    while (at < chunk.length && this.#matched >= 0) at = this.#step(chunk, at, hit);
    // Within a line now: what is between here and the last line is searched for `From ` alone.
    const last = chunk.lastIndexOf(lf);
    if (last < at) return;
    for (let next = chunk.indexOf(from, at); next >= 0 && next < last; next = chunk.indexOf(from, next + from.length)) {
      let start = next;
      while (start > at && chunk[start - 1] === gt) start -= 1;
      if (start > at && chunk[start - 1] === lf) hit(next - start, next + from.length);
    }
    this.begin();
    at = last + 1;
    while (at < chunk.length && this.#matched >= 0) at = this.#step(chunk, at, hit);
  }

  begin(): void {
    this.#matched = 0;
    this.#marks = 0;
  }

  #step(chunk: Buffer, at: number, hit: (marks: number, behind: number) => void): number {
    const octet = chunk[at];
    if (this.#matched === 0 && octet === gt) this.#marks += 1;
    else if (octet === from[this.#matched]) this.#matched += 1;
    else {
      // Looked at again as part of the line: it may be its end.
      this.#matched = -1;
      return at;
    }
    if (this.#matched === from.length) {
      this.#matched = -1;
      hit(this.#marks, at + 1);
    }
    return at + 1;
  }
}

/** Quotes as the dialect asks. `doubtful` is told of each line that this dialect cannot bring back as it was. */
export function quoter(dialect: Dialect, doubtful: () => void): Filter {
  const heads = new LineHeads();
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const offset = held.length;
      const parts: Buffer[] = [];
      let done = 0;
      heads.push(chunk, (marks, behind) => {
        if (dialect === "mboxo" && marks === 1) doubtful();
        if (!written[dialect](marks)) return;
        const start = offset + behind - from.length;
        parts.push(all.subarray(done, start), quoteMark);
        done = start;
      });
      const keep = all.length - heads.open;
      parts.push(all.subarray(done, keep));
      held = Buffer.from(all.subarray(keep));
      return Buffer.concat(parts);
    },
    end: () => held,
  };
}

/** Takes the quoting away. */
export function unquoter(dialect: Dialect): Filter {
  const heads = new LineHeads();
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const offset = held.length;
      const parts: Buffer[] = [];
      let done = 0;
      heads.push(chunk, (marks, behind) => {
        if (!readBack[dialect](marks)) return;
        const start = offset + behind - from.length;
        parts.push(all.subarray(done, start - 1));
        done = start;
      });
      const keep = Math.max(done, all.length - heads.open - (heads.quoted ? 1 : 0));
      parts.push(all.subarray(done, keep));
      held = Buffer.from(all.subarray(keep));
      return Buffer.concat(parts);
    },
    end: () => held,
  };
}

/** True for a line of the file that stands for one with a `>` less. */
export const losesMark = (dialect: Dialect, marks: number): boolean => readBack[dialect](marks);
