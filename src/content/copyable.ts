import type { Known } from "../contract/journal.ts";
import { identities } from "./identity.ts";
import { idKey } from "./look.ts";
import { refusedKeywords } from "./marks.ts";
import type { Pass } from "./pass.ts";
import type { OpenRoute } from "./routes.ts";
import { keepLate, lateItem, scopeKey, unknownItem } from "./waiting.ts";
import { pagesOf } from "./rows.ts";

/** What a transfer did, in messages and octets. */
export interface TransferCounts {
  copied: number;
  copiedBytes: number;
  /** Left out by declaration, by reason. */
  readonly skipped: Record<string, number>;
  outside: number;
  late: number;
  /** Keywords that the destination refuses, by name, with how many messages go without. */
  readonly unkept: Record<string, number>;
  /** Flags whose dates the destination has no place for. */
  undated: number;
}

export function createCounts(): TransferCounts {
  return { copied: 0, copiedBytes: 0, skipped: {}, outside: 0, late: 0, unkept: {}, undated: 0 };
}

/** Adds what was left out. */
export function addLeft(counts: TransferCounts, { skipped, outside, late, unkept }: TransferCounts): void {
  counts.outside += outside;
  counts.late += late;
  for (const [reason, count] of Object.entries(skipped)) counts.skipped[reason] = (counts.skipped[reason] ?? 0) + count;
  for (const [name, count] of Object.entries(unkept)) counts.unkept[name] = (counts.unkept[name] ?? 0) + count;
}

/** Rows that may be copied now, those that were refused before among them, with the reasons of the others counted. Also used by a plan. */
export async function* copyable(pass: Pass, route: OpenRoute, counts: TransferCounts): AsyncIterable<Known> {
  const { journal } = pass.request;
  for await (const page of pagesOf(journal, { rows: "fresh", side: "source", place: route.source.id })) {
    const late = page.filter((row) => isLate(row, pass));
    if (pass.scope !== undefined) await keepLate(journal, late, pass.scope);
    counts.late += late.length;
    const named = await messageIds(pass, page);
    for (const row of page) {
      if (row.source?.id === undefined || row.pending?.code === unknownItem.code || late.includes(row)) continue;
      const verdict = pass.verdict(row.source, named.get(row.row), route);
      if (verdict.take) {
        for (const mark of refusedKeywords(row.source.marks, route.destination))
          counts.unkept[mark] = (counts.unkept[mark] ?? 0) + 1;
        yield withoutLateness(row);
      } else if ("outside" in verdict) counts.outside += 1;
      else counts.skipped[verdict.skip] = (counts.skipped[verdict.skip] ?? 0) + 1;
    }
  }
}

/** Those that were never refused; the numbers of the others are put aside. */
export async function* firstCopies(
  pass: Pass,
  route: OpenRoute,
  counts: TransferCounts,
  aside: number[],
): AsyncIterable<Known> {
  for await (const row of copyable(pass, route, counts)) {
    if (row.pending === undefined) yield row;
    else aside.push(row.row);
  }
}

/** What was put aside, as far as it still waits. */
export async function* secondCopies({ request }: Pass, aside: readonly number[]): AsyncIterable<Known> {
  for (const number of aside) {
    const row = await request.journal.row(number);
    if (row?.source?.there === true && row.base === undefined) yield row;
  }
}

/** Came after the plan: as this reading says, or as an earlier one under the same plan noted. */
function isLate(row: Known, { scope, source }: Pass): boolean {
  if (row.source?.id === undefined || row.pending?.code === unknownItem.code) return false;
  if (source.late.has(idKey(row.source.place, row.source.id))) return true;
  return scope !== undefined && row.pending?.code === lateItem.code && row.pending.about === scopeKey(scope);
}

function withoutLateness(row: Known): Known {
  if (row.pending?.code !== lateItem.code) return row;
  const { pending: _, ...rest } = row;
  return rest;
}

/** Message-IDs by row, where the rules name messages to skip; without such rules nothing is read. */
async function messageIds(pass: Pass, rows: readonly Known[]): Promise<ReadonlyMap<number, string>> {
  const ids = new Map<number, string>();
  const { source, messages, signal } = pass.request;
  if ((messages.skip?.length ?? 0) === 0) return ids;
  for await (const { row, identity } of identities(source, rows, "source", signal))
    ids.set(row.row, identity.messageId);
  return ids;
}
