import type { Journal, Known, Which } from "../contract/journal.ts";

const pageSize = 500;

/** Rows of a journal in pages, so that a mailbox of any size passes through bounded memory. Rows may be recorded meanwhile. */
export async function* pagesOf(journal: Journal, which: Which): AsyncIterable<readonly Known[]> {
  for (let after = 0; ;) {
    const page = await journal.rows(which, after, pageSize);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.row;
  }
}

export async function* rowsOf(journal: Journal, which: Which): AsyncIterable<Known> {
  for await (const page of pagesOf(journal, which)) yield* page;
}

export async function anyRow(journal: Journal, which: Which): Promise<boolean> {
  return (await journal.rows(which, 0, 1)).length > 0;
}
