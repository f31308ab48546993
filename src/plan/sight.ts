import type { LedgerRecord } from "../contract/state-store.ts";
import { sameJson, type Json } from "../model/json.ts";
import type { DirectoryResource } from "../model/resource.ts";
import type { DirectoryInput } from "./input.ts";
import { leaversOf, setOf } from "./leavers.ts";

/**
 * What the state is to remember of resources that are there already: by which immutable id, and which row declares them. It changes
 * nothing at any endpoint, so it is no step: whoever applies a plan notes it. An id that is known stays; another one there is a step.
 */
export function sightings(input: DirectoryInput): readonly LedgerRecord[] {
  const seen = input.wants.flatMap((want) => {
    const view = input.views.get(want.kind);
    const there = view !== undefined && "seen" in view ? view.seen.get(want.name) : undefined;
    if (there === undefined || want.absent === true) return [];
    if (input.owners.has(want.address)) return [];
    const known = input.ledger.get(want.address);
    const next = sighted(want, known, there.id, input);
    return next === undefined || sameJson((known ?? null) as Json, next as unknown as Json) ? [] : [next];
  });
  return [...seen, ...gone(input)];
}

function sighted(
  want: DirectoryResource,
  known: LedgerRecord | undefined,
  id: string | undefined,
  { endpoint, incomplete, system }: DirectoryInput,
): LedgerRecord | undefined {
  const { id: was, row: before, system: _system, ...rest } = known ?? { address: want.address };
  const same = known?.endpoint === undefined || known.endpoint === endpoint;
  const row = want.row ?? (same && incomplete.has(setOf(want.address)) ? before : undefined);
  const next = (same ? was : undefined) ?? id;
  if (next === undefined && row === undefined && was === undefined && before === undefined) return undefined;
  return {
    ...rest,
    endpoint,
    ...(system === undefined ? {} : { system }),
    ...(next === undefined ? {} : { id: next }),
    ...(row === undefined ? {} : { row }),
  };
}

/** Whoever left the rows and the destination has nothing to be disabled any more, should another get the name. */
function gone(input: DirectoryInput): readonly LedgerRecord[] {
  return leaversOf(input, new Set()).flatMap(({ fate, record }) => {
    const { row: _row, leaver: _leaver, ...rest } = record;
    return fate === "gone" ? [rest] : [];
  });
}
