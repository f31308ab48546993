import type { Side } from "../../../contract/journal.ts";
import type { Connection } from "../connection.ts";
import { type Places, placesOf } from "./places.ts";
import type { Reading } from "./seen.ts";

/** What the parts of one mailbox's journal share. */
export interface Book {
  readonly connection: Connection;
  readonly mailbox: number;
  /** The rowid of number 0: a mailbox's rows are `base` + number, up to `top`. */
  readonly base: number;
  readonly top: number;
  readonly places: Places;
  /** Readings under way, by the feed's number. */
  readonly readings: Readings;
  /** The rowid for a message seen for the first time; only inside a transaction. */
  next(): number;
  /** One transaction, checked against the lease. */
  write<T>(work: () => T): T;
  /** The same, and resolves when it is durable, and all before it. */
  keep<T>(work: () => T): Promise<T>;
}

export type Readings = Map<number, Reading>;

/** Whether a journal may be written, and who is to know that it was. */
export interface Right {
  /** Throws where the right to write is gone. */
  check(): void;
  /** Hears of every transaction. */
  wrote(): void;
}

const width = 2 ** 32;

/** Opens a mailbox's journal. The right to write is checked first in every transaction. */
export function openBook(connection: Connection, mailbox: number, readings: Readings, right: Right): Book {
  const places = placesOf(connection, mailbox);
  const base = mailbox * width;
  let last = 0;
  const guarded = <T>(work: () => T): T => {
    right.check();
    right.wrote();
    const [before] = connection.sql("SELECT last FROM mailbox WHERE id = ?").get(mailbox) as [number];
    last = before;
    const result = work();
    if (last !== before) connection.sql("UPDATE mailbox SET last = ? WHERE id = ?").run(last, mailbox);
    return result;
  };
  /** What was numbered in a transaction that did not take effect is not known. */
  const failed = (thrown: unknown): never => {
    places.reset();
    throw thrown;
  };
  return {
    connection,
    mailbox,
    base,
    top: base + width - 1,
    places,
    readings,
    next() {
      last += 1;
      return base + last;
    },
    write: (work) => {
      try {
        return connection.write(() => guarded(work));
      } catch (thrown) {
        return failed(thrown);
      }
    },
    keep: (work) => connection.keep(() => guarded(work)).catch(failed),
  };
}

/** The prefix of a side's columns. */
export const prefix = { source: "s", destination: "d" } as const satisfies Record<Side, string>;
