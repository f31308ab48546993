import { describe, expect, it } from "vitest";
import type { FieldChange } from "../../../src/model/resource.ts";
import type { Want } from "../../../src/model/plan.ts";
import { type Row, rowsOf } from "../../../src/report/row.ts";
import { draft, step, update, want, was } from "../plan/made.ts";

/** The only row of a plan of one step. */
const rowOf = (one: ReturnType<typeof step>): Row => rowsOf({ steps: [one] })[0] as Row;

const ana = "account/ana@x.example";
const changed = (...fields: FieldChange[]) => rowOf(step(update(ana, fields, was(ana))));
const made = (password: Want["password"] & object) =>
  rowOf(step(draft(ana, { act: "create", want: { ...want(ana), password } as Want })));

describe("a row of a plan", () => {
  it.each<[string, FieldChange, boolean]>([
    ["no longer let in", { field: "enabled", from: true, to: false }, true],
    ["no longer let in, where nothing was said", { field: "enabled", to: false }, true],
    ["let in", { field: "enabled", from: false, to: true }, false],
    ["renamed", { field: "displayName", from: "A", to: "B" }, false],
  ])("whose person is %s is never cut where it takes something away", (_, change, destructive) => {
    expect(changed(change).destructive).toBe(destructive);
  });

  it.each<[Want["password"] & object, string]>([
    [{ from: "external", mustChange: true }, "checked elsewhere, none is written"],
    [{ from: "secret" }, "by reference"],
    [{ from: "hash" }, "its hash is carried"],
    [{ from: "generate", mustChange: true }, "generated, to be changed at the first login"],
  ])("of a new account says how its password comes to be: %j", (password, words) => {
    expect(made(password).fields).toEqual([{ field: "password", lines: [words] }]);
  });

  it.each([
    [true, "remember that it is disabled for having left its rows"],
    [false, "remember that it is back in its rows"],
  ])("that remembers a leaver says so: %s", (leaver, summary) => {
    expect(rowOf(step(draft(ana, { act: "record", set: { leaver } })))).toMatchObject({ mark: "=", summary });
  });
});
