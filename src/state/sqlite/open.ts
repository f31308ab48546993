import { resolve } from "node:path";
import type { Clock } from "../../contract/endpoint.ts";
import type { Lease, StateStore } from "../../contract/state-store.ts";
import type { Address } from "../../model/address.ts";
import { copyAside } from "./aside.ts";
import { connect } from "./connection.ts";
import { cloneOf } from "./clone.ts";
import { draftsOf } from "./drafts.ts";
import { stateFault } from "./faults.ts";
import { openInMemory, openToRead, openToWrite } from "./file.ts";
import type { Readings } from "./journal/book.ts";
import { journalOf } from "./journal/journal.ts";
import { acquire, check, holderInfo, type Scope, unlock } from "./lease.ts";
import { ledgerOf } from "./ledger.ts";
import { runsOf } from "./runs.ts";
import { forgetAll, renameAddress } from "./upkeep.ts";

export interface StateOptions {
  /** The file; `:memory:` for a state that ends with the process. */
  readonly path: string;
  /** The Migration's name: a file may hold several. */
  readonly migration: string;
  readonly clock: Clock;
  /** For commands that only look: nothing is written, and an absent file is an empty state. */
  readonly readonly?: boolean;
}

/**
 * Opens the state of one Migration.
 *
 * Throws `state.newer`, `state.unreadable`, `state.readonly`, `state.full`, `state.busy` or `state.failed`; so does every
 * method of what it returns.
 */
export async function openState({
  path: given,
  migration,
  clock,
  readonly = false,
}: StateOptions): Promise<StateStore> {
  const { default: Database } = await import("better-sqlite3");
  const path = given === ":memory:" ? given : resolve(given);
  const { db, file, settled, copying, close } =
    given === ":memory:" ? openInMemory(Database) : (readonly ? openToRead : openToWrite)(Database, path);
  const connection = connect(db, path, "immediate", settled);
  const { id, created } = connection.read(() => migrationOf(connection, migration, readonly));
  const scope: Scope = { connection, id, name: migration, clock };
  const readings = new Map<number, Readings>();
  let written = 0;
  const wrote = (): void => void (written += 1);
  const drafts = draftsOf({
    connection,
    migration: id,
    open: () => (file === undefined ? new Database(db.serialize()) : new Database(file, { readonly: true })),
    clone: () => cloneOf(Database, copying.copyStill),
    size: copying.size,
    written: () => written,
  });
  const writable = () => {
    if (readonly) throw stateFault("state.readonly", path, { message: "The state was opened to read alone" });
  };
  return {
    created,
    async acquire(holder) {
      writable();
      return acquire(scope, holder);
    },
    holder: async () => holderInfo(scope),
    async unlock() {
      writable();
      return unlock(scope);
    },
    ledger: ledgerOf(scope),
    runs: runsOf(scope),
    async journal(mailbox, lease) {
      const number = mailboxNumber(scope, mailbox, lease);
      const known = readings.get(number) ?? new Map();
      readings.set(number, known);
      return journalOf(connection, number, known, { check: () => check(scope, lease), wrote });
    },
    draft: async (mailbox, whole = false) => drafts.of(mailbox, whole),
    mailboxes: async () =>
      connection.read(() => {
        const query = "SELECT address FROM mailbox WHERE migration = ? ORDER BY address";
        return (connection.sql(query).all(id) as [Address][]).map(([address]) => address);
      }),
    rename: async (lease, from, to) => renameAddress(scope, lease, from, to).finally(wrote),
    forget: async (lease, addresses) =>
      forgetAll(scope, lease, addresses, (mailbox) => readings.delete(mailbox)).finally(wrote),
    async copyAside() {
      writable();
      return file === undefined ? path : copyAside(copying.copyTo, file);
    },
    close: async () => {
      drafts.close();
      close();
    },
  };
}

/** The Migration's number in this file. `created` where it had none: then nothing was remembered of it. */
function migrationOf(
  { sql, write }: Scope["connection"],
  name: string,
  readonly: boolean,
): { readonly id: number; readonly created: boolean } {
  const found = sql("SELECT id FROM migration WHERE name = ?").get(name) as [number] | undefined;
  if (found) return { id: found[0], created: false };
  if (readonly) return { id: 0, created: true };
  const changes = write(() => sql("INSERT OR IGNORE INTO migration (name) VALUES (?)").run(name).changes);
  const [id] = sql("SELECT id FROM migration WHERE name = ?").get(name) as [number];
  return { id, created: changes > 0 };
}

function mailboxNumber(scope: Scope, mailbox: Address, lease: Lease): number {
  const { connection, id } = scope;
  return connection.write(() => {
    check(scope, lease);
    connection.sql("INSERT OR IGNORE INTO mailbox (migration, address) VALUES (?, ?)").run(id, mailbox);
    const query = "SELECT id FROM mailbox WHERE migration = ? AND address = ?";
    return (connection.sql(query).get(id, mailbox) as [number])[0];
  });
}
