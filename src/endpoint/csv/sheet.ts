import type { FieldChange, Observed } from "../../model/resource.ts";
import type { Json } from "../../model/json.ts";
import { invalidFile } from "./faults.ts";
import type { Grid, GridRow } from "./grid.ts";
import { attributesOf, decode, isBlank, type Layout, layoutOf, observe } from "./layout.ts";
import { createLines } from "./read.ts";
import type { TableForm } from "./table.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** A grid as the things of a kind, by name. */
export interface Sheet {
  readonly grid: Grid;
  /** Fields and attributes of a row; `undefined` where the name has none. */
  find(name: string, more?: Readonly<Record<string, Json>>): Observed | undefined;
  holds(there: Values, fields: Values): boolean;
  /** Cells of `more` go to columns that are no field's. */
  insert(name: string, fields: Values, more?: Readonly<Record<string, string>>): void;
  /** A second row that says the same under another name. */
  copy(name: string, to: string): void;
  change(name: string, to: string, changes: readonly FieldChange[], more?: Readonly<Record<string, string>>): void;
  remove(name: string): void;
}

/** Throws `csv.invalid` where a row is wrong, or a name there twice. */
export function createSheet(grid: Grid, table: TableForm): Sheet {
  let layout = layoutOf(grid.path, grid.header, table);
  const rows = indexOf(grid, layout);
  const removed = new Map<string, GridRow>();

  /** Columns may have been added since. */
  const current = (): Layout => {
    if (layout.header.length !== grid.header.length) layout = layoutOf(grid.path, grid.header, table);
    return layout;
  };
  const cellsOf = (fields: Values): Record<string, string> =>
    Object.fromEntries(
      table.forms.flatMap(({ field, columns, print }) => {
        const cells = field in fields ? print(fields[field]) : [];
        return columns.slice(0, cells.length).map((column, at) => [column, cells[at] ?? ""]);
      }),
    );
  const holds = (there: Values, fields: Values): boolean =>
    table.forms.every(
      ({ field, print }) => !(field in fields) || print(there[field]).join("\0") === print(fields[field]).join("\0"),
    );

  function find(name: string, more: Readonly<Record<string, Json>> = {}): Observed | undefined {
    const row = rows.get(name);
    if (row === undefined) return undefined;
    const { fields, problems } = decode(current(), { line: row.line ?? 0, cells: padded(row) });
    if (problems.length > 0) throw invalidFile(grid.path, problems);
    return observe(table.kind, name, { ...fields, ...more }, attributesOf(current(), row.cells));
  }

  const padded = (row: GridRow): readonly string[] => Array.from(grid.header, (_, at) => row.cells[at] ?? "");

  function place(name: string, row: GridRow): void {
    const before = removed.get(name);
    if (before !== undefined) before.replaced = true;
    rows.set(name, row);
  }

  return {
    grid,
    find,
    holds,
    insert: (name, fields, more = {}) => place(name, grid.append({ [table.key]: name, ...cellsOf(fields), ...more })),
    copy: (name, to) => place(to, grid.append({ [table.key]: to }, rows.get(name))),
    change: (name, to, changes, more = {}) => {
      const row = rows.get(name);
      const there = (find(name)?.fields ?? {}) as Values;
      if (row === undefined) return;
      const differing = changes.filter((change) => !holds(there, { [change.field]: change.to }));
      const key = name === to ? {} : { [table.key]: to };
      const cells = cellsOf(Object.fromEntries(differing.map((change) => [change.field, change.to])));
      grid.set(row, { ...key, ...cells, ...more });
      rows.delete(name);
      place(to, row);
    },
    remove: (name) => {
      const row = rows.get(name);
      if (row === undefined) return;
      grid.remove(row);
      rows.delete(name);
      removed.set(name, row);
    },
  };
}

function indexOf(grid: Grid, layout: Layout): Map<string, GridRow> {
  const rows = new Map<string, GridRow>();
  const lines = createLines();
  const problems = grid.rows.flatMap((row) => {
    if (isBlank(row.cells)) return [];
    const line = row.line ?? 0;
    const { name, problems } = decode(layout, { line, cells: row.cells });
    if (problems.length > 0) return problems;
    rows.set(name, row);
    return lines.add(name, line);
  });
  if (problems.length > 0) throw invalidFile(grid.path, problems);
  return rows;
}
