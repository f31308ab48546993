import { basename } from "node:path";
import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { invalidFile, type Problem } from "./faults.ts";
import { attributesOf, decode, filterOf, isBlank, type Layout, layoutOf, type Said } from "./layout.ts";
import { scan } from "./scan.ts";
import type { TableForm } from "./table.ts";

/** A thing as its row has it. */
export interface Entry extends Said {
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The rows of a table that the filter lets through; what it holds back may be wrong in any way but in its quotes. Throws after the last
 * row where any was wrong or a name is there twice, with all of them (`csv.invalid`), and what `scan` throws. `passed` is told every
 * name, filtered or not; `lines` knows the names of the files before.
 */
export async function* readTable(
  path: string,
  table: TableForm,
  scope: Scope,
  options: Options,
  passed: (name: string) => void = () => {},
  lines = createLines(),
): AsyncGenerator<Entry> {
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
    const { problems: wrong, ...said } = decode(layout, row);
    passed(said.name);
    problems.push(...wrong, ...(said.name === "" ? [] : lines.add(said.name, row.line, path)));
    if (problems.length === 0) yield { ...said, attributes: attributesOf(layout, row.cells) };
  }
  if (problems.length > 0) throw invalidFile(path, problems);
}

export interface Lines {
  add(name: string, line: number, path: string): readonly Problem[];
}

/** Remembers where each name stands, and tells of a second one. */
export function createLines(): Lines {
  const lines = new Map<string, { readonly line: number; readonly path: string }>();
  return {
    add(name, line, path) {
      const before = lines.get(name);
      if (before !== undefined) {
        const file = before.path === path ? "" : ` of ${basename(before.path)}`;
        return [{ line, text: `${name} is there already, on line ${before.line}${file}` }];
      }
      lines.set(name, { line, path });
      return [];
    },
  };
}
