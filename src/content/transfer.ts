import type { Intent, IntentItem, JournalChange, Known } from "../contract/journal.ts";
import { asFault, Fault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { Body, NewItem, Receipt } from "../model/item.ts";
import { type Batch, cutBatches, halve } from "./batch.ts";
import type { ByteBudget } from "./bytes.ts";
import { identify, peekHeader } from "./fingerprint.ts";
import { createLane } from "./lane.ts";
import { identities } from "./identity.ts";
import { idKey } from "./look.ts";
import { permitted } from "./marks.ts";
import { type OpenRoute, type Pass, unknownItem } from "./pass.ts";
import { pagesOf } from "./rows.ts";
import { broughtBase, settleIntent } from "./settle.ts";

/** What a transfer did, in messages and octets. */
export interface TransferCounts {
  copied: number;
  copiedBytes: number;
  /** Left out by declaration, by reason. */
  readonly skipped: Record<string, number>;
  outside: number;
  late: number;
}

/** A batch whose outcome is not known, or rows that could not be read: to be settled and tried again in halves. */
interface Trouble {
  readonly rows: readonly Known[];
  readonly intent?: Intent;
  /** Messages that were acknowledged without an id: written for certain, whether they are found or not. */
  readonly acknowledged?: readonly JournalChange[];
  readonly fault: Fault;
}

/** A soft stop ends between batches: what is under way is finished. */
const steady = new AbortController().signal;

/** A message in a stream costs its buffers, not its size. */
const streamCost = 1024 * 1024;

/** So many messages in a row that fail without a word about them spoil the place: the reason is not the message. */
const patience = 8;

interface Carried {
  readonly row: Known;
  readonly item: NewItem;
  readonly intent: IntentItem;
}

async function carriedOf(row: Known, body: Body, size: number, route: OpenRoute): Promise<Carried> {
  const { source } = row;
  const date = source?.date ?? 0;
  const peeked = await peekHeader(body);
  const { fingerprint, loose } = identify(peeked.header, date);
  const marks = permitted(source?.marks ?? [], route.destination);
  return {
    row,
    item: { key: String(row.row), place: route.destination.id, date, marks, size, body: peeked.body },
    intent: { row: row.row, fingerprint, loose, size, date },
  };
}

/** Rows that may be copied now, with the reasons of the others counted. Also used by a plan, which copies none. */
export async function* copyable(pass: Pass, route: OpenRoute, counts: TransferCounts): AsyncIterable<Known> {
  const refused: number[] = [];
  for await (const row of takeable(pass, route, counts)) {
    if (row.pending === undefined) yield row;
    else refused.push(row.row);
  }
  // What was refused before comes last, so that it keeps nothing else from arriving.
  for (const number of refused) {
    const row = await pass.request.journal.row(number);
    if (row?.source?.there === true && row.base === undefined) yield row;
  }
}

async function* takeable(pass: Pass, route: OpenRoute, counts: TransferCounts): AsyncIterable<Known> {
  const { journal } = pass.request;
  for await (const page of pagesOf(journal, { rows: "fresh", side: "source", place: route.source.id })) {
    const named = await messageIds(pass, page);
    for (const row of page) {
      if (row.source?.id === undefined || row.pending?.code === unknownItem.code) continue;
      if (pass.source.late.has(idKey(row.source.place, row.source.id))) {
        counts.late += 1;
        continue;
      }
      const verdict = pass.verdict(row.source, named.get(row.row), route);
      if (verdict.take) yield row;
      else if ("outside" in verdict) counts.outside += 1;
      else counts.skipped[verdict.skip] = (counts.skipped[verdict.skip] ?? 0) + 1;
    }
  }
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

/** Carries one pass's messages: folder by folder, INBOX first, then by newest mail. */
export function createTransfer(
  pass: Pass,
  bytes: ByteBudget,
): { readonly counts: TransferCounts; run(): Promise<void> } {
  const { source, destination, journal, signal, emit, address } = pass.request;
  const counts: TransferCounts = { copied: 0, copiedBytes: 0, skipped: {}, outside: 0, late: 0 };
  let failures = 0;

  async function refuse(row: Known, fault: FaultRecord): Promise<void> {
    await journal.record([{ act: "pending", row: row.row, fault }]);
    emit({ type: "item.pending", address, place: row.source?.place ?? "", id: row.source?.id ?? "", fault });
    if (fault.spoils !== "item") throw new Fault({ ...fault, retry: "later" });
  }

  /** A message that failed alone and twice, with nothing said about it. */
  async function giveUp(row: Known, fault: FaultRecord): Promise<void> {
    failures += 1;
    await refuse(row, { ...fault, spoils: "item" });
    if (failures < patience) return;
    throw new Fault({
      code: "place.refuses",
      message: `${patience} messages in a row failed; the last: ${fault.message}`,
      spoils: "place",
      retry: "later",
      about: address,
    });
  }

  /** Records what the receipts tell; rows without a receipt or an id are looked for. */
  async function commit(
    carried: readonly Carried[],
    intent: Intent,
    receipts: readonly Receipt[],
  ): Promise<Trouble | undefined> {
    const byKey = new Map(receipts.map((receipt) => [receipt.key, receipt]));
    const changes: JournalChange[] = [];
    const refused: [Known, FaultRecord][] = [];
    const acknowledged: JournalChange[] = [];
    let told = true;
    for (const one of carried) {
      const receipt = byKey.get(one.item.key);
      if (receipt === undefined) told = false;
      else if ("fault" in receipt) refused.push([one.row, receipt.fault]);
      else (receipt.id === undefined ? acknowledged : changes).push(broughtOf(one, receipt));
    }
    told &&= acknowledged.length === 0;
    await journal.record(changes, told ? { intent: intent.id } : undefined);
    note(carried.filter((one) => changes.some((change) => change.row === one.row.row)));
    for (const [row, fault] of refused) await refuse(row, fault);
    if (told) return undefined;
    const refusedRows = new Set(refused.map(([row]) => row.row));
    const open = { ...intent, atomic: false, items: intent.items.filter((item) => !refusedRows.has(item.row)) };
    const rows = carried
      .map((one) => one.row)
      .filter((row) => !refusedRows.has(row.row) && !changes.some((change) => change.row === row.row));
    return {
      rows,
      intent: open,
      acknowledged,
      fault: new Fault({
        code: "write.untold",
        message: "The destination did not tell what became of a message",
        spoils: "item",
        retry: "later",
      }),
    };
  }

  function note(carried: readonly Carried[]): void {
    if (carried.length === 0) return;
    failures = 0;
    counts.copied += carried.length;
    counts.copiedBytes += carried.reduce((sum, one) => sum + one.item.size, 0);
    emit({
      type: "sync.progress",
      address,
      messages: counts.copied,
      bytes: counts.copiedBytes,
      place: carried[0]?.item.place ?? "",
    });
  }

  async function write(carried: readonly Carried[], route: OpenRoute): Promise<Trouble | undefined> {
    const place = route.destination.id;
    const facts = {
      place,
      bookmark: await destination.bookmark(place, { signal: steady }),
      atomic: destination.batch.atomic,
      items: carried.map((one) => one.intent),
    };
    const intent: Intent = { ...facts, id: await journal.intend(facts), doubtful: false };
    let receipts: readonly Receipt[];
    try {
      receipts = await destination.write(
        carried.map((one) => one.item),
        { signal: steady },
      );
    } catch (thrown) {
      const fault = asFault(thrown, { code: "write.failed", spoils: "item", retry: "later", about: address });
      if (fault.spoils !== "item" && fault.spoils !== "place") throw fault;
      return { rows: carried.map((one) => one.row), intent, fault };
    }
    return commit(carried, intent, receipts);
  }

  /** Reads a batch; what cannot be read is trouble, what is gone meanwhile is left to the next pass. Streams are written before the next is taken. */
  async function read(
    batch: Batch,
    take: (carried: Carried, streamed: boolean) => Promise<void>,
    route: OpenRoute,
  ): Promise<Trouble | undefined> {
    const open = new Map(
      batch.rows.flatMap((row) => (row.source?.id === undefined ? [] : [[row.source.id, row] as const])),
    );
    try {
      for await (const item of source.read(route.source.id, [...open.keys()], { signal: steady })) {
        const row = open.get(item.id);
        if (row === undefined) continue;
        open.delete(item.id);
        if ("fault" in item) await refuse(row, item.fault);
        else await take(await carriedOf(row, item.body, item.size, route), !(item.body instanceof Uint8Array));
      }
      return undefined;
    } catch (thrown) {
      const fault = asFault(thrown, { code: "read.failed", spoils: "item", retry: "later", about: address });
      if (fault.spoils !== "item") throw fault;
      return { rows: [...open.values()], fault };
    }
  }

  /** Reads one batch and starts its write; both sides' troubles come back to be settled. */
  async function carry(
    batch: Batch,
    route: OpenRoute,
    start: (work: Promise<Trouble | undefined>) => void,
  ): Promise<Trouble | undefined> {
    const alone = batch.rows.length === 1 && batch.bytes > destination.batch.bytes;
    const give = await bytes.take(alone ? streamCost : batch.bytes, signal);
    const carried: Carried[] = [];
    let handed = false;
    try {
      const trouble = await read(
        batch,
        async (one, streamed) => {
          if (streamed) start(Promise.resolve(await write([one], route)));
          else carried.push(one);
        },
        route,
      );
      if (carried.length > 0) {
        start(write(carried, route).finally(give));
        handed = true;
      }
      return trouble;
    } finally {
      if (!handed) give();
    }
  }

  /** Carries one batch with nothing beside it, and waits for what became of it. */
  async function carryAlone(batch: Batch, route: OpenRoute): Promise<readonly Trouble[]> {
    const lane = createLane<Trouble | undefined>(1);
    try {
      const unread = await carry(batch, route, (work) => lane.add(work));
      return inSettlingOrder([unread, ...(await lane.drain())]);
    } finally {
      await lane.idle();
    }
  }

  /** Settles what is unknown, then tries what is missing in halves, until a message stands alone; alone and twice, it is refused by name. */
  async function resolve(trouble: Trouble, route: OpenRoute, tries: number): Promise<void> {
    if (signal.aborted) throw interrupted();
    const missing = await missingOf(trouble);
    const found = trouble.rows.filter((row) => !missing.has(row.row));
    counts.copied += found.length;
    counts.copiedBytes += found.reduce((sum, row) => sum + (row.source?.size ?? 0), 0);
    const rows = trouble.rows.filter((row) => missing.has(row.row));
    const [only] = rows;
    if (only === undefined) return;
    if (rows.length === 1 && tries >= 2) {
      await giveUp(only, recordOf(trouble.fault));
      return;
    }
    for (const half of halve(rows)) {
      const troubles = await carryAlone(
        { rows: half, bytes: half.reduce((sum, row) => sum + (row.source?.size ?? 0), 0) },
        route,
      );
      for (const next of troubles) await resolve(next, route, half.length === 1 ? tries + 1 : tries);
    }
  }

  /** The rows that are not at the destination, as far as it can be known. */
  async function missingOf(trouble: Trouble): Promise<ReadonlySet<number>> {
    if (trouble.intent === undefined) return new Set(trouble.rows.map((row) => row.row));
    const missing = new Set(await settleIntent(pass.request, pass.hashes, trouble.intent));
    const certain = (trouble.acknowledged ?? []).filter((change) => missing.delete(change.row));
    if (certain.length > 0) await journal.record(certain, { intent: trouble.intent.id, doubtful: missing.size > 0 });
    return missing;
  }

  async function copyPlace(route: OpenRoute): Promise<void> {
    const lane = createLane<Trouble | undefined>(destination.batch.inFlight);
    const settleAll = async (extra: Trouble | undefined): Promise<void> => {
      for (const trouble of inSettlingOrder([extra, ...(await lane.drain())])) await resolve(trouble, route, 1);
    };
    try {
      for await (const batch of cutBatches(copyable(pass, route, counts), destination.batch)) {
        await lane.room();
        if (signal.aborted) throw interrupted();
        const unread = await carry(batch, route, (work) => lane.add(work));
        if (unread !== undefined || lane.done.some((trouble) => trouble !== undefined)) await settleAll(unread);
      }
      await settleAll(undefined);
    } finally {
      await lane.idle();
    }
  }

  return {
    counts,
    run: async () => {
      for (const route of inOrder(pass)) {
        try {
          await copyPlace(route);
        } catch (thrown) {
          if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
          emit({
            type: "finding",
            finding: {
              code: thrown.code,
              severity: "error",
              about: address,
              message: `${route.source.path.join("/")}: ${thrown.message}`,
            },
          });
          failures = 0;
        }
      }
    },
  };
}

/** What was acknowledged claims its copies first, so that an equal message of unknown outcome does not take them. */
function inSettlingOrder(troubles: readonly (Trouble | undefined)[]): readonly Trouble[] {
  return troubles
    .filter((trouble) => trouble !== undefined)
    .toSorted((a, b) => (b.acknowledged?.length ?? 0) - (a.acknowledged?.length ?? 0));
}

function broughtOf(one: Carried, receipt: Exclude<Receipt, { fault: FaultRecord }>): JournalChange {
  const shown = receipt.marks ?? one.item.marks;
  const { fingerprint, loose, size, date } = one.intent;
  return {
    act: "brought",
    row: one.row.row,
    destination: {
      place: one.item.place,
      there: true,
      date,
      size,
      marks: shown,
      fingerprint,
      loose,
      ...(receipt.id === undefined ? {} : { id: receipt.id }),
      ...(receipt.revision === undefined ? {} : { revision: receipt.revision }),
    },
    source: { fingerprint, loose },
    base: broughtBase({ marks: one.item.marks, place: one.row.source?.place ?? "" }, one.item.marks, shown),
  };
}

function inOrder(pass: Pass): readonly OpenRoute[] {
  const newest = (route: OpenRoute): number =>
    route.source.role === "inbox" ? Number.POSITIVE_INFINITY : (pass.source.newest.get(route.source.id) ?? 0);
  return [...pass.routes.values()].toSorted((a, b) => newest(b) - newest(a) || (a.source.id < b.source.id ? -1 : 1));
}
