import { showNumber, showSize } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import type { Json } from "../model/json.ts";
import type { Change, Plan, Step, SyncCounts, Want } from "../model/plan.ts";
import { escapeLine } from "./escape.ts";
import { type ShownChange, showChange } from "./field.ts";
import { showTimeOf } from "./forecast.ts";
import { type Mark, markOf } from "./mark.ts";
import { showCount } from "./number.ts";

/** A step as every report shows it. All text is escaped for one line. */
export interface Row {
  readonly step: Step;
  readonly mark: Mark;
  readonly address: string;
  /** In a few words; empty where the lines below say all. */
  readonly summary: string;
  readonly fields: readonly ShownChange[];
  readonly lines: readonly string[];
  /** True where something is lost: never cut from any report. */
  readonly destructive: boolean;
}

export function rowsOf(plan: Pick<Plan, "steps" | "forecast">): readonly Row[] {
  const time = showTimeOf(plan);
  return plan.steps.map((step) => rowOf(step, time(step)));
}

function rowOf(step: Step, time: string): Row {
  const { change } = step;
  const told = tellings[change.act](change as never, step);
  return {
    step,
    mark: markOf(step),
    address: escapeLine(step.address),
    summary: escapeLine([told.summary, time].filter((text) => text !== "").join(" · ")),
    fields: told.fields ?? [],
    lines: (told.lines ?? []).map(escapeLine),
    destructive: step.irreversible === true || isDestructive(change),
  };
}

interface Telling {
  readonly summary: string;
  readonly fields?: readonly ShownChange[];
  readonly lines?: readonly string[];
}

type Tellings = { readonly [A in Change["act"]]: (change: Extract<Change, { act: A }>, step: Step) => Telling };

const tellings: Tellings = {
  create: ({ want }) => ({
    summary: kindTable[want.kind].summary(valuesOf(want)),
    fields: [...records(want), ...passwordIn(want)],
  }),
  update: ({ want, was, fields, renamed }) => ({
    summary: renamed === undefined ? "" : `renamed from ${was.name}`,
    fields: fields.map((field) => showChange(want.kind, field)),
  }),
  delete: ({ was }, { irreversible }) => ({
    summary: irreversible === true ? `deleted with ${holdings(was.holds)}` : "deleted",
  }),
  sync: ({ counts, deletes }) => ({
    summary: copying(counts),
    lines: [
      syncLine(counts),
      ...deletes.map(({ place, id, fingerprint }) => `- message ${id} in ${place} (${fingerprint.slice(0, 12)})`),
    ],
  }),
  manual: ({ instructions }) => ({ summary: "for a person to do", lines: instructions }),
  gate: ({ until }) => ({ summary: `waits for ${typeof until === "string" ? until : JSON.stringify(until)}` }),
  record: ({ set }) => ({ summary: remembered(set) }),
};

const valuesOf = (want: Want): Readonly<Record<string, Json | undefined>> =>
  want.fields as Readonly<Record<string, Json | undefined>>;

/** Where mail is sent on to, and who can reset a password, is shown when it is made too. */
const records = (want: Want): readonly ShownChange[] =>
  Object.entries(kindTable[want.kind].fields).flatMap(([field, form]) => {
    const to = valuesOf(want)[field];
    return form.reads === "record" && to !== undefined ? [{ field, lines: [escapeLine(form.show(to))] }] : [];
  });

const passwordWords = {
  external: "checked elsewhere, none is written",
  secret: "by reference",
  hash: "its hash is carried",
  generate: "generated",
} as const;

function passwordIn({ password }: Want): readonly ShownChange[] {
  if (password === undefined) return [];
  const { from, mustChange } = password;
  const then = mustChange === true && from !== "external" ? ", to be changed at the first login" : "";
  return [{ field: "password", lines: [`${passwordWords[from]}${then}`] }];
}

const holdings = (holds: { readonly messages: number; readonly bytes: number } | undefined): string =>
  holds === undefined
    ? "its mail (size unknown)"
    : `${showCount(holds.messages, "message")} · ${showSize(holds.bytes)}`;

function copying({ copy, copyBytes, folders, adopt }: SyncCounts): string {
  if (copy > 0)
    return [`copy ${showCount(copy, "message")}`, showSize(copyBytes), showCount(folders, "folder")].join(" · ");
  return adopt > 0 ? `take over ${showCount(adopt, "message")} found there` : "copy nothing";
}

const reasons: Readonly<Record<string, string>> = {
  maxSize: "larger than the limit",
  skip: "declared",
  deleted: "marked as deleted",
};

export const unknownMeans = "deleted by its user, or never copied; --recopy copies them";

const some = (word: string, value: number, why = ""): readonly string[] =>
  value === 0 ? [] : [`${word} ${showNumber(value)}${why}`];

/** The rest of the counts: present, flags and delete always, the others where there are any. */
function syncLine(counts: SyncCounts): string {
  const skipped = Object.entries(counts.skipped).filter(([, value]) => value > 0);
  const skips = skipped.reduce((sum, [, value]) => sum + value, 0);
  const why = skipped.map(
    ([reason, value]) => `${skipped.length > 1 ? `${showNumber(value)} ` : ""}${reasons[reason] ?? reason}`,
  );
  return [
    `present ${showNumber(counts.present)}`,
    ...(counts.copy > 0 ? some("take over", counts.adopt) : []),
    ...some("left deleted by its user", counts.deletedByUser),
    `flags ${showNumber(counts.marks)}`,
    ...some("move", counts.move),
    `delete ${showNumber(counts.delete)}`,
    ...some("folders to set up", counts.places),
    ...some("skip", skips, ` (${why.join(", ")})`),
    ...some("unknown", counts.unknown, ` (${unknownMeans})`),
    ...some("pending", counts.pending, " (refused before)"),
  ].join(" · ");
}

function remembered(set: Extract<Change, { act: "record" }>["set"]): string {
  if ("protect" in set) return set.protect ? "protect" : "take the protection off";
  if ("adopt" in set) return `remember it by its new id ${set.adopt.id}`;
  if ("leaver" in set)
    return set.leaver
      ? "remember that it is disabled for having left its rows"
      : "remember that it is back in its rows";
  return `remember password issue ${set.passwordIssue}`;
}

/** What takes something away: a delete, messages removed, somebody taken off a list, or no longer let in. */
function isDestructive(change: Change): boolean {
  if (change.act === "delete") return true;
  if (change.act === "sync") return change.counts.delete > 0 || change.deletes.length > 0;
  if (change.act !== "update") return false;
  return change.fields.some(({ field, from, to }) => {
    if (change.want.kind === "account" && field === "enabled") return to === false;
    if (kindTable[change.want.kind].fields[field]?.reads !== "set" || !Array.isArray(from)) return false;
    const stays = new Set(Array.isArray(to) ? to.map(String) : []);
    return from.some((name) => !stays.has(String(name)));
  });
}
