import type { Ledger, LedgerRecord } from "../../contract/state-store.ts";
import type { Address } from "../../model/address.ts";
import { check, type Scope } from "./lease.ts";

function takeOne({ connection, id }: Scope, owner: number, address: Address): void {
  const get = connection.sql("SELECT record FROM ledger WHERE migration = ? AND address = ?");
  const theirs = get.get(owner, address) as [string] | undefined;
  if (theirs === undefined) return;
  const ours = get.get(id, address) as [string] | undefined;
  const record = {
    ...(JSON.parse(theirs[0]) as object),
    ...(ours === undefined ? {} : (JSON.parse(ours[0]) as object)),
  };
  const put = connection.sql("INSERT OR REPLACE INTO ledger (migration, address, record) VALUES (?, ?, ?)");
  put.run(id, address, JSON.stringify(record));
  connection.sql("DELETE FROM ledger WHERE migration = ? AND address = ?").run(owner, address);
}

export function ledgerOf(scope: Scope): Ledger {
  const { connection, id } = scope;
  return {
    all: async () =>
      connection.read(() => {
        const query = "SELECT record FROM ledger WHERE migration = ? ORDER BY address";
        return (connection.sql(query).all(id) as [string][]).map(([record]) => JSON.parse(record) as LedgerRecord);
      }),
    set: async (lease, records) =>
      connection.keep(() => {
        check(scope, lease);
        const put = connection.sql("INSERT OR REPLACE INTO ledger (migration, address, record) VALUES (?, ?, ?)");
        for (const record of records) put.run(id, record.address, JSON.stringify(record));
      }),
    forget: async (lease, address) =>
      connection.keep(() => {
        check(scope, lease);
        connection.sql("DELETE FROM ledger WHERE migration = ? AND address = ?").run(id, address);
      }),
    others: async () =>
      connection.read(() => {
        const query =
          "SELECT name, record FROM ledger JOIN migration ON migration.id = migration WHERE migration <> ? ORDER BY name, address";
        const rows = connection.sql(query).all(id) as [string, string][];
        return rows.map(([migration, record]) => ({ migration, record: JSON.parse(record) as LedgerRecord }));
      }),
    takeOver: async (lease, migration, addresses) =>
      connection.keep(() => {
        check(scope, lease);
        const owner = connection.sql("SELECT id FROM migration WHERE name = ?").get(migration) as [number] | undefined;
        if (owner === undefined || owner[0] === id) return;
        for (const address of addresses) takeOne(scope, owner[0], address);
      }),
  };
}
