import type { Look } from "../contract/item-store.ts";
import type { PlaceRecord } from "../contract/journal.ts";
import { Fault } from "../model/fault.ts";
import type { Feed, Place, PlaceId } from "../model/item.ts";
import { folderChooser, leftOut, type Route, routeFolders } from "./folders.ts";
import { sideBySide } from "./lane.ts";
import type { SyncRequest } from "./request.ts";

/** A route whose destination is there. */
export interface OpenRoute extends Route {
  readonly destination: Place;
  /** True until a pass over what was there when the state began has read it: nothing tells new from deleted. */
  readonly unproven: boolean;
  /** True where the destination was made in this pass. */
  readonly fresh: boolean;
}

/** Where the source's folders go to. */
export interface Routing {
  readonly routes: readonly Route[];
  /** Which feeds of the source are read; feeds that are gone come without places. */
  readonly managed: (feed: Pick<Feed, "id" | "places">) => boolean;
  /** What is remembered of the places of earlier passes. */
  readonly recorded: ReadonlyMap<PlaceId, PlaceRecord>;
}

export interface OpenRoutes extends Omit<Routing, "routes"> {
  readonly open: readonly OpenRoute[];
  /** Source places whose destination could not be made, with why. */
  readonly refused: ReadonlyMap<PlaceId, Fault>;
}

/** A fault that spoils one place alone is noted there; what spoils more is thrown. */
export async function ofPlace(place: PlaceId, faults: Map<PlaceId, Fault>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof Fault) || (thrown.spoils !== "place" && thrown.spoils !== "item")) throw thrown;
    faults.set(place, thrown);
  }
}

/** Folders made, or subscribed, at once where a store takes that: their commands are short, and most of each is the way. */
export const sideways = 20;

/** Routes the source's folders, and makes nothing yet. */
export async function routesOf(
  request: SyncRequest,
  looks: { readonly source: Look; readonly destination: Look },
): Promise<Routing> {
  const { folders } = request;
  const recorded = new Map((await request.journal.places()).map((record) => [record.source, record]));
  const chosen = new Map(
    [...recorded].flatMap(([id, { destination }]) => (destination === undefined ? [] : [[id, destination] as const])),
  );
  const routes = routeFolders(looks.source.places, looks.destination.places, folders, looks.destination.naming, chosen);
  return { routes, managed: managedSource(routes, request, looks.source, recorded), recorded };
}

/** Creates what is missing at the destination, parents first; empty folders arrive too. */
export async function openRoutes(
  { destination: store, signal }: SyncRequest,
  { routes, managed, recorded }: Routing,
): Promise<OpenRoutes> {
  const open: OpenRoute[] = [];
  const refused = new Map<PlaceId, Fault>();
  const made = new Map<string, Promise<Place>>();
  const placeFor = ({ path, role, destination }: Route): Promise<Place> => {
    const key = JSON.stringify(path);
    const place =
      made.get(key) ??
      (destination === undefined
        ? store.place.create({ path, ...(role === undefined ? {} : { role }) }, { signal })
        : Promise.resolve(destination));
    if (destination === undefined) made.set(key, place);
    return place;
  };
  const unproven = ({ source }: Route): boolean => recorded.size === 0 || recorded.get(source.id)?.unproven === true;
  const width = store.batch.places === undefined ? 1 : sideways;
  for (const [, level] of [...Map.groupBy(routes, ({ path }) => path.length)].toSorted(([a], [b]) => a - b)) {
    const places = new Map<Route, Place>();
    await sideBySide(level, width, (route) =>
      ofPlace(route.source.id, refused, async () => void places.set(route, await placeFor(route))),
    );
    for (const [route, destination] of places)
      open.push({ ...route, destination, unproven: unproven(route), fresh: route.destination === undefined });
  }
  return { open, refused, managed, recorded };
}

/**
 * Feeds of routed places are read, and under `mirror` the others too: what moves into a folder that is not taken is hidden, not gone.
 * Feeds that are gone count, unless the rules do not take what they were: a filter never makes a thing gone. What is left out is not read
 * in any mode.
 */
function managedSource(
  routes: readonly Route[],
  { folders, mode }: SyncRequest,
  source: Look,
  recorded: ReadonlyMap<PlaceId, PlaceRecord>,
): Routing["managed"] {
  const places = new Set(routes.map((route) => route.source.id));
  const takes = folderChooser(folders);
  const there = new Set(source.places.map((place) => place.id));
  const gone = [...recorded.values()].filter((record) => record.optional === true && !there.has(record.source));
  const out = leftOut([...source.places, ...gone.map((record) => ({ ...record, id: record.source }))], folders);
  return (feed) => {
    if (feed.places.length > 0) {
      const hides = mode === "mirror" && !feed.places.every((place) => out.has(place));
      return hides || feed.places.some((place) => places.has(place));
    }
    const path = recorded.get(feed.id)?.path;
    return path === undefined || (!out.has(feed.id) && takes(path));
  };
}

/** Source subscriptions follow three-way; without a record they are only added. Returns how many changed. */
export async function followSubscription(
  { destination: store, signal }: SyncRequest,
  route: OpenRoute,
  record: PlaceRecord | undefined,
): Promise<number> {
  const wanted = route.source.subscribed;
  if (store.place.subscribe === undefined || wanted === undefined || wanted === route.destination.subscribed) return 0;
  const follows = record?.subscribed === undefined ? wanted : wanted !== record.subscribed;
  if (!follows) return 0;
  await store.place.subscribe(route.destination.id, wanted, { signal });
  return 1;
}

function recordOf(route: OpenRoute, before: PlaceRecord | undefined, unproven: boolean): PlaceRecord {
  const { source, destination } = route;
  const made = before?.destination === destination.id ? before.made : route.fresh;
  return {
    source: source.id,
    path: source.path,
    destination: destination.id,
    made,
    marks: destination.marks,
    ...(source.objectId === undefined ? {} : { objectId: source.objectId }),
    ...(source.optional === undefined ? {} : { optional: source.optional }),
    ...(source.subscribed === undefined ? {} : { subscribed: source.subscribed }),
    ...(unproven ? { unproven } : {}),
  };
}

/** Remembers where everything goes, at once; what this pass could not prove, and what it was told not to look at, stays unproven. */
export async function keepRoutes(
  request: SyncRequest,
  source: Look,
  routes: OpenRoutes,
  ready: ReadonlyMap<PlaceId, OpenRoute>,
): Promise<void> {
  const { open, recorded } = routes;
  const records = open.map((route) =>
    recordOf(route, recorded.get(route.source.id), !ready.has(route.source.id) && route.unproven),
  );
  const known = new Set(records.map((record) => record.source));
  const first = recorded.size === 0;
  const hidden = source.places.filter((place) => first && place.selectable && !known.has(place.id));
  for (const { id, path } of hidden) records.push({ source: id, path, made: false, unproven: true });
  const changed = records.filter((record) => JSON.stringify(record) !== JSON.stringify(recorded.get(record.source)));
  if (changed.length > 0) await request.journal.setPlaces(changed);
}

/** True where a destination can keep marks by now that it could not before: pairs that were settled are to be compared again. */
export function keepsMore({ open, recorded }: OpenRoutes): boolean {
  return open.some(({ source, destination }) => {
    const before = recorded.get(source.id)?.marks;
    if (before === undefined || before === "any") return false;
    return destination.marks === "any" || destination.marks.some((mark) => !before.includes(mark));
  });
}
