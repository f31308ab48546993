import type { Sheet } from "./sheet.ts";

/** What one sheet, or several that are one, can do. */
export type Sheets = Pick<Sheet, "find" | "names" | "insert" | "change" | "remove" | "save">;

/** Sheets as one. A new row goes to the first with room, then to one that `next` makes; a row stays where it is. */
export function joinSheets(sheets: Sheet[], rows: number, next: () => Sheet): Sheets {
  const withName = (name: string): Sheet | undefined => sheets.find((sheet) => sheet.find(name) !== undefined);

  function withRoom(): Sheet {
    const free = sheets.find((sheet) => sheet.size < rows);
    if (free !== undefined) return free;
    const made = next();
    sheets.push(made);
    return made;
  }

  return {
    find: (name) => withName(name)?.find(name),
    names: () => sheets.flatMap((sheet) => [...sheet.names()]),
    insert: (name, fields, password) => withRoom().insert(name, fields, password),
    change: (name, to, changes, password) => withName(name)?.change(name, to, changes, password),
    remove: (name) => withName(name)?.remove(name),
    /** Rows do not depend on each other: what a conflict in one file keeps back is found missing, and what was written is found done. */
    async save(options) {
      let saved = true;
      for (const sheet of sheets) saved = (await sheet.save(options)) && saved;
      return saved;
    },
  };
}
