import type { Known } from "../contract/journal.ts";
import { Fault, interrupted } from "../model/fault.ts";
import { cutBatches } from "./batch.ts";
import type { ByteBudget } from "./bytes.ts";
import { createCarrier, type Trouble } from "./carrier.ts";
import { firstCopies, secondCopies, type TransferCounts } from "./copyable.ts";
import { createLane, sideBySide } from "./lane.ts";
import type { Pass } from "./pass.ts";
import { widthOf } from "./request.ts";
import type { OpenRoute } from "./routes.ts";

/**
 * Carries one pass's messages: folder by folder, or some at once where the stores allow, INBOX first, then by newest mail; never two into
 * one folder. A folder that refuses spoils itself alone. What was refused before comes last, after every folder, so that it keeps nothing
 * else from arriving.
 */
export async function transfer(pass: Pass, bytes: ByteBudget, counts: TransferCounts): Promise<void> {
  const asides = new Map<OpenRoute, number[]>();
  const { source, destination } = pass.request;
  const width = Math.min(widthOf(pass.request, source), widthOf(pass.request, destination));
  const merges = Map.groupBy(inOrder(pass), (route) => route.destination.id);
  await sideBySide(merges.values(), width, async (routes) => {
    for (const route of routes) {
      const aside: number[] = [];
      const carried = await ofPlace(pass, route, () =>
        copyPlace(pass, route, { rows: firstCopies(pass, route, counts, aside), bytes, counts }),
      );
      if (carried && aside.length > 0) asides.set(route, aside);
    }
  });
  for (const [route, aside] of asides)
    await ofPlace(pass, route, () => copyPlace(pass, route, { rows: secondCopies(pass, aside), bytes, counts }));
}

/** False where the folder refused; the others go on. */
async function ofPlace(pass: Pass, route: OpenRoute, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
    const message = `${route.source.path.join("/")}: ${thrown.message}`;
    const finding = { code: thrown.code, severity: "error", about: pass.request.address, message } as const;
    pass.request.emit({ type: "finding", finding });
    return false;
  }
}

/** What is carried, within what it may take, and counted where. */
interface Load {
  readonly rows: AsyncIterable<Known>;
  readonly bytes: ByteBudget;
  readonly counts: TransferCounts;
}

/** Several batches are on their way at once; nothing is settled while one still is. */
async function copyPlace(pass: Pass, route: OpenRoute, { rows, bytes, counts }: Load): Promise<void> {
  const { destination, signal } = pass.request;
  const carrier = createCarrier(pass, bytes, counts);
  const lane = createLane<Trouble | undefined>(destination.batch.inFlight);
  try {
    for await (const batch of cutBatches(rows, destination.batch)) {
      if (signal.aborted) throw interrupted();
      const unread = await carrier.carry(batch, route, (work) => lane.start(work));
      if (unread !== undefined || lane.done.some((trouble) => trouble !== undefined)) {
        await carrier.settle([unread, ...(await lane.drain())], route);
      }
    }
    await carrier.settle(await lane.drain(), route);
  } finally {
    await lane.idle();
  }
}

function inOrder(pass: Pass): readonly OpenRoute[] {
  const newest = (route: OpenRoute): number =>
    route.source.role === "inbox" ? Number.POSITIVE_INFINITY : (pass.source.newest.get(route.source.id) ?? 0);
  return [...pass.routes.values()].toSorted((a, b) => newest(b) - newest(a) || (a.source.id < b.source.id ? -1 : 1));
}
