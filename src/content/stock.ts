import type { PlaceId } from "../model/item.ts";
import { Fault } from "../model/fault.ts";
import { readAgain, readSide } from "./look.ts";
import type { Pass } from "./pass.ts";
import type { SyncRequest } from "./request.ts";

/** What cannot be read now is read by the next pass. */
async function leniently(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
  }
}

/**
 * Reads what the pass itself changed at the destination, so that the next one finds nothing new there: only where the system can tell
 * that nothing changed since, for else the next pass reads it all again.
 */
export async function takeStock(request: SyncRequest): Promise<void> {
  const { destination, journal, signal } = request;
  if (signal.aborted) return;
  await leniently(async () => {
    const look = await destination.look({ signal });
    const known = new Set((await journal.feeds("destination")).map(({ id }) => id));
    const feeds = look.feeds.filter(({ id, version }) => version !== undefined && known.has(id));
    const there = { ...look, feeds, places: [] };
    await readSide(request, "destination", destination, there, ({ places }) => places.length > 0, undefined);
  });
}

/** The same for one place that is done, while others are under way: `takeStock` then finds it as it was left. */
export async function takeStockOf(pass: Pass, place: PlaceId): Promise<void> {
  const { request, looks } = pass;
  const { destination, signal } = request;
  const feed = looks.destination.feeds.find(({ places }) => places.includes(place));
  const isRead = feed !== undefined && !pass.destination.unread.has(place);
  if (destination.tellsVersion !== true || !isRead || feed.version === undefined || signal.aborted) return;
  await leniently(() => readAgain(request, "destination", destination, feed));
}
