import type { Room } from "../contract/item-store.ts";
import type { Known } from "../contract/journal.ts";
import { showSize } from "../kind/normal.ts";
import type { Finding } from "../model/finding.ts";
import type { ItemRef } from "../model/item.ts";
import type { SyncCounts, SyncScope } from "../model/plan.ts";
import { decisions } from "./decisions.ts";
import { pretendWrites } from "./dry.ts";
import { refOf } from "./editing.ts";
import type { Effect } from "./effect.ts";
import { type Pass, preparePass } from "./pass.ts";
import { countUnknown } from "./tally.ts";
import type { SyncRequest } from "./request.ts";
import { copyable, createCounts, type TransferCounts } from "./copyable.ts";

/** What a pass would do, in counts; deletions are listed. */
export interface Survey {
  readonly counts: SyncCounts;
  readonly scope: SyncScope;
  readonly deletes: readonly ItemRef[];
  readonly findings: readonly Finding[];
}

function scopeOf(pass: Pass): SyncScope {
  const managed = pass.looks.source.feeds.filter((feed) => feed.places.some((place) => pass.routes.has(place)));
  return {
    watermarks: Object.fromEntries(managed.map((feed) => [feed.id, { epoch: feed.epoch, watermark: feed.watermark }])),
  };
}

interface Decided {
  marks: number;
  move: number;
  readonly deletes: ItemRef[];
}

function take(effect: Effect, decided: Decided): void {
  if (effect.do === "remove") decided.deletes.push(...[refOf(effect.row)].filter((ref) => ref !== undefined));
  if (effect.do !== "edit") return;
  if (effect.to !== undefined) decided.move += 1;
  if (effect.merge.add.length + effect.merge.remove.length > 0) decided.marks += 1;
}

async function countDecisions(pass: Pass): Promise<Decided> {
  const decided: Decided = { marks: 0, move: 0, deletes: [] };
  for await (const effects of decisions(pass)) {
    const changes = effects.flatMap((effect) => (effect.do === "record" ? [effect.change] : []));
    if (changes.length > 0) await pass.request.journal.record(changes);
    for (const effect of effects) take(effect, decided);
  }
  return decided;
}

interface Copies extends TransferCounts {
  messages: number;
  bytes: number;
  folders: number;
  pending: number;
  /** Messages that are larger than the destination takes. */
  tooLarge: number;
}

/** True where what a message was refused for is still so. Whatever cannot be known is tried again: nothing else tells that it has gone. */
function stillRefused({ pending, source }: Known, { item, bytes, items }: Room): boolean {
  const size = source?.size ?? 0;
  if (pending?.code === "item.tooLarge") return size > (item ?? Number.POSITIVE_INFINITY);
  return pending?.code === "mailbox.full" && (size > (bytes ?? Number.POSITIVE_INFINITY) || items === 0);
}

async function countCopies(pass: Pass): Promise<Copies> {
  const copies: Copies = { ...createCounts(), messages: 0, bytes: 0, folders: 0, pending: 0, tooLarge: 0 };
  const { room = {} } = pass.looks.destination;
  const { item = Number.POSITIVE_INFINITY } = room;
  for (const route of pass.routes.values()) {
    const before = copies.messages;
    for await (const row of copyable(pass, route, copies)) {
      if (stillRefused(row, room)) copies.pending += 1;
      else {
        copies.messages += 1;
        copies.bytes += row.source?.size ?? 0;
        if ((row.source?.size ?? 0) > item) copies.tooLarge += 1;
      }
    }
    if (copies.messages > before) copies.folders += 1;
  }
  return copies;
}

/** What a reader should know of a pass: folders that could not be read, names that had to change. */
export function findingsOf(pass: Pass): readonly Finding[] {
  const about = pass.request.address;
  const unread = [...pass.source.unread, ...pass.destination.unread].map(([place, fault]): Finding => ({
    code: fault.code,
    severity: "error",
    about,
    message: `${place} could not be read: ${fault.message}`,
  }));
  const altered = [...pass.routes.values()]
    .filter((route) => route.altered)
    .map((route): Finding => ({
      code: "folder.renamed",
      severity: "info",
      about,
      message: `${route.source.path.join("/")} will be called ${route.path.join("/")} at the destination`,
    }));
  return [...lossFindings(pass), ...unread, ...altered, ...doubtFindings(pass)];
}

/** What every message of the mailbox loses. */
function lossFindings({ request: { address: about, destination } }: Pass): readonly Finding[] {
  if (destination.loses === undefined) return [];
  return [
    {
      code: "mail.reduced",
      severity: "warning",
      about,
      message: `Reduced fidelity: messages are made anew at the destination, and lose ${destination.loses}`,
      remedy: "where they must be what they were, carry them by IMAP, or from tenant to tenant by `mail: transfer`",
    },
  ];
}

/** What was decided without a proof, where a side does not show messages as they were. */
function doubtFindings({ hashes: { doubt }, request: { address: about } }: Pass): readonly Finding[] {
  const [taken, alike] = [doubt?.taken.size ?? 0, doubt?.open() ?? 0];
  const told: Finding[] = [];
  if (taken > 0)
    told.push({
      code: "items.unproven",
      severity: "info",
      about,
      message: `Recognised by header and date, for what the two sides show of the same message differs: ${taken}`,
      detail: { messages: taken },
    });
  if (alike > 0)
    told.push({
      code: "items.alike",
      severity: "warning",
      about,
      message: `Alike in header and date, so that nothing tells which is at the destination already: ${alike}, which are copied rather than lost`,
      remedy: "look for copies of the same message at the destination",
      detail: { messages: alike },
    });
  return told;
}

/** Keywords that stay behind: they follow once the destination takes them. */
export function unkeptFindings({ request }: Pass, { unkept, undated }: TransferCounts): readonly Finding[] {
  const names = Object.keys(unkept).toSorted();
  const flags: Finding = {
    code: "flags.undated",
    severity: "warning",
    about: request.address,
    message: `The destination has no place for when a flag is due or was done; so many messages go without: ${undated}`,
    detail: { messages: undated },
  };
  const told = undated === 0 ? [] : [flags];
  if (names.length === 0) return told;
  return [
    ...told,
    {
      code: "marks.unkept",
      severity: "warning",
      about: request.address,
      message: `The destination refuses keywords; their messages go without: ${names.map((name) => `${name} (${unkept[name]})`).join(", ")}`,
      remedy: "they follow on a later pass, once the destination takes them (PERMANENTFLAGS)",
    },
  ];
}

/** What will not fit at the destination, told before it is tried. */
function roomFindings({ request, looks }: Pass, { messages, bytes, tooLarge }: Copies): readonly Finding[] {
  const { item, bytes: free, items } = looks.destination.room ?? {};
  const warn = (code: string, message: string, remedy: string): Finding => ({
    code,
    severity: "warning",
    about: request.address,
    message,
    remedy,
  });
  const full = "raise the quota before the pass; what does not fit waits and is tried again";
  return [
    ...(tooLarge > 0 && item !== undefined
      ? [
          warn(
            "room.tooLarge",
            `The destination takes messages of up to ${showSize(item)}: ${tooLarge} of those to copy are larger`,
            "raise the server's size limit, or leave them out by `messages.maxSize`",
          ),
        ]
      : []),
    ...(free !== undefined && bytes > free
      ? [warn("room.full", `${showSize(bytes)} are to be copied, and ${showSize(free)} are free`, full)]
      : []),
    ...(items !== undefined && messages > items
      ? [warn("room.full", `${messages} messages are to be copied, and there is room for ${items}`, full)]
      : []),
  ];
}

/** Walks a pass without writing to either side; the journal must be a draft. */
export async function survey(request: SyncRequest): Promise<Survey> {
  const pass = await preparePass({ ...request, destination: pretendWrites(request.destination) }, undefined);
  const decided = await countDecisions(pass);
  const copies = await countCopies(pass);
  const known = await request.journal.counts();
  const counts: SyncCounts = {
    copy: copies.messages,
    copyBytes: copies.bytes,
    folders: copies.folders,
    adopt: pass.adopted,
    present: known.paired - pass.adopted,
    deletedByUser: known.deletedByUser,
    marks: decided.marks,
    move: decided.move,
    delete: decided.deletes.length,
    places: pass.places,
    unknown: await countUnknown(pass),
    pending: copies.pending,
    skipped: copies.skipped,
  };
  return {
    counts,
    scope: scopeOf(pass),
    deletes: decided.deletes,
    findings: [...findingsOf(pass), ...unkeptFindings(pass, copies), ...roomFindings(pass, copies)],
  };
}
