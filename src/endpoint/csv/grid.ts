import { hash } from "node:crypto";
import { stringify } from "csv-stringify/sync";
import type { Options } from "../../contract/options.ts";
import { scan } from "./scan.ts";

export interface GridRow {
  /** Where it stood in the file; undefined for one that is new. */
  readonly line?: number;
  /** Its octets in the file, line break included; undefined once it differs from them. */
  raw?: Buffer;
  cells: readonly string[];
  gone?: true;
  /** Gone, and another row has its name: the two are never in the file together. */
  replaced?: true;
}

/** A whole file, to be changed. Rows that nobody changes keep their octets. */
export interface Grid {
  readonly path: string;
  /** Hash of the file as it was read; undefined where there was none. */
  readonly digest: string | undefined;
  readonly header: readonly string[];
  readonly rows: readonly GridRow[];
  readonly dirty: boolean;
  /** Sets cells by column name; a column that is needed and not there is added. */
  set(row: GridRow, cells: Readonly<Record<string, string>>): void;
  append(cells: Readonly<Record<string, string>>, like?: GridRow): GridRow;
  remove(row: GridRow): void;
  /** The file as it is to be; with `all`, rows that were removed are still in it, but for replaced ones. */
  content(all?: boolean): Buffer;
}

export function digestOf(content: Buffer): string {
  return hash("sha256", content);
}

/** Reads a file for changing; where there is none, an empty one with these columns. Throws what `scan` throws. */
export async function loadGrid(path: string, columns: readonly string[], options: Options): Promise<Grid> {
  const chunks: Buffer[] = [];
  const found: { readonly line: number; readonly cells: readonly string[]; readonly end: number }[] = [];
  for await (const row of scan(path, options, (chunk) => chunks.push(chunk))) found.push(row);
  const [first] = found;
  if (first === undefined) return newGrid(path, columns);
  const content = Buffer.concat(chunks);
  const rows = found.map(({ line, cells, end }, index) => ({
    line,
    cells,
    // The last row's end is the file's: a parser that was given no final line break does not count one.
    raw: content.subarray(found[index - 1]?.end ?? 0, index === found.length - 1 ? content.length : end),
  }));
  const [header = first, ...others] = rows;
  return createGrid(path, digestOf(content), header, others);
}

/** A file that is not there yet. */
export function newGrid(path: string, columns: readonly string[]): Grid {
  return createGrid(path, undefined, { cells: columns }, []);
}

function createGrid(path: string, digest: string | undefined, top: GridRow, rows: GridRow[]): Grid {
  const header = [...top.cells];
  const places = new Map(header.map((column, at) => [column.trim().toLowerCase(), at] as const).toReversed());
  const lineBreak = breakOf(top.raw) ?? Buffer.from("\n");
  let dirty = false;

  function placeOf(column: string): number {
    const at = places.get(column.toLowerCase()) ?? header.push(column) - 1;
    places.set(column.toLowerCase(), at);
    return at;
  }

  function set(row: GridRow, cells: Readonly<Record<string, string>>): void {
    const changed = [...row.cells];
    for (const [column, cell] of Object.entries(cells)) {
      if (cell === "" && !places.has(column.toLowerCase())) continue;
      const at = placeOf(column);
      while (changed.length <= at) changed.push("");
      changed[at] = cell;
    }
    row.cells = changed;
    delete row.raw;
    dirty = true;
  }

  /** A row without its line break, as wide as the header has become. */
  function bodyOf(row: GridRow, added: string): Buffer {
    if (row.raw === undefined) {
      const full = Array.from(header, (_, at) => row.cells[at] ?? "");
      return Buffer.from(stringify([full], { eof: false }));
    }
    const body = row.raw.subarray(0, row.raw.length - (breakOf(row.raw)?.length ?? 0));
    return isEmptyLine(row) || added === "" ? body : Buffer.concat([body, Buffer.from(added)]);
  }

  function content(all = false): Buffer {
    const added = header.slice(top.cells.length);
    const kept = [top, ...rows.filter(({ gone, replaced }) => gone !== true || (all && replaced !== true))];
    const pieces = kept.flatMap((row, index) => {
      const titles = added.length === 0 ? "" : `,${stringify([added], { eof: false })}`;
      const body = bodyOf(row, row === top ? titles : ",".repeat(added.length));
      const isLast = row.raw !== undefined && index === kept.length - 1;
      return [body, row.raw === undefined ? lineBreak : (breakOf(row.raw) ?? (isLast ? Buffer.alloc(0) : lineBreak))];
    });
    return Buffer.concat(pieces);
  }

  return {
    path,
    digest,
    header,
    rows,
    get dirty() {
      return dirty;
    },
    set,
    append(cells, like) {
      const row: GridRow = { cells: like?.cells ?? [] };
      set(row, cells);
      rows.push(row);
      return row;
    },
    remove(row) {
      row.gone = true;
      dirty = true;
    },
    content,
  };
}

/** The line break that a row ends with; undefined for a last row without one. */
function breakOf(raw: Buffer | undefined): Buffer | undefined {
  if (raw?.at(-1) !== 10) return undefined;
  return raw.subarray(raw.at(-2) === 13 ? -2 : -1);
}

function isEmptyLine({ cells }: GridRow): boolean {
  return cells.length === 1 && cells[0] === "";
}
