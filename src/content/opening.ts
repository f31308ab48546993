import type { Look } from "../contract/item-store.ts";
import type { SyncScope } from "../model/plan.ts";
import { type Reading, readSide, trustLook } from "./look.ts";
import type { SyncRequest } from "./request.ts";
import { type OpenRoutes, openRoutes, routesOf } from "./routes.ts";

interface Looks {
  readonly source: Look;
  readonly destination: Look;
}

/** Both sides with their folders open, and what was read of them. */
interface Opened {
  readonly looks: Looks;
  readonly routes: OpenRoutes;
  readonly read: { readonly source: Reading; readonly destination: Reading };
}

/**
 * Folders just made have numbers of their own, which belong to the ids that are about to be given out there: without them, a folder that
 * its user takes away, or makes anew, before the next pass would be taken for the one that was written to.
 */
async function lookAgain(request: SyncRequest, before: Look, { open }: OpenRoutes): Promise<Look> {
  if (!open.some((route) => route.fresh)) return before;
  const { destination, signal } = request;
  const look = await destination.look({ signal });
  await trustLook(request, "destination", look);
  return look;
}

/** What is optional is read where a folder goes to it: elsewhere it shows everything twice, or is somebody else's. */
function readDestination(request: SyncRequest, look: Look, { open }: OpenRoutes): Promise<Reading> {
  const targets = new Set(open.map((route) => route.destination.id));
  const optional = look.places.filter((place) => place.optional === true && !targets.has(place.id));
  const foreign = new Set(optional.map((place) => place.id));
  return readSide(
    request,
    "destination",
    request.destination,
    look,
    ({ places }) => places.length === 0 || places.some((place) => !foreign.has(place)),
    undefined,
  );
}

/**
 * Makes what is missing at the destination and reads what changed there, while what changed at the source is read. Folders that could not
 * be made count as unread at the source.
 */
export async function openAndRead(request: SyncRequest, looks: Looks, scope: SyncScope | undefined): Promise<Opened> {
  const routing = await routesOf(request, looks);
  const source = readSide(request, "source", request.source, looks.source, routing.managed, scope);
  const destination = (async () => {
    const routes = await openRoutes(request, routing);
    const look = await lookAgain(request, looks.destination, routes);
    return { routes, look, reading: await readDestination(request, look, routes) };
  })();
  // Neither is left to go on by itself when the other fails.
  await Promise.allSettled([source, destination]);
  const read = await source;
  const { routes, look, reading } = await destination;
  return {
    looks: { source: looks.source, destination: look },
    routes,
    read: { source: { ...read, unread: new Map([...read.unread, ...routes.refused]) }, destination: reading },
  };
}
