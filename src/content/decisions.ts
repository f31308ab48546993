import type { Known, Which } from "../contract/journal.ts";
import { type Effect, effectOf } from "./effect.ts";
import type { Pass } from "./pass.ts";
import { pagesOf } from "./rows.ts";

/**
 * Pairs that may need something: those that changed; under `mirror` all that left the source; under `restore` all that their user
 * deleted, for either may have been settled under other rules before.
 */
function concerned(pass: Pass): readonly Which[] {
  const { mode, restore } = pass.request;
  return [
    { rows: "changed" },
    ...(mode === "mirror" ? [{ rows: "absent", side: "source" } as const] : []),
    ...(restore === true ? [{ rows: "deleted" } as const] : []),
  ];
}

/** The effects of a pass, in pages; each must be carried out before the next page is taken. */
export async function* decisions(pass: Pass): AsyncIterable<readonly Effect[]> {
  for (const which of concerned(pass)) {
    for await (const page of pagesOf(pass.request.journal, which)) {
      // What is to be removed is absent at the source and listed there: each effect comes from one list.
      const found = page
        .flatMap((row: Known) => effectOf(row, pass) ?? [])
        .filter((effect) => (effect.do === "remove") === (which.rows === "absent"));
      if (found.length > 0) yield found;
    }
  }
}
