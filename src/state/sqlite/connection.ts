import type Database from "better-sqlite3";
import { faultOf } from "./faults.ts";

type Statement = Database.Statement<unknown[], unknown>;

/** A database, its prepared statements and its errors. All work is synchronous: what is between two awaits is one act. */
export interface Connection {
  readonly db: Database.Database;
  /** The file, as errors name it. */
  readonly path: string;
  /** A statement, prepared once. Rows come as arrays. */
  sql(text: string): Statement;
  /** Runs work that only reads. */
  read<T>(work: () => T): T;
  /** Runs work in one transaction: all of it or none. Durable once a later `keep` is, or never: a power cut takes the newest ones. */
  write<T>(work: () => T): T;
  /** The same, and resolves when it is durable. */
  keep<T>(work: () => T): Promise<T>;
}

/** `begin`: `immediate` takes the write lock at once, so that a reading inside cannot be outrun by another process. */
export function connect(
  db: Database.Database,
  path: string,
  begin: "immediate" | "deferred",
  settled: () => Promise<void> = async () => undefined,
): Connection {
  const statements = new Map<string, Statement>();
  const transaction = db.transaction((work: () => unknown) => work())[begin];
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw faultOf(thrown, path);
    }
  };
  const write = <T>(work: () => T): T => guarded(() => transaction(work) as T);
  return {
    db,
    path,
    sql(text) {
      const known = statements.get(text);
      if (known) return known;
      const statement = db.prepare(text);
      if (statement.reader) statement.raw();
      statements.set(text, statement);
      return statement;
    },
    read: guarded,
    write,
    keep: async (work) => {
      const done = write(work);
      await settled();
      return done;
    },
  };
}
