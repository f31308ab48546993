import type { Options } from "../../contract/options.ts";
import { Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { Edit, Entry, PlaceId, Receipt } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { portions } from "./limits.ts";
import { mailboxName } from "./names.ts";
import { readEntries } from "./read.ts";
import { modseqOf, type Selected } from "./select.ts";
import { runsOf, sequenceSet } from "./wire/command.ts";
import type { Response } from "./wire/response.ts";

/** Acts that the server can do to one message and no neighbour: without UID EXPUNGE nothing is ever removed. */
export function actsOf({ abilities }: Line): ReadonlySet<Edit["act"]> {
  const { uidplus, move } = abilities;
  return new Set<Edit["act"]>([
    "mark",
    ...(uidplus ? (["remove"] as const) : []),
    ...(uidplus || move ? (["move"] as const) : []),
  ]);
}

const goneFault = recordOf(
  new Fault({ code: "item.gone", message: "The message is no longer there", spoils: "item", retry: "later" }),
);
const conflictFault = recordOf(
  new Fault({ code: "item.conflict", message: "The message changed meanwhile", spoils: "item", retry: "later" }),
);

/** Edits, folder by folder; each is done to its own UID alone. */
export async function editItems(
  lane: Lane,
  edits: readonly Edit[],
  wireName: (place: PlaceId) => string,
  { signal }: Options,
): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  for (const [place, group] of Map.groupBy(edits, (edit) => edit.place)) {
    if (signal.aborted) throw interrupted();
    receipts.push(
      ...(await lane.inside(place, { writing: true, fresh: true }, (line, folder) =>
        editPlace(line, folder, group, wireName),
      )),
    );
  }
  return receipts;
}

async function editPlace(
  line: Line,
  folder: Selected,
  edits: readonly Edit[],
  wireName: (place: PlaceId) => string,
): Promise<readonly Receipt[]> {
  const set = sequenceSet(edits.map((edit) => Number(edit.id)));
  const before = await readEntries(line, folder, set);
  const open = edits.filter((edit) => standsAsKnown(edit, before.get(Number(edit.id))));
  const outcomes = new Map((await Promise.all(together(open).map((some) => act(line, some, wireName)))).flat());
  const marked = open.filter((edit) => edit.act === "mark").map((edit) => Number(edit.id));
  const after = marked.length === 0 ? before : await readEntries(line, folder, sequenceSet(marked));
  return edits.map((edit) =>
    receiptOf(edit, before.get(Number(edit.id)), after.get(Number(edit.id)), outcomes.get(edit)),
  );
}

const sortOf = (edit: Edit, at: number): string =>
  edit.act === "mark" ? JSON.stringify([edit.add, edit.remove, edit.revision]) : String(at);

/** Marks that say the same of messages in the same state go in one command; all else goes by itself. */
function together(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  return [...Map.groupBy(edits, sortOf).values()].flatMap((all) => [...portions(all)]);
}

/** Undefined where nothing was tried; an id where the message has a new one. */
type Outcome = { readonly id?: string } | { readonly fault: Fault } | "conflict";

function standsAsKnown({ revision }: Edit, now: Entry | undefined): boolean {
  return now !== undefined && (revision === undefined || now.revision === undefined || now.revision === revision);
}

function receiptOf(
  edit: Edit,
  before: Entry | undefined,
  after: Entry | undefined,
  outcome: Outcome | undefined,
): Receipt {
  const { key } = edit;
  if (before === undefined) return { key, fault: goneFault };
  if (outcome === undefined || outcome === "conflict") return { key, fault: conflictFault };
  if ("fault" in outcome) return { key, fault: recordOf(outcome.fault) };
  if (edit.act !== "mark") return { key, ...(outcome.id === undefined ? {} : { id: outcome.id }) };
  if (after === undefined) return { key, fault: goneFault };
  return { key, marks: after.marks, ...(after.revision === undefined ? {} : { revision: after.revision }) };
}

/** The guard of a conditional STORE (RFC 7162, 3.1.3), where both sides know modification sequences. */
function unchangedSince({ enabled }: Line, revision: string | undefined): string {
  return enabled.condstore && modseqOf(revision) > 0n ? `(UNCHANGEDSINCE ${revision}) ` : "";
}

/**
 * Returns the UIDs of those that changed meanwhile: of several all, where none of them is named. With NO, those that are not named may have
 * been changed or not (RFC 7162, 3.1.3): that counts as a refusal.
 */
async function store(line: Line, place: PlaceId, uids: readonly number[], change: string): Promise<readonly number[]> {
  const done = await line.wire.run([`UID STORE ${sequenceSet(uids)} ${change}`]);
  if (done.code?.name !== "MODIFIED" || (done.name !== "OK" && uids.length > 1)) {
    expectOk(done, "Changing flags", place, "item");
    return [];
  }
  const runs = runsOf(done.code.rest);
  const named = uids.filter((uid) => runs.some(([from, to]) => from <= uid && uid <= to));
  return uids.length === 1 || named.length === 0 ? uids : named;
}

type Outcomes = readonly (readonly [Edit, Outcome])[];

/** The fault of a command that was refused, and no more than that; any other is thrown. */
function refused(line: Line, thrown: unknown): Fault {
  if (!(thrown instanceof Fault) || line.wire.closed || thrown.spoils !== "item") throw thrown;
  return thrown;
}

async function act(line: Line, edits: readonly Edit[], wireName: (place: PlaceId) => string): Promise<Outcomes> {
  const [edit] = edits;
  if (edit === undefined) return [];
  if (edit.act === "mark") return mark(line, edits, edit.place, changesOf(line, edit));
  try {
    return [[edit, await (edit.act === "move" ? move(line, edit, wireName(edit.to)) : remove(line, edit))]];
  } catch (thrown) {
    return [[edit, { fault: refused(line, thrown) }]];
  }
}

/** Adds and takes away without a look at the flags between: each names its own, and only the first is guarded. */
function changesOf(line: Line, { add, remove: taken, revision }: Edit & { readonly act: "mark" }): readonly string[] {
  const changes = [
    ["+", add],
    ["-", taken],
  ] as const;
  return changes
    .filter(([, flags]) => flags.length > 0)
    .map(([sign, flags], at) => {
      const guard = at === 0 ? unchangedSince(line, revision) : "";
      return `${guard}${sign}FLAGS.SILENT (${flags.join(" ")})`;
    });
}

/** One change after the other. Of several messages that are refused together, each is tried alone, with what is left to do. */
async function mark(line: Line, edits: readonly Edit[], place: PlaceId, changes: readonly string[]): Promise<Outcomes> {
  const [change, ...later] = changes;
  if (change === undefined || edits.length === 0) return edits.map((edit) => [edit, {}]);
  const uids = edits.map((edit) => Number(edit.id));
  const changed = await store(line, place, uids, change).catch((thrown: unknown) => refused(line, thrown));
  if (changed instanceof Fault) {
    if (edits.length === 1) return edits.map((edit) => [edit, { fault: changed }]);
    return (await Promise.all(edits.map((edit) => mark(line, [edit], place, changes)))).flat();
  }
  const conflicts = new Set(changed);
  const isChanged = ({ id }: Edit): boolean => conflicts.has(Number(id));
  const left = edits.filter((edit) => !isChanged(edit));
  return [
    ...(await mark(line, left, place, later)),
    ...edits.filter(isChanged).map((edit) => [edit, "conflict"] as const),
  ];
}

/** The new UID from COPYUID (RFC 4315), which MOVE tells untagged (RFC 6851, 4.3). */
function copiedId(responses: readonly Response[]): string | undefined {
  const code = responses.map((each) => each.code).find((each) => each?.name === "COPYUID");
  const [run] = runsOf(code?.rest.split(" ")[2] ?? "");
  return run === undefined ? undefined : String(run[0]);
}

async function move(line: Line, edit: Edit & { readonly act: "move" }, to: string): Promise<Outcome> {
  const { wire, abilities } = line;
  const verb = abilities.move ? "UID MOVE" : "UID COPY";
  const said: Response[] = [];
  const done = await wire.run([`${verb} ${edit.id} `, mailboxName(to, abilities.utf8)], (response) =>
    said.push(response),
  );
  expectOk(done, "Moving a message", edit.place, "item");
  const id = copiedId([...said, done]);
  if (!abilities.move) await expunge(line, edit);
  return id === undefined ? {} : { id };
}

async function remove(line: Line, edit: Edit): Promise<Outcome> {
  return (await expunge(line, edit)) === "conflict" ? "conflict" : {};
}

/** UID EXPUNGE of this one alone (RFC 4315); EXPUNGE and CLOSE would take what others marked. */
async function expunge(line: Line, edit: Edit): Promise<"stored" | "conflict"> {
  const guard = unchangedSince(line, edit.revision);
  const changed = await store(line, edit.place, [Number(edit.id)], `${guard}+FLAGS.SILENT (\\Deleted)`);
  if (changed.length > 0) return "conflict";
  const done = await line.wire.run([`UID EXPUNGE ${edit.id}`]);
  expectOk(done, "Removing a message", edit.place, "item");
  return "stored";
}
