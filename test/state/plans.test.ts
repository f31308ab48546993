import Database from "better-sqlite3";
import { expect, it } from "vitest";
import type { Which } from "../../src/contract/journal.ts";
import { queryOf } from "../../src/state/sqlite/journal/rows.ts";
import { migrations } from "../../src/state/sqlite/migrations.ts";

const sides = ["source", "destination"] as const;
const lists: readonly Which[] = [
  { rows: "all" },
  { rows: "changed" },
  { rows: "pending" },
  { rows: "deleted" },
  ...sides.flatMap((side): Which[] => [
    { rows: "fresh", side },
    { rows: "fresh", side, place: "INBOX" },
    { rows: "absent", side },
  ]),
];

it.each(lists.map((which) => [JSON.stringify(which), which] as const))(
  "%s is read by a search, in order, without a sort",
  (_, which) => {
    const db = new Database(":memory:");
    for (const sql of migrations) db.exec(sql);
    const explained = db.prepare(`EXPLAIN QUERY PLAN ${queryOf(which)}`);
    const count = queryOf(which).split("?").length - 1;
    const plan = explained.all(...Array.from({ length: count }, () => 1)) as { detail: string }[];
    expect(plan).toHaveLength(1);
    expect(plan[0]?.detail).toMatch(/^SEARCH message USING .*row(id)?>\? AND row(id)?<\?\)$/);
    db.close();
  },
);
