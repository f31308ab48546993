import { Fault, interrupted } from "../model/fault.ts";
import { cutBatches } from "./batch.ts";
import type { ByteBudget } from "./bytes.ts";
import { createCarrier, type Trouble } from "./carrier.ts";
import { copyable, type TransferCounts } from "./copyable.ts";
import { createLane } from "./lane.ts";
import type { Pass } from "./pass.ts";
import type { OpenRoute } from "./routes.ts";

/** Carries one pass's messages: folder by folder, INBOX first, then by newest mail. A folder that refuses spoils itself alone. */
export async function transfer(pass: Pass, bytes: ByteBudget, counts: TransferCounts): Promise<void> {
  for (const route of inOrder(pass)) {
    try {
      await copyPlace(pass, route, bytes, counts);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
      const message = `${route.source.path.join("/")}: ${thrown.message}`;
      const finding = { code: thrown.code, severity: "error", about: pass.request.address, message } as const;
      pass.request.emit({ type: "finding", finding });
    }
  }
}

/** Several batches are on their way at once; nothing is settled while one still is. */
async function copyPlace(pass: Pass, route: OpenRoute, bytes: ByteBudget, counts: TransferCounts): Promise<void> {
  const { destination, signal } = pass.request;
  const carrier = createCarrier(pass, bytes, counts);
  const lane = createLane<Trouble | undefined>(destination.batch.inFlight);
  try {
    for await (const batch of cutBatches(copyable(pass, route, counts), destination.batch)) {
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
