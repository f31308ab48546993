import type { Journal, Known, Which } from "../contract/journal.ts";
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
    pass.reconsider ? { rows: "all" } : { rows: "changed" },
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
      const spared = await spareShared(found, pass);
      if (spared.length > 0) yield spared;
    }
  }
}

/** A server may have merged equal messages: a copy that another source shares stays, and only the pair ends. */
async function spareShared(found: readonly Effect[], { request }: Pass): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const effect of found) {
    const shared = effect.do === "remove" && (await sharesCopy(effect.row, request.journal));
    effects.push(shared ? { do: "record", row: effect.row, change: { act: "forget", row: effect.row.row } } : effect);
  }
  return effects;
}

async function sharesCopy(row: Known, journal: Journal): Promise<boolean> {
  const { destination } = row;
  if (destination?.fingerprint === undefined) return false;
  const alike = await journal.alike("destination", "fingerprint", destination.fingerprint);
  const same = (other: Known): boolean =>
    other.destination?.place === destination.place && other.destination.id === destination.id;
  return alike.some(
    (other) => other.row !== row.row && other.base !== undefined && other.source?.there === true && same(other),
  );
}
