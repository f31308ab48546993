import type { Lease, LedgerRecord } from "../../contract/state-store.ts";
import { type Address, kindOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import { check, type Scope } from "./lease.ts";

/** Rows of a mailbox's journal are told by its number, or lie between two rowids (`migrations.ts`). */
const byMailbox = ["feed", "place", "route", "intent"] as const;
const byRow = ["intent_row", "message"] as const;
const width = 2 ** 32;

/** Ends what is remembered of an address. Returns the number of its mailbox, where it had one. */
function end({ connection: { sql }, id }: Scope, address: Address): { readonly mailbox?: number } {
  sql("DELETE FROM ledger WHERE migration = ? AND address = ?").run(id, address);
  const mailbox = numberOf(sql, id, address);
  if (mailbox === undefined) return {};
  for (const table of byMailbox) sql(`DELETE FROM ${table} WHERE mailbox = ?`).run(mailbox);
  for (const table of byRow)
    sql(`DELETE FROM ${table} WHERE row > ? AND row < ?`).run(mailbox * width, (mailbox + 1) * width);
  sql("DELETE FROM mailbox WHERE id = ?").run(mailbox);
  return { mailbox };
}

/** In one transaction. `ended` is told each mailbox whose number may be another's from now on. */
export async function forgetAll(
  scope: Scope,
  lease: Lease,
  addresses: readonly Address[],
  ended: (mailbox: number) => void,
): Promise<void> {
  const gone = await scope.connection.keep(() => {
    check(scope, lease);
    return addresses.map((address) => end(scope, address));
  });
  for (const { mailbox } of gone) if (mailbox !== undefined) ended(mailbox);
}

export async function renameAddress(scope: Scope, lease: Lease, from: Address, to: Address): Promise<void> {
  const { connection, id } = scope;
  const { sql } = connection;
  await connection.keep(() => {
    check(scope, lease);
    if (kindOf(from) !== kindOf(to)) throw new Error(`${from} cannot become ${to}: it is of another kind`);
    const record = recordOf(sql, id, from);
    const mailbox = numberOf(sql, id, from);
    if (record === undefined && mailbox === undefined) throw unknown(from);
    if (recordOf(sql, id, to) !== undefined || numberOf(sql, id, to) !== undefined) throw taken(to);
    if (record !== undefined) {
      sql("DELETE FROM ledger WHERE migration = ? AND address = ?").run(id, from);
      const text = JSON.stringify({ ...record, address: to });
      sql("INSERT INTO ledger (migration, address, record) VALUES (?, ?, ?)").run(id, to, text);
    }
    if (mailbox !== undefined) sql("UPDATE mailbox SET address = ? WHERE id = ?").run(to, mailbox);
  });
}

type Sql = Scope["connection"]["sql"];

function recordOf(sql: Sql, migration: number, address: Address): LedgerRecord | undefined {
  const found = sql("SELECT record FROM ledger WHERE migration = ? AND address = ?").get(migration, address);
  return found === undefined ? undefined : (JSON.parse((found as [string])[0]) as LedgerRecord);
}

function numberOf(sql: Sql, migration: number, address: Address): number | undefined {
  return (
    sql("SELECT id FROM mailbox WHERE migration = ? AND address = ?").get(migration, address) as [number] | undefined
  )?.[0];
}

const taken = (about: Address): Fault =>
  new Fault({
    code: "state.taken",
    message: "Something is remembered of it already, and two memories cannot become one",
    about,
    spoils: "run",
    remedy: `look at it with \`reconcile state show\`; if that memory is of no use, \`reconcile state forget\` it first`,
  });

const unknown = (about: Address): Fault =>
  new Fault({
    code: "address.unknown",
    message: "Nothing is remembered of it",
    about,
    spoils: "run",
    remedy: "`reconcile state list` shows what is",
  });
