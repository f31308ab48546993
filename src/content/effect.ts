import type { Base, JournalChange, Known } from "../contract/journal.ts";
import type { PlaceId } from "../model/item.ts";
import { type Action, decide, type Standing } from "./compare.ts";
import { type MarkMerge, mergeMarks, standsAsShown } from "./marks.ts";
import type { Pass } from "./pass.ts";

/** What is to be done about one pair: changes to the journal alone, or an edit of the destination first. */
export type Effect =
  | { readonly do: "record"; readonly row: Known; readonly change: JournalChange }
  | { readonly do: "edit"; readonly row: Known; readonly merge: MarkMerge; readonly base: Base; readonly to?: PlaceId }
  | { readonly do: "remove"; readonly row: Known };

function sourceStanding(row: Known): Standing {
  if (row.source?.there !== true) return "gone";
  return row.source.place === row.base?.from ? "there" : "elsewhere";
}

function destinationStanding(row: Known, pass: Pass): Standing {
  if (row.destination?.there !== true) return "gone";
  const agreed = pass.destinationOf(row.base?.from ?? "");
  return agreed === undefined || row.destination.place === agreed ? "there" : "elsewhere";
}

/** True where it may only have moved, and what it may be now could not be compared with it. */
const doubtful = ({ source }: Known, { hashes }: Pass): boolean =>
  hashes.likeUncompared("source", source) || hashes.likeUncompared("destination", source);

/** True where a reading of this pass failed in a way that leaves the row's standing open. */
function uncertain(row: Known, pass: Pass): boolean {
  const { source, destination } = pass;
  const missing =
    (row.source?.there !== true && doubtful(row, pass)) ||
    (row.source?.there !== true && source.unread.size > 0) ||
    (row.destination?.there !== true && destination.unread.size > 0);
  const unread = source.unread.has(row.source?.place ?? "") || destination.unread.has(row.destination?.place ?? "");
  return missing || unread || (row.destination?.there === true && row.destination.id === undefined);
}

function comparison(row: Known, base: Base, pass: Pass, to: PlaceId | undefined): Effect {
  const place = pass.destinations.get(row.destination?.place ?? "");
  const canMark = place !== undefined && pass.request.destination.edit?.acts.has("mark") === true;
  const merge = canMark
    ? mergeMarks(base.marks, row.source?.marks ?? [], row.destination?.marks ?? [], place)
    : { add: [], remove: [], base: base.marks };
  const next: Base = { ...base, marks: merge.base, from: row.source?.place ?? base.from };
  const edits = to !== undefined || merge.add.length + merge.remove.length > 0;
  return edits
    ? { do: "edit", row, merge, base: next, ...(to === undefined ? {} : { to }) }
    : { do: "record", row, change: { act: "agree", row: row.row, base: next } };
}

function followTarget(row: Known, pass: Pass): PlaceId | undefined {
  const to = pass.destinationOf(row.source?.place ?? "");
  const canMove = pass.request.destination.edit?.acts.has("move") === true;
  return canMove && to !== row.destination?.place ? to : undefined;
}

const effects: Readonly<Record<Action, (row: Known, base: Base, pass: Pass) => Effect>> = {
  marks: (row, base, pass) => comparison(row, base, pass, undefined),
  follow: (row, base, pass) => comparison(row, base, pass, followTarget(row, pass)),
  leave: (row) => ({ do: "record", row, change: { act: "settled", row: row.row } }),
  bury: (row) => ({ do: "record", row, change: { act: "settled", row: row.row } }),
  remove: (row) => ({ do: "remove", row }),
  restore: (row) => ({ do: "record", row, change: { act: "part", row: row.row } }),
  forget: (row) => ({ do: "record", row, change: { act: "forget", row: row.row } }),
};

/** The effect on one pair, from the three-way table; undefined where nothing can be said in this pass. */
export function effectOf(row: Known, pass: Pass): Effect | undefined {
  const { base } = row;
  if (base === undefined || uncertain(row, pass)) return undefined;
  const destination = destinationStanding(row, pass);
  const action = decide({
    source: sourceStanding(row),
    destination,
    mode: pass.request.destination.edit?.acts.has("remove") === true ? pass.request.mode : "copy",
    how: base.how,
    touched: destination === "elsewhere" || !standsAsShown(base.shown, row.destination?.marks ?? []),
    restore: pass.request.restore ?? false,
  });
  return effects[action](row, base, pass);
}
