import type DatabaseClass from "better-sqlite3";
import type { Journal } from "../../contract/journal.ts";
import { Fault } from "../../model/fault.ts";
import { connect, type Connection } from "./connection.ts";
import { type Draft, draftOf } from "./draft.ts";
import { journalOf } from "./journal/journal.ts";

type Db = DatabaseClass.Database;

/** The state that drafts are made of. */
export interface DraftSource {
  readonly connection: Connection;
  /** The Migration's number. */
  readonly migration: number;
  /** Another connection to it, to read. */
  open(): Db;
  /** A copy of all of it to be written to; undefined where it cannot be held still. */
  clone(): Db | undefined;
  /** Octets of it. */
  size(): number;
  /** Rises with everything that this process writes to a journal. */
  written(): number;
}

export interface Drafts {
  of(address: string, whole: boolean): Promise<Draft>;
  close(): void;
}

/** One copy of all of the state, for the drafts of many mailboxes: each is written to once. */
interface Shared {
  readonly connection: Connection;
  /** What the state was when it was copied. */
  readonly version: string;
  /** Octets that it began with. */
  readonly begun: number;
  readonly used: Set<string>;
  users: number;
  stale: boolean;
}

/** Milliseconds of a copy: of a mailbox, and each of its rows; of the whole file, and each of its octets. */
const cost = { mailbox: 6, row: 0.012, file: 2, octet: 1e-6 } as const;
/** Octets by which a copy may grow, and those of a state that is copied whole: it lies in the folder for temporary files. */
const most = { growth: 256 * 2 ** 20, size: 4 * 2 ** 30 } as const;

/**
 * Drafts read the state itself until they are first written to, so that a mailbox without change costs no copy; then they go on in a copy.
 * That is one of the mailbox's rows, or one of all of the state, which all drafts share: whichever is less work, by what the copies of rows
 * took so far. Without `whole` a call throws `state.moved` where the state was written since the first one: what was read before may be
 * true no longer.
 */
export function draftsOf(source: DraftSource): Drafts {
  const { connection, migration } = source;
  const { path } = connection;
  let shared: Shared | undefined;
  let spent = 0;

  /** Changes with what others commit (https://sqlite.org/pragma.html#pragma_data_version), and with what this process writes. */
  function versionNow(): string {
    // The pragma tells of what a reading has seen.
    connection.sql("SELECT 1 FROM sqlite_schema").get();
    return `${(connection.sql("PRAGMA data_version").get() as [number])[0]}:${source.written()}`;
  }

  function drop(one: Shared): void {
    one.stale = true;
    if (shared === one) shared = undefined;
    if (one.users === 0) one.connection.db.close();
  }

  /** The copy that is there, or a new one where that is less work than a copy of these rows. */
  function sharedFor(address: string, rows: number): Shared | undefined {
    const version = versionNow();
    if (
      shared !== undefined &&
      (shared.version !== version || sizeOf(shared.connection.db) - shared.begun > most.growth)
    )
      drop(shared);
    if (shared === undefined) {
      const size = source.size();
      const [own, all] = [cost.mailbox + rows * cost.row, cost.file + size * cost.octet];
      const made = spent + own < all || size > most.size ? undefined : source.clone();
      spent = made === undefined ? spent + own : 0;
      if (made === undefined) return undefined;
      const [to, begun] = [connect(made, path, "deferred"), sizeOf(made)];
      shared = { connection: to, version, begun, used: new Set(), users: 0, stale: false };
    }
    return shared.used.has(address) ? undefined : shared;
  }

  /** A draft in the shared copy. */
  function draftIn(one: Shared, address: string): Draft {
    one.used.add(address);
    one.users += 1;
    const { connection: to } = one;
    to.sql("INSERT OR IGNORE INTO mailbox (migration, address) VALUES (?, ?)").run(migration, address);
    const journal = journalOf(to, numberOf(to, migration, address)?.number ?? 0, new Map(), () => undefined);
    let open = true;
    const close = async (): Promise<void> => {
      if (open) one.users -= 1;
      open = false;
      if (one.stale && one.users === 0 && to.db.open) to.db.close();
    };
    return { ...journal, close };
  }

  const copyRows = (address: string, check?: () => void): Promise<Draft> =>
    draftOf(connection.read(source.open), path, { migration, address, ...(check && { check }) });

  return {
    of: async (address, whole) => {
      if (whole) return copyRows(address);
      const known = connection.read(() => numberOf(connection, migration, address));
      let first: string | undefined;
      const check = (): void => {
        first ??= versionNow();
        if (versionNow() !== first) throw moved();
      };
      const copied = async (): Promise<Draft> => {
        const one = connection.read(() => {
          check();
          return sharedFor(address, known?.last ?? 0);
        });
        return one === undefined ? copyRows(address, check) : connection.read(() => draftIn(one, address));
      };
      if (known === undefined) return copied();
      const state = journalOf(connection, known.number, new Map(), () => undefined);
      const read = async <T>(work: (from: Journal) => Promise<T>): Promise<T> => {
        connection.read(check);
        return work(state);
      };
      return untilWritten(read, copied);
    },
    close: () => {
      if (shared !== undefined) drop(shared);
    },
  };
}

function numberOf(
  { sql }: Connection,
  migration: number,
  address: string,
): { readonly number: number; readonly last: number } | undefined {
  const query = "SELECT id, last FROM mailbox WHERE migration = ? AND address = ?";
  const [number, last] = (sql(query).get(migration, address) as [number, number] | undefined) ?? [];
  return number === undefined || last === undefined ? undefined : { number, last };
}

const sizeOf = (db: Db): number =>
  (db.pragma("page_count", { simple: true }) as number) * (db.pragma("page_size", { simple: true }) as number);

function moved(): Fault {
  return new Fault({
    code: "state.moved",
    message: "Another run wrote the state meanwhile",
    spoils: "mailbox",
    retry: "later",
    remedy: "plan again when it has ended",
  });
}

/** Reads go to the state until the first write, which waits for `copy`; from then on all goes there. */
function untilWritten(
  state: <T>(work: (from: Journal) => Promise<T>) => Promise<T>,
  copy: () => Promise<Draft>,
): Draft {
  let copied: Promise<Draft> | undefined;
  const read = async <T>(work: (from: Journal) => Promise<T>): Promise<T> =>
    copied === undefined ? state(work) : work(await copied);
  const write = async <T>(work: (to: Journal) => Promise<T>): Promise<T> => work(await (copied ??= copy()));
  return {
    feeds: (...of) => read((from) => from.feeds(...of)),
    rows: (...of) => read((from) => from.rows(...of)),
    alike: (...of) => read((from) => from.alike(...of)),
    row: (...of) => read((from) => from.row(...of)),
    find: (...of) => read((from) => from.find(...of)),
    intents: () => read((from) => from.intents()),
    places: () => read((from) => from.places()),
    counts: () => read((from) => from.counts()),
    begin: (...of) => write((to) => to.begin(...of)),
    fold: (...of) => write((to) => to.fold(...of)),
    drop: (...of) => write((to) => to.drop(...of)),
    rename: (...of) => write((to) => to.rename(...of)),
    record: (...of) => write((to) => to.record(...of)),
    intend: (...of) => write((to) => to.intend(...of)),
    setPlaces: (...of) => write((to) => to.setPlaces(...of)),
    dropPlace: (...of) => write((to) => to.dropPlace(...of)),
    close: async () => (await copied?.catch(() => undefined))?.close(),
  };
}
