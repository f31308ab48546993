import type { Clock } from "../../contract/endpoint.ts";
import type { Holder, Lease, LeaseInfo } from "../../contract/state-store.ts";
import { Fault } from "../../model/fault.ts";
import { alive } from "../holder.ts";
import type { Connection } from "./connection.ts";

/** One Migration of a state file. `id` is 0 where the file does not know it. */
export interface Scope {
  readonly connection: Connection;
  readonly id: number;
  readonly name: string;
  readonly clock: Clock;
}

interface LeaseRow {
  readonly epoch: number;
  readonly holder: Holder | undefined;
  readonly since: number;
  readonly heartbeat: number;
}

export async function acquire(scope: Scope, holder: Holder): Promise<Lease> {
  const { connection, id, clock } = scope;
  const now = clock.now();
  const epoch = await connection.keep(() => {
    const before = leaseRow(scope);
    if (before?.holder && alive(before.holder) !== false) throw locked(scope, before, before.holder);
    const next = (before?.epoch ?? 0) + 1;
    const sql = "INSERT OR REPLACE INTO lease (migration, epoch, holder, since, heartbeat) VALUES (?, ?, ?, ?, ?)";
    connection.sql(sql).run(id, next, JSON.stringify(holder), now, now);
    return next;
  });
  const lease: Lease = {
    scope: scope.name,
    epoch,
    holder,
    since: now,
    renew: () => renew(scope, lease),
    release: () => release(scope, lease),
  };
  return lease;
}

/** Throws `lease.lost` unless the lease still holds. Called inside every transaction that writes. */
export function check(scope: Scope, lease: Lease): void {
  const held = scope.connection.sql("SELECT 1 FROM lease WHERE migration = ? AND epoch = ? AND holder IS NOT NULL");
  if (lease.scope === scope.name && held.get(scope.id, lease.epoch) !== undefined) return;
  throw new Fault({
    code: "lease.lost",
    message: "The right to write the state was taken away: it was unlocked, or another run holds it",
    spoils: "run",
    about: scope.name,
    remedy: "let the other run end, then run again to resume",
  });
}

export function holderInfo(scope: Scope): LeaseInfo | undefined {
  return scope.connection.read(() => infoOf(scope, leaseRow(scope)));
}

export function unlock(scope: Scope): Promise<LeaseInfo | undefined> {
  return scope.connection.keep(() => {
    const info = infoOf(scope, leaseRow(scope));
    scope.connection.sql("UPDATE lease SET holder = NULL WHERE migration = ?").run(scope.id);
    return info;
  });
}

/** Whether the holder of an epoch may still be at work. */
export function atWork(scope: Scope, epoch: number): boolean {
  const row = leaseRow(scope);
  return row?.holder !== undefined && row.epoch === epoch && alive(row.holder) !== false;
}

function infoOf(scope: Scope, row: LeaseRow | undefined): LeaseInfo | undefined {
  if (!row?.holder) return undefined;
  return { scope: scope.name, epoch: row.epoch, holder: row.holder, since: row.since, alive: alive(row.holder) };
}

function leaseRow({ connection, id }: Scope): LeaseRow | undefined {
  const found = connection.sql("SELECT epoch, holder, since, heartbeat FROM lease WHERE migration = ?").get(id);
  if (found === undefined) return undefined;
  const [epoch, holder, since, heartbeat] = found as [number, string | null, number, number];
  return { epoch, holder: holder === null ? undefined : (JSON.parse(holder) as Holder), since, heartbeat };
}

function renew(scope: Scope, lease: Lease): Promise<void> {
  return scope.connection.keep(() => {
    check(scope, lease);
    scope.connection.sql("UPDATE lease SET heartbeat = ? WHERE migration = ?").run(scope.clock.now(), scope.id);
  });
}

/** Quiet where it was lost before: there is nothing left to give back. */
async function release({ connection, id }: Scope, lease: Lease): Promise<void> {
  await connection.keep(() =>
    connection.sql("UPDATE lease SET holder = NULL WHERE migration = ? AND epoch = ?").run(id, lease.epoch),
  );
}

const at = (ms: number): string => new Date(ms).toISOString();

function locked(scope: Scope, row: LeaseRow, { user, host, pid, command }: Holder): Fault {
  return new Fault({
    code: "state.locked",
    message: `${user} on ${host} holds the state: ${command} (pid ${pid}), since ${at(row.since)}, last heard of ${at(row.heartbeat)}`,
    spoils: "run",
    retry: "later",
    about: scope.name,
    remedy: "wait until it has ended; if it is certain that it no longer runs, `reconcile unlock`",
  });
}
