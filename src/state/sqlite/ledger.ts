import type { Ledger, LedgerRecord } from "../../contract/state-store.ts";
import { check, type Scope } from "./lease.ts";

export function ledgerOf(scope: Scope): Ledger {
  const { connection, id } = scope;
  return {
    all: async () =>
      connection.read(() => {
        const query = "SELECT record FROM ledger WHERE migration = ? ORDER BY address";
        return (connection.sql(query).all(id) as [string][]).map(([record]) => JSON.parse(record) as LedgerRecord);
      }),
    set: async (lease, records) =>
      connection.write(() => {
        check(scope, lease);
        const put = connection.sql("INSERT OR REPLACE INTO ledger (migration, address, record) VALUES (?, ?, ?)");
        for (const record of records) put.run(id, record.address, JSON.stringify(record));
      }),
    forget: async (lease, address) =>
      connection.write(() => {
        check(scope, lease);
        connection.sql("DELETE FROM ledger WHERE migration = ? AND address = ?").run(id, address);
      }),
  };
}
