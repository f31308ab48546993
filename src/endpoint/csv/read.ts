import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Json } from "../../model/json.ts";
import { invalidFile, type Problem } from "./faults.ts";
import { attributesOf, decode, filterOf, isBlank, type Layout, layoutOf } from "./layout.ts";
import { scan } from "./scan.ts";
import type { TableForm } from "./table.ts";

/** A thing as its row has it. */
export interface Entry {
  readonly name: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The rows of a table that the filter lets through; what it holds back may be wrong in any way but in its quotes. Throws after the last
 * row where any was wrong or a name is there twice, with all of them (`csv.invalid`), and what `scan` throws. `passed` is told every
 * name, filtered or not.
 */
export async function* readTable(
  path: string,
  table: TableForm,
  scope: Scope,
  options: Options,
  passed: (name: string) => void = () => {},
): AsyncGenerator<Entry> {
  const lines = createLines();
  const problems: Problem[] = [];
  let use: { readonly layout: Layout; readonly fits: (cells: readonly string[]) => boolean } | undefined;
  for await (const row of scan(path, options)) {
    if (use === undefined) {
      const layout = layoutOf(path, row.cells, table, scope.map);
      use = { layout, fits: filterOf(layout, scope.filter) };
      continue;
    }
    if (isBlank(row.cells)) continue;
    const { layout, fits } = use;
    if (!fits(row.cells)) {
      passed(table.name(row.cells[layout.key] ?? "") ?? "");
      continue;
    }
    const { name, fields, problems: wrong } = decode(layout, row);
    passed(name);
    problems.push(...wrong, ...(name === "" ? [] : lines.add(name, row.line)));
    if (problems.length === 0) yield { name, fields, attributes: attributesOf(layout, row.cells) };
  }
  if (problems.length > 0) throw invalidFile(path, problems);
}

/** Remembers on which line each name stands, and tells of a second one. */
export function createLines(): { add(name: string, line: number): readonly Problem[] } {
  const lines = new Map<string, number>();
  return {
    add(name, line) {
      const before = lines.get(name);
      if (before !== undefined) return [{ line, text: `${name} is there already, on line ${before}` }];
      lines.set(name, line);
      return [];
    },
  };
}
