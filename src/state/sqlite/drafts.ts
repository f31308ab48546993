import type DatabaseClass from "better-sqlite3";
import type { Journal } from "../../contract/journal.ts";
import { Fault } from "../../model/fault.ts";
import { connect, type Connection } from "./connection.ts";
import { type Draft, draftOf, everyRight } from "./draft.ts";
import { journalOf } from "./journal/journal.ts";

type Db = DatabaseClass.Database;

/** The state that drafts are made of. */
export interface DraftSource {
  readonly connection: Connection;
  /** The Migration's number. */
  readonly migration: number;
  /** Another connection to it, to read. */
  open(): Db;
  /** A copy of all of it to be written to; undefined where there can be none. */
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
  /** Octets by which it has grown. */
  grown(): number;
  readonly used: Set<string>;
  users: number;
  stale: boolean;
}

/** Milliseconds of a copy: of a mailbox, and each of its rows; of the whole file, and each of its octets. */
const cost = { mailbox: 6, row: 0.012, file: 2, octet: 1e-6 } as const;
/** Octets by which a copy may grow, and those of a state that is copied whole: it lies in the folder for temporary files. */
const most = { growth: 256 * 2 ** 20, size: 2 ** 29 } as const;

/** A mailbox in the state, at one version of it. */
interface Standing {
  readonly version: string;
  /** The number of its last row. */
  readonly last: number;
  /** Undefined where the state does not have it. */
  readonly journal: Journal | undefined;
}

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
    if (shared !== undefined && (shared.version !== version || shared.grown() > most.growth)) drop(shared);
    if (shared === undefined) {
      const size = source.size();
      const [own, all] = [cost.mailbox + rows * cost.row, cost.file + size * cost.octet];
      const worth = size <= most.size && spent + own >= all;
      spent = worth ? 0 : spent + own;
      if (worth) shared = share(version);
    }
    return shared?.used.has(address) === true ? undefined : shared;
  }

  /** Undefined where there can be no copy, or where it may be of another moment. */
  function share(version: string): Shared | undefined {
    const made = source.clone();
    if (made === undefined) return undefined;
    const begun = sizeOf(made);
    const one: Shared = {
      connection: connect(made, path, "deferred"),
      version,
      grown: () => sizeOf(made) - begun,
      used: new Set(),
      users: 0,
      stale: false,
    };
    if (versionNow() === version) return one;
    drop(one);
    return undefined;
  }

  /** A draft in the shared copy. */
  function draftIn(one: Shared, address: string): Draft {
    const { connection: to, used } = one;
    const insert = "INSERT INTO mailbox (migration, address) VALUES (?, ?)";
    const known = numberOf(to, migration, address)?.number;
    const number = known ?? Number(to.sql(insert).run(migration, address).lastInsertRowid);
    const journal = journalOf(to, number, new Map(), everyRight);
    used.add(address);
    one.users += 1;
    let open = true;
    const close = async (): Promise<void> => {
      if (!open) return;
      open = false;
      one.users -= 1;
      if (one.stale && one.users === 0) to.db.close();
    };
    return { ...journal, close };
  }

  const copyRows = (address: string, check?: () => void): Promise<Draft> =>
    draftOf(connection.read(source.open), path, { migration, address, ...(check && { check }) });

  /** A mailbox's journal as it is from the first call on; throws `state.moved` once it may be another. */
  function standing(address: string): () => Standing {
    const isKnown = numberOf(connection, migration, address) !== undefined;
    let begun: Standing | undefined;
    return () => {
      const version = versionNow();
      if (begun === undefined) {
        const { number, last } = numberOf(connection, migration, address) ?? { number: undefined, last: 0 };
        const journal = number === undefined ? undefined : journalOf(connection, number, new Map(), everyRight);
        begun = { version, last, journal };
      }
      if (version !== begun.version || (isKnown && begun.journal === undefined)) throw moved();
      return begun;
    };
  }

  return {
    of: async (address, whole) => {
      if (whole) return copyRows(address);
      const now = connection.read(() => standing(address));
      const copied = async (): Promise<Draft> => {
        const draft = connection.read(() => {
          const one = sharedFor(address, now().last);
          return one && draftIn(one, address);
        });
        return draft ?? copyRows(address, now);
      };
      return untilWritten(() => connection.read(now).journal, copied);
    },
    close: () => {
      if (shared !== undefined) drop(shared);
    },
  };
}

/** A mailbox's number, and that of its last row. */
function numberOf(
  { sql }: Connection,
  migration: number,
  address: string,
): { readonly number: number; readonly last: number } | undefined {
  const query = "SELECT id, last FROM mailbox WHERE migration = ? AND address = ?";
  const found = sql(query).get(migration, address) as [number, number] | undefined;
  return found && { number: found[0], last: found[1] };
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

/** Reads go to the state, where it has the mailbox, until the first write, which waits for `copy`; from then on all goes there. */
function untilWritten(state: () => Journal | undefined, copy: () => Promise<Draft>): Draft {
  let copied: Promise<Draft> | undefined;
  const written = (): Promise<Draft> => (copied ??= copy());
  const read = async <T>(work: (from: Journal) => Promise<T>): Promise<T> =>
    work(copied === undefined ? (state() ?? (await written())) : await copied);
  const write = async <T>(work: (to: Journal) => Promise<T>): Promise<T> => work(await written());
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
