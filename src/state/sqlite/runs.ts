import type { RunRecord, Runs, RunState, StepRecord } from "../../contract/state-store.ts";
import { atWork, check, type Scope } from "./lease.ts";
import { keepMeasure, measuresOf } from "./measures.ts";

type RunRow = readonly [
  id: number,
  epoch: number,
  command: string,
  plan: string | null,
  begun: number,
  ended: number | null,
  state: RunState,
  exit: number | null,
];

export function runsOf(scope: Scope): Runs {
  const { connection, id } = scope;
  return {
    begin: async (lease, { command, plan, begun }) =>
      connection.keep(() => {
        check(scope, lease);
        const sql = "INSERT INTO run (migration, epoch, command, plan, begun, state) VALUES (?, ?, ?, ?, ?, 'running')";
        return Number(connection.sql(sql).run(id, lease.epoch, command, plan ?? null, begun).lastInsertRowid);
      }),
    record: async (lease, run, steps, measures = []) =>
      connection.keep(() => {
        check(scope, lease);
        const sql =
          "INSERT INTO step (run, step, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record";
        for (const step of steps) connection.sql(sql).run(run, step.step, JSON.stringify(step));
        for (const measure of measures) keepMeasure(scope, measure);
      }),
    measures: async () => connection.read(() => measuresOf(scope)),
    end: async (lease, run, { ended, state, exit }) =>
      connection.keep(() => {
        check(scope, lease);
        const sql = "UPDATE run SET ended = ?, state = ?, exit = ? WHERE id = ? AND migration = ?";
        connection.sql(sql).run(ended, state, exit, run, id);
      }),
    list: async (limit) =>
      connection.read(() => {
        const query =
          "SELECT id, epoch, command, plan, begun, ended, state, exit FROM run WHERE migration = ? ORDER BY id DESC LIMIT ?";
        return (connection.sql(query).all(id, limit) as RunRow[]).map((row) => recordOf(scope, row));
      }),
    steps: async (run) =>
      connection.read(() => {
        const query =
          "SELECT step.record FROM step JOIN run ON run.id = step.run WHERE run = ? AND migration = ? ORDER BY step.id";
        return (connection.sql(query).all(run, id) as [string][]).map(([record]) => JSON.parse(record) as StepRecord);
      }),
    newest: async () =>
      connection.read(() => {
        // With max() the other columns are those of its row (https://sqlite.org/lang_select.html#bareagg).
        const query = `SELECT step.record, max(step.id) FROM step JOIN run ON run.id = step.run
          WHERE migration = ? GROUP BY step.record ->> 'address' ORDER BY step.record ->> 'address'`;
        return (connection.sql(query).all(id) as [string][]).map(([record]) => JSON.parse(record) as StepRecord);
      }),
  };
}

/** A run that says that it is running, and whose lease is gone or whose process is dead, was interrupted. */
function recordOf(scope: Scope, [id, epoch, command, plan, begun, ended, state, exit]: RunRow): RunRecord {
  return {
    id,
    command,
    ...(plan !== null && { plan }),
    begun,
    ...(ended !== null && { ended }),
    state: state === "running" && !atWork(scope, epoch) ? "interrupted" : state,
    ...(exit !== null && { exit }),
  };
}
