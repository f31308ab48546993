import type { Known } from "../contract/journal.ts";
import { Fault, interrupted } from "../model/fault.ts";
import { cutBatches } from "./batch.ts";
import type { ByteBudget } from "./bytes.ts";
import { createCarrier, type Trouble } from "./carrier.ts";
import { addLeft, createCounts, firstCopies, secondCopies, type TransferCounts } from "./copyable.ts";
import { createLane, sideBySide } from "./lane.ts";
import { createMoveGuard, type MoveGuard } from "./moved.ts";
import type { Pass } from "./pass.ts";
import { widthOf } from "./request.ts";
import type { OpenRoute } from "./routes.ts";
import { takeStockOf } from "./stock.ts";

/** How often folders that are shut for now are tried again once all others are done. */
const tries = 3;

interface Shut {
  readonly route: OpenRoute;
  readonly fault: Fault;
}

/**
 * Carries one pass's messages: folder by folder, or some at once where the stores allow, INBOX first, then by newest mail; never two into
 * one folder. A folder that refuses spoils itself alone, and one that is shut for now is tried again after the others. What was refused
 * before comes last, after every folder, so that it keeps nothing else from arriving.
 */
export async function transfer(pass: Pass, bytes: ByteBudget, counts: TransferCounts): Promise<void> {
  const asides = new Map<OpenRoute, number[]>();
  const guard = createMoveGuard(pass);
  const first: First = { bytes, counts, asides, guard };
  let shut = await carryFirst(pass, inOrder(pass), first);
  for (let left = tries; left > 0 && shut.length > 0; left -= 1) {
    await waitFor(pass, shut);
    shut = await carryFirst(pass, inOrder(pass).filter(isOf(shut)), first);
  }
  for (const { route, fault } of shut) tellRefused(pass, route, fault);
  for (const [route, aside] of asides) {
    const again = { rows: secondCopies(pass, aside), bytes, counts, guard };
    const fault = await placeFault(async () => void (await copyPlace(pass, route, again)));
    if (fault !== undefined) tellRefused(pass, route, fault);
  }
}

const isOf =
  (shut: readonly Shut[]) =>
  (route: OpenRoute): boolean =>
    shut.some((one) => one.route === route);

const waitOf = ({ retry }: Fault): number | undefined => (typeof retry === "object" ? retry.afterMs : undefined);

async function waitFor({ request }: Pass, shut: readonly Shut[]): Promise<void> {
  const [{ route, fault }] = shut as readonly [Shut];
  const ms = Math.max(...shut.map((one) => waitOf(one.fault) ?? 0));
  const reason = `${route.source.path.join("/")}: ${fault.message}`;
  request.emit({ type: "waiting", about: request.address, ms, reason });
  await request.clock.wait(ms, request.signal);
}

interface First {
  readonly bytes: ByteBudget;
  readonly counts: TransferCounts;
  /** Rows that were refused before, of folders that are done. */
  readonly asides: Map<OpenRoute, number[]>;
  readonly guard: MoveGuard;
}

/** Carries what was never refused. Returns the folders that are shut for now. */
async function carryFirst(
  pass: Pass,
  routes: readonly OpenRoute[],
  { bytes, counts, asides, guard }: First,
): Promise<readonly Shut[]> {
  const shut: Shut[] = [];
  const { source, destination } = pass.request;
  const width = Math.min(widthOf(source), widthOf(destination));
  const merges = Map.groupBy(routes, (route) => route.destination.id);
  await sideBySide(merges, width, async ([place, merged], next) => {
    let carried = false;
    for (const route of merged) {
      const readOut = destination.batch.ahead === true && route === merged.at(-1) ? next : undefined;
      const aside: number[] = [];
      // Of a folder that comes again nothing is counted twice.
      const left = createCounts();
      const fault = await placeFault(async () => {
        const rows = firstCopies(pass, route, left, aside);
        if (await copyPlace(pass, route, { rows, bytes, counts, guard }, readOut)) carried = true;
      });
      if (fault !== undefined && waitOf(fault) !== undefined) {
        shut.push({ route, fault });
        continue;
      }
      addLeft(counts, left);
      if (fault !== undefined) tellRefused(pass, route, fault);
      else if (aside.length > 0) asides.set(route, aside);
    }
    if (carried) await takeStockOf(pass, place);
  });
  return shut;
}

/** The fault where a folder refuses; the others go on. */
async function placeFault(work: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
    return thrown;
  }
}

function tellRefused({ request }: Pass, route: OpenRoute, { code, message }: Fault): void {
  const finding = {
    code,
    severity: "error",
    about: request.address,
    message: `${route.source.path.join("/")}: ${message}`,
  } as const;
  request.emit({ type: "finding", finding });
}

/** What is carried, within what it may take, and counted where. */
interface Load {
  readonly rows: AsyncIterable<Known>;
  readonly bytes: ByteBudget;
  readonly counts: TransferCounts;
  readonly guard: MoveGuard;
}

/** Several batches are on their way at once; nothing is settled while one still is. True where there was something to carry. */
async function copyPlace(
  pass: Pass,
  route: OpenRoute,
  { rows, bytes, counts, guard }: Load,
  readOut?: () => void,
): Promise<boolean> {
  const { destination, signal } = pass.request;
  const carrier = createCarrier(pass, bytes, counts, guard);
  const lane = createLane<Trouble | undefined>(destination.batch.inFlight);
  let any = false;
  try {
    for await (const batch of cutBatches(rows, destination.batch)) {
      any = true;
      if (signal.aborted) throw interrupted();
      const unread = await carrier.carry(batch, route, (work) => lane.start(work));
      if (unread !== undefined || lane.done.some((trouble) => trouble !== undefined)) {
        await carrier.settle([unread, ...(await lane.drain())], route);
      }
    }
    readOut?.();
    await carrier.settle(await lane.drain(), route);
    return any;
  } finally {
    await lane.idle();
  }
}

function inOrder(pass: Pass): readonly OpenRoute[] {
  const newest = (route: OpenRoute): number =>
    route.source.role === "inbox" ? Number.POSITIVE_INFINITY : (pass.source.newest.get(route.source.id) ?? 0);
  return [...pass.routes.values()].toSorted((a, b) => newest(b) - newest(a) || (a.source.id < b.source.id ? -1 : 1));
}
