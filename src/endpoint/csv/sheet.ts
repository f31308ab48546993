import type { NewPassword } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { FieldChange, Observed } from "../../model/resource.ts";
import type { Json } from "../../model/json.ts";
import { invalidFile } from "./faults.ts";
import type { Grid, GridRow } from "./grid.ts";
import { attributesOf, columnAt, decode, isBlank, type Layout, layoutOf, observe } from "./layout.ts";
import { createLines, type Lines } from "./read.ts";
import { replaceFile } from "./replace.ts";
import { secretColumn, secretsOf, type TableForm } from "./table.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** A grid as the things of a kind, by name. */
export interface Sheet {
  readonly grid: Grid;
  /** Fields and attributes of a row; `undefined` where the name has none. */
  find(name: string, more?: Readonly<Record<string, Json>>): Observed | undefined;
  names(): Iterable<string>;
  /** How many things it holds. */
  readonly size: number;
  /** Throws `csv.name` where the file cannot say the name; so do `copy` and `change`. */
  insert(name: string, fields: Values, password?: NewPassword): void;
  /** A second row that says the same under another name. */
  copy(name: string, to: string): void;
  change(name: string, to: string, changes: readonly FieldChange[], password?: NewPassword): void;
  remove(name: string): void;
  /** True once it is on the disk, or was; false where the file is no longer the one that was read. A file with passwords is its owner's alone. */
  save(options: Options): Promise<boolean>;
}

/** Throws `csv.invalid` where a row is wrong, or a name there twice. */
export function createSheet(grid: Grid, table: TableForm, lines = createLines()): Sheet {
  let layout = layoutOf(grid.path, grid.header, table);
  let width = grid.header.length;
  const rows = indexOf(grid, layout, lines);
  const removed = new Map<string, GridRow>();

  /** Columns may have been added since: the grid's header grows in place. */
  const current = (): Layout => {
    if (width !== grid.header.length) layout = layoutOf(grid.path, grid.header, table);
    width = grid.header.length;
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
    const { fields, source, problems } = decode(current(), { line: row.line ?? 0, cells: padded(row) });
    if (problems.length > 0) throw invalidFile(grid.path, problems);
    return observe(
      table.kind,
      { name, fields: { ...fields, ...more }, ...(source === undefined ? {} : { source }) },
      attributesOf(current(), row.cells),
    );
  }

  /** The new password alone is to be there: what stands in the other column goes. */
  function secretCells(given: NewPassword | undefined): Readonly<Record<string, string>> {
    const { password: form } = table;
    if (given === undefined || form === undefined) return {};
    const column = secretColumn(form, given.from, (name) => columnAt(grid.header, name) !== -1);
    if (column === undefined) return {};
    return { ...Object.fromEntries(secretsOf(table).map((each) => [each, ""])), [column]: given.value };
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
    names: () => rows.keys(),
    get size() {
      return rows.size;
    },
    insert: (name, fields, password) => {
      const first = table.first?.(name) ?? {};
      place(name, grid.append({ ...first, ...keyCell(table, name), ...cellsOf(fields), ...secretCells(password) }));
    },
    copy: (name, to) => place(to, grid.append(keyCell(table, to), rows.get(name))),
    change: (name, to, changes, password) => {
      const row = rows.get(name);
      const there = (find(name)?.fields ?? {}) as Values;
      if (row === undefined) return;
      const differing = changes.filter((change) => !holds(there, { [change.field]: change.to }));
      const key = name === to ? {} : keyCell(table, to);
      const cells = cellsOf(Object.fromEntries(differing.map((change) => [change.field, change.to])));
      grid.set(row, { ...key, ...cells, ...secretCells(password) });
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
    save: async (options) =>
      !grid.dirty || replaceFile(grid.path, grid.content(), grid.digest, options, hasPasswords(grid, table)),
  };
}

/** Throws `csv.name`. */
function keyCell(table: TableForm, name: string): Readonly<Record<string, string>> {
  const cell = table.cell === undefined ? name : table.cell(name);
  if (cell !== undefined) return { [table.key]: cell };
  throw new Fault({
    code: "csv.name",
    message: `The column ${table.key} cannot hold this name: it is of another domain than the endpoint`,
    about: name,
    spoils: "item",
    remedy: "give the domain an endpoint of its own",
  });
}

function hasPasswords({ header, rows }: Grid, table: TableForm): boolean {
  const secrets = secretsOf(table).map((column) => columnAt(header, column));
  return rows.some(({ cells, gone }) => gone !== true && secrets.some((at) => (cells[at] ?? "") !== ""));
}

function indexOf(grid: Grid, layout: Layout, lines: Lines): Map<string, GridRow> {
  const rows = new Map<string, GridRow>();
  const problems = grid.rows.flatMap((row) => {
    if (isBlank(row.cells)) return [];
    const line = row.line ?? 0;
    const { name, problems } = decode(layout, { line, cells: row.cells });
    if (problems.length > 0) return problems;
    rows.set(name, row);
    return lines.add(name, line, grid.path);
  });
  if (problems.length > 0) throw invalidFile(grid.path, problems);
  return rows;
}
