import type { Options } from "../../contract/options.ts";
import { normalMailAddress, normalSet } from "../../kind/normal.ts";
import { invalidFile, type Problem } from "./faults.ts";
import type { Grid, GridRow } from "./grid.ts";
import { isBlank, layoutOf } from "./layout.ts";
import { scan } from "./scan.ts";
import type { MembersForm, TableForm } from "./table.ts";

/** A column of names, as the key of a table; the same member twice is one. */
const keyed = (key: string, { file }: MembersForm): TableForm => ({
  kind: "list",
  file,
  key,
  name: normalMailAddress,
  forms: [],
});

interface Membership {
  readonly list: string;
  readonly member: string;
}

type AnyRow = { readonly line?: number; readonly cells: readonly string[] };

/** Takes the rows one by one, the header first; gives undefined for one that says nothing. `end` throws `csv.invalid` with every wrong one. */
function createReader(path: string, form: MembersForm): { take(row: AnyRow): Membership | undefined; end(): void } {
  let columns: readonly { readonly title: string; readonly at: number }[] | undefined;
  let width = 0;
  const problems: Problem[] = [];
  function take({ line = 0, cells }: AnyRow): Membership | undefined {
    if (columns === undefined) {
      width = cells.length;
      columns = [form.list, form.member].map((title) => ({
        title,
        at: layoutOf(path, cells, keyed(title, form)).key,
      }));
      return undefined;
    }
    if (isBlank(cells)) return undefined;
    if (cells.length !== width)
      problems.push({ line, text: `the row has ${cells.length} cells and the header ${width}` });
    const [list, member] = columns.map(({ title, at }) => {
      const name = normalMailAddress(cells[at] ?? "");
      if (name === undefined)
        problems.push({
          line,
          text: `column ${title}: ${JSON.stringify((cells[at] ?? "").slice(0, 100))} is no mail address`,
        });
      return name;
    });
    return list === undefined || member === undefined ? undefined : { list, member };
  }
  return {
    take,
    end() {
      if (problems.length > 0) throw invalidFile(path, problems);
    },
  };
}

/** The members of every list, with the line that names a list first. */
export type MemberSets = ReadonlyMap<string, { readonly line: number; readonly members: ReadonlySet<string> }>;

/** Throws what `scan` throws, and `csv.invalid` with every wrong row. */
export async function readMembers(path: string, form: MembersForm, options: Options): Promise<MemberSets> {
  const sets = new Map<string, { line: number; members: Set<string> }>();
  const reader = createReader(path, form);
  for await (const row of scan(path, options)) {
    const found = reader.take(row);
    if (found === undefined) continue;
    const set = sets.get(found.list) ?? { line: row.line, members: new Set() };
    sets.set(found.list, set);
    set.members.add(found.member);
  }
  reader.end();
  return sets;
}

/** Lists that have members and no row of their own. */
export function strays(
  sets: MemberSets,
  form: MembersForm,
  lists: ReadonlySet<string>,
  listsFile: string,
): readonly Problem[] {
  return [...sets]
    .filter(([list]) => !lists.has(list))
    .map(([list, { line }]) => ({
      line,
      text: `column ${form.list}: ${list} is no list of ${listsFile}`,
    }));
}

/** A grid as the members of lists. */
export interface MemberSheet {
  readonly grid: Grid;
  of(list: string): readonly string[];
  set(list: string, members: readonly string[]): void;
  rename(list: string, to: string): void;
}

/** Throws `csv.invalid` with every wrong row. */
export function createMemberSheet(grid: Grid, form: MembersForm): MemberSheet {
  const sets = indexOf(grid, form);
  const setOf = (list: string): Map<string, GridRow[]> => sets.get(list) ?? new Map<string, GridRow[]>();
  return {
    grid,
    of: (list) => normalSet(setOf(list).keys()),
    set(list, members) {
      const set = setOf(list);
      sets.set(list, set);
      const wanted = new Set(members);
      for (const [member, rows] of set) {
        if (wanted.has(member)) continue;
        for (const row of rows) grid.remove(row);
        set.delete(member);
      }
      for (const member of wanted) {
        if (!set.has(member)) set.set(member, [grid.append({ [form.list]: list, [form.member]: member })]);
      }
    },
    rename(list, to) {
      const set = setOf(list);
      for (const rows of set.values()) for (const row of rows) grid.set(row, { [form.list]: to });
      sets.delete(list);
      sets.set(to, set);
    },
  };
}

function indexOf(grid: Grid, form: MembersForm): Map<string, Map<string, GridRow[]>> {
  const sets = new Map<string, Map<string, GridRow[]>>();
  const reader = createReader(grid.path, form);
  reader.take({ line: 1, cells: grid.header });
  for (const row of grid.rows) {
    const found = reader.take(row);
    if (found === undefined) continue;
    const set = sets.get(found.list) ?? new Map<string, GridRow[]>();
    sets.set(found.list, set);
    set.set(found.member, [...(set.get(found.member) ?? []), row]);
  }
  reader.end();
  return sets;
}
