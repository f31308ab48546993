import type { Intent, JournalChange, Known } from "../contract/journal.ts";
import { asFault, Fault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { Bookmark, NativeItem, ReadItem, Receipt } from "../model/item.ts";
import { type Batch, halve } from "./batch.ts";
import type { ByteBudget } from "./bytes.ts";
import { type Carried, carriedOf, sortReceipts } from "./carried.ts";
import type { TransferCounts } from "./copyable.ts";
import { wayOf } from "./form.ts";
import { createLane } from "./lane.ts";
import type { MoveGuard } from "./moved.ts";
import type { Pass } from "./pass.ts";
import type { OpenRoute } from "./routes.ts";
import { settleIntent } from "./settle.ts";
import { doubtfulItem } from "./waiting.ts";

/** A batch whose outcome is not known, or rows that could not be read: to be settled and tried again in halves. */
export interface Trouble {
  readonly rows: readonly Known[];
  readonly intent?: Intent;
  /** Messages that were acknowledged without an id: written for certain, whether they are found or not. */
  readonly acknowledged?: readonly JournalChange[];
  readonly fault: Fault;
}

/** Begins a write once there is room for it. */
type Start = (work: () => Promise<Trouble | undefined>) => Promise<void>;

/** Reads batches from the source and writes them to the destination. */
export interface Carrier {
  /**
   * Reads one batch, and hands its write to `start`, which waits for room: so the next batch is read while this one is written. What
   * could not be read comes back.
   */
  carry(batch: Batch, route: OpenRoute, start: Start): Promise<Trouble | undefined>;
  /** Settles troubles, and tries what is missing in halves, until a message stands alone; alone and twice, it is refused by name. */
  settle(troubles: readonly (Trouble | undefined)[], route: OpenRoute): Promise<void>;
}

/** A soft stop ends between batches: what is under way is finished. */
const steady = new AbortController().signal;

/** A message in a stream costs its buffers, not its size. */
const streamCost = 1024 * 1024;

/** So many times in a row a server is waited for in the middle of a folder, and so many milliseconds at one time. */
const waits = { times: 3, ms: 60_000 };

/** So many messages in a row that fail without a word about them spoil the place: the reason is not the message. */
const patience = 8;

const sizeOf = (rows: readonly Known[]): number => rows.reduce((sum, row) => sum + (row.source?.size ?? 0), 0);

/** Milliseconds to wait where a server asks to be left alone: no message is at fault, and none is singled out. */
function pauseOf({ code, retry }: Fault): number | undefined {
  if (code !== "server.busy" || typeof retry !== "object" || retry.afterMs > waits.ms) return undefined;
  return retry.afterMs;
}

/** Troubles that can be settled here; whatever else reaches further ends the pass. */
const isOurs = (fault: Fault): boolean =>
  fault.spoils === "item" || fault.spoils === "place" || pauseOf(fault) !== undefined;

/** `guard` is the pass's: it knows what all of its folders carry. */
export function createCarrier(pass: Pass, bytes: ByteBudget, counts: TransferCounts, guard: MoveGuard): Carrier {
  const { source, destination, journal, signal, emit, address, clock } = pass.request;
  const way = wayOf(pass.request);
  let failures = 0;
  let waited = 0;

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
    const message = `${patience} messages in a row failed; the last: ${fault.message}`;
    throw new Fault({ code: "place.refuses", message, spoils: "place", retry: "later", about: address });
  }

  function note(rows: readonly Known[], place: string): void {
    if (rows.length === 0) return;
    failures = 0;
    waited = 0;
    counts.copied += rows.length;
    counts.copiedBytes += sizeOf(rows);
    emit({ type: "sync.progress", address, messages: counts.copied, bytes: counts.copiedBytes, place });
  }

  /** Records what the receipts tell; rows without a receipt or an id are looked for. */
  async function commit(
    carried: readonly Carried[],
    intent: Intent,
    receipts: readonly Receipt[],
  ): Promise<Trouble | undefined> {
    const { brought, acknowledged, refused, untold } = sortReceipts(carried, receipts);
    const told = acknowledged.length + untold.length === 0;
    await journal.record(
      brought.map(({ change }) => change),
      told ? { intent: intent.id } : undefined,
    );
    note(
      brought.map(({ one }) => one.row),
      intent.place,
    );
    for (const { one, fault } of refused) await refuse(one.row, fault);
    if (told) return undefined;
    const open = [...acknowledged.map(({ one }) => one), ...untold];
    const message = "The destination did not tell what became of a message";
    return {
      rows: open.map((one) => one.row),
      intent: { ...intent, atomic: false, items: open.map((one) => one.intent) },
      acknowledged: acknowledged.map(({ change }) => change),
      fault: new Fault({ code: "write.untold", message, spoils: "item", retry: "later", about: address }),
    };
  }

  /** Where the destination stands before a batch is written. */
  function mark({ destination: { id } }: OpenRoute): Promise<Bookmark> {
    const bookmark = destination.bookmark(id, { signal: steady });
    // Whoever never comes to write has no need of it.
    bookmark.catch(() => undefined);
    return bookmark;
  }

  /** A fault that is settled here; any other is thrown. */
  function ours(thrown: unknown, code: string): Fault {
    const fault = asFault(thrown, { code, spoils: "item", retry: "later", about: address });
    if (!isOurs(fault)) throw fault;
    return fault;
  }

  async function write(
    carried: readonly Carried[],
    route: OpenRoute,
    marked: Promise<Bookmark>,
  ): Promise<Trouble | undefined> {
    const place = route.destination.id;
    const bookmark = await marked.catch((thrown: unknown) => ours(thrown, "mark.failed"));
    if (bookmark instanceof Fault) {
      for (const { item } of carried) if (!(item.body instanceof Uint8Array)) item.body.destroy();
      return { rows: carried.map((one) => one.row), fault: bookmark };
    }
    const facts = { place, bookmark, atomic: destination.batch.atomic, items: carried.map((one) => one.intent) };
    const intent: Intent = { ...facts, id: await journal.intend(facts), doubtful: false };
    let receipts: readonly Receipt[];
    try {
      const items = carried.map((one) => one.item);
      receipts = await way.write(items, { signal: steady });
    } catch (thrown) {
      return { rows: carried.map((one) => one.row), intent, fault: ours(thrown, "write.failed") };
    }
    return commit(carried, intent, receipts);
  }

  /** What the source gives of these rows; a break ends it, and names the rows that did not come. */
  async function* read(
    batch: Batch,
    route: OpenRoute,
  ): AsyncIterable<{ readonly row: Known; readonly item: ReadItem | NativeItem } | Trouble> {
    const open = new Map(
      batch.rows.flatMap((row) => (row.source?.id === undefined ? [] : [[row.source.id, row] as const])),
    );
    const sizes = new Map([...open].map(([id, row]) => [id, row.source?.size ?? 0]));
    const options = { signal: steady, sizes, returns: true } as const;
    const items = way.read(route.source.id, [...open.keys()], options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await items
          .next()
          .catch((thrown: unknown) =>
            asFault(thrown, { code: "read.failed", spoils: "item", retry: "later", about: address }),
          );
        if (next instanceof Fault) {
          if (next.spoils === "place" || !isOurs(next)) throw next;
          yield { rows: [...open.values()], fault: next };
          return;
        }
        if (next.done === true) return;
        const row = open.get(next.value.id);
        open.delete(next.value.id);
        if (row !== undefined) yield { row, item: next.value };
        else if ("release" in next.value) next.value.release?.();
      }
    } finally {
      await items.return?.();
    }
  }

  /** Makes ready what was read; undefined where it is refused, or waits. A stream is written before the next is taken. */
  async function take(row: Known, item: ReadItem | NativeItem, route: OpenRoute): Promise<Carried | undefined> {
    if ("fault" in item) {
      await refuse(row, item.fault);
      return undefined;
    }
    const carried = await carriedOf(row, item, route);
    const { hashes } = pass;
    const doubtful = hashes.likeUncompared("destination", carried.intent) || hashes.uncompared("source", row.source);
    if (!doubtful && !(await guard.waits(row, carried.intent.fingerprint))) {
      if (carried.item.flag !== undefined && destination.flags !== true) counts.undated += 1;
      return carried;
    }
    if (!(item.body instanceof Uint8Array)) item.body.destroy();
    if (doubtful) await refuse(row, doubtfulItem);
    else counts.late += 1;
    return undefined;
  }

  async function carry(batch: Batch, route: OpenRoute, start: Start): Promise<Trouble | undefined> {
    const { whole = source.batch.bytes } = source.batch;
    const isLarge = batch.rows.length === 1 && batch.bytes > Math.max(whole, destination.batch.bytes);
    const streamed = way.streams && isLarge;
    const giveBack = [await bytes.take(streamed ? streamCost : batch.bytes, signal)];
    const give = (): void => {
      for (const one of giveBack) one();
    };
    // Asked while the batch is read, so that nothing waits for the answer.
    const marked = streamed ? undefined : mark(route);
    const carried: Carried[] = [];
    let handed = false;
    let trouble: Trouble | undefined;
    try {
      for await (const came of read(batch, route)) {
        if ("rows" in came) {
          trouble = came;
          continue;
        }
        if ("release" in came.item && came.item.release !== undefined) giveBack.push(came.item.release);
        const one = await take(came.row, came.item, route);
        if (one === undefined) continue;
        if (one.item.body instanceof Uint8Array) carried.push(one);
        else await streamOne(one, route, start);
      }
      if (carried.length > 0) {
        await start(() => {
          handed = true;
          return write(carried, route, marked ?? mark(route)).finally(give);
        });
      }
      return trouble;
    } finally {
      if (!handed) give();
    }
  }

  /** A stream is written before the next message is taken, for that ends it. */
  async function streamOne(one: Carried, route: OpenRoute, start: Start): Promise<void> {
    const outcome = await write([one], route, mark(route));
    await start(() => Promise.resolve(outcome));
  }

  /** Carries one batch with nothing beside it, and waits for what became of it. */
  async function carryAlone(batch: Batch, route: OpenRoute): Promise<readonly Trouble[]> {
    const lane = createLane<Trouble | undefined>(1);
    try {
      const unread = await carry(batch, route, (work) => lane.start(work));
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
    note(found, route.destination.id);
    const rows = trouble.rows.filter((row) => missing.has(row.row));
    const [only] = rows;
    if (only === undefined) return;
    if (trouble.fault.spoils === "place") throw trouble.fault;
    const pause = pauseOf(trouble.fault);
    if (pause !== undefined) {
      await wait(pause, trouble.fault);
      for (const next of await carryAlone({ rows, bytes: sizeOf(rows) }, route)) await resolve(next, route, tries);
      return;
    }
    if (rows.length === 1 && tries >= 2) {
      await giveUp(only, recordOf(trouble.fault));
      return;
    }
    for (const half of halve(rows)) {
      const troubles = await carryAlone({ rows: half, bytes: sizeOf(half) }, route);
      for (const next of troubles) await resolve(next, route, half.length === 1 ? tries + 1 : tries);
    }
  }

  /** Waits where a server asked for it; the fault ends the pass once nothing has come of that several times. */
  async function wait(ms: number, fault: Fault): Promise<void> {
    waited += 1;
    if (waited > waits.times) throw fault;
    emit({ type: "waiting", about: address, ms, reason: fault.message });
    await clock.wait(ms, signal);
  }

  /** The rows that are not at the destination, as far as it can be known. */
  async function missingOf(trouble: Trouble): Promise<ReadonlySet<number>> {
    if (trouble.intent === undefined) return new Set(trouble.rows.map((row) => row.row));
    const missing = new Set(await settleIntent(pass.request, pass.hashes, trouble.intent));
    const certain = (trouble.acknowledged ?? []).filter((change) => missing.delete(change.row));
    if (certain.length > 0) await journal.record(certain, { intent: trouble.intent.id, doubtful: missing.size > 0 });
    return missing;
  }

  return {
    carry,
    settle: async (troubles, route) => {
      for (const trouble of inSettlingOrder(troubles)) await resolve(trouble, route, 1);
    },
  };
}

/** What was acknowledged claims its copies first, so that an equal message of unknown outcome does not take them. */
function inSettlingOrder(troubles: readonly (Trouble | undefined)[]): readonly Trouble[] {
  return troubles
    .filter((trouble) => trouble !== undefined)
    .toSorted((a, b) => (b.acknowledged?.length ?? 0) - (a.acknowledged?.length ?? 0));
}
