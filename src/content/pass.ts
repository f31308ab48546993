import type { ItemStore, Look } from "../contract/item-store.ts";
import type { PlaceRecord, Sighting } from "../contract/journal.ts";
import { Fault } from "../model/fault.ts";
import type { Feed, Place, PlaceId } from "../model/item.ts";
import type { SyncScope } from "../model/plan.ts";
import { folderMatcher, type Route, routeFolders } from "./folders.ts";
import { type BodyHashes, createBodyHashes, identifyFresh } from "./identity.ts";
import { type Reading, readSide, trustLook } from "./look.ts";
import { adoptFresh, type Matching, rebindAbsent } from "./match.ts";
import { followRenames } from "./rename.ts";
import type { SyncRequest } from "./request.ts";
import { createRules, type Verdict } from "./rules.ts";
import { settleIntents, sweepDoubts } from "./settle.ts";
import { anyRow, pagesOf } from "./rows.ts";

/** A route whose destination is there. */
export interface OpenRoute extends Route {
  readonly destination: Place;
  /** True until a pass over what was there when the state began has read it: nothing tells new from deleted. */
  readonly unproven: boolean;
}

/** A pass after both sides were looked at, read and matched: what is left is to decide and to carry. */
export interface Pass {
  readonly request: SyncRequest;
  readonly looks: { readonly source: Look; readonly destination: Look };
  /** By the source's place; only managed ones whose reading is complete on both sides. */
  readonly routes: ReadonlyMap<PlaceId, OpenRoute>;
  /** The destination of a source place, also of one that is gone. */
  readonly destinationOf: (source: PlaceId) => PlaceId | undefined;
  /** Places of the destination, by id. */
  readonly destinations: ReadonlyMap<PlaceId, Place>;
  readonly source: Reading;
  readonly destination: Reading;
  readonly hashes: BodyHashes;
  /** Intents that were doubtful when the pass began: it looks for late copies once more, and closes them. */
  readonly doubts: ReadonlySet<number>;
  readonly adopted: number;
  /** Folders that were made, renamed or subscribed. */
  readonly places: number;
  readonly verdict: (message: Sighting, messageId: string | undefined, route: OpenRoute) => Verdict;
}

function checkEpochs(feeds: readonly Feed[], scope: SyncScope | undefined, about: string): void {
  for (const feed of feeds) {
    const planned = scope?.watermarks[feed.id];
    if (planned === undefined || planned.epoch === feed.epoch) continue;
    throw new Fault({
      code: "plan.staleMailbox",
      message: `The folder ${feed.id} was renumbered since the plan was made`,
      spoils: "mailbox",
      retry: "later",
      about,
      remedy: "plan again",
    });
  }
}

/** Creates what is missing at the destination, parents first; empty folders arrive too. */
async function openRoutes(
  routes: readonly Route[],
  store: ItemStore,
  recorded: ReadonlyMap<PlaceId, PlaceRecord>,
  signal: AbortSignal,
): Promise<{ open: OpenRoute[]; made: Set<PlaceId> }> {
  const made = new Map<string, Place>();
  const open: OpenRoute[] = [];
  for (const route of routes.toSorted((a, b) => a.path.length - b.path.length)) {
    const key = JSON.stringify(route.path);
    const there = route.destination ?? made.get(key);
    const destination =
      there ??
      (await store.place.create(
        { path: route.path, ...(route.role === undefined ? {} : { role: route.role }) },
        { signal },
      ));
    if (there === undefined) made.set(key, destination);
    open.push({
      ...route,
      destination,
      unproven: recorded.size === 0 || recorded.get(route.source.id)?.unproven === true,
    });
  }
  return { open, made: new Set([...made.values()].map((place) => place.id)) };
}

/** Source subscriptions follow three-way; without a record they are only added. Returns how many changed. */
async function subscribe(
  route: OpenRoute,
  store: ItemStore,
  record: PlaceRecord | undefined,
  signal: AbortSignal,
): Promise<number> {
  const wanted = route.source.subscribed;
  if (store.place.subscribe === undefined || wanted === undefined || wanted === route.destination.subscribed) return 0;
  const follows = record?.subscribed === undefined ? wanted : wanted !== record.subscribed;
  if (!follows) return 0;
  await store.place.subscribe(route.destination.id, wanted, { signal });
  return 1;
}

function recordOf(route: OpenRoute, made: boolean, unproven: boolean): PlaceRecord {
  const { source, destination } = route;
  return {
    source: source.id,
    path: source.path,
    destination: destination.id,
    made,
    ...(source.objectId === undefined ? {} : { objectId: source.objectId }),
    ...(source.subscribed === undefined ? {} : { subscribed: source.subscribed }),
    ...(unproven ? { unproven } : {}),
  };
}

/**
 * Marks as unknown what a first pass over a folder finds missing at a destination from which something was ever removed: it was deleted
 * by its user, or never copied. `recopy` takes the mark away again.
 */
async function markUnknown(pass: Pick<Pass, "request" | "source">, route: OpenRoute, existed: boolean): Promise<void> {
  const { journal, recopy } = pass.request;
  const doubt = route.unproven && existed && !route.destination.neverRemoved;
  if (!recopy && !doubt) return;
  for await (const page of pagesOf(journal, { rows: "fresh", side: "source", place: route.source.id })) {
    const rows = page.filter((row) => (recopy ? row.pending?.code === unknownItem.code : row.pending === undefined));
    if (rows.length > 0)
      await journal.record(
        rows.map((row) => ({ act: "pending", row: row.row, fault: recopy ? undefined : unknownItem })),
      );
  }
}

export const unknownItem = {
  code: "item.unknown",
  message: "Deleted by its user at the destination, or never copied",
  spoils: "item",
  remedy: "apply with --recopy to copy it",
} as const;

/**
 * Looks at both sides, takes in what changed, settles what an earlier pass left open and matches what can be matched. Writes folders at
 * the destination, and nothing else; a plan passes a destination that only pretends to.
 */
export async function preparePass(request: SyncRequest, scope: SyncScope | undefined): Promise<Pass> {
  const { source, destination, journal, signal, address } = request;
  const [sourceLook, firstLook] = await Promise.all([source.look({ signal }), destination.look({ signal })]);
  trustLook("source", sourceLook, await journal.feeds("source"), address);
  trustLook("destination", firstLook, await journal.feeds("destination"), address);
  checkEpochs(sourceLook.feeds, scope, address);
  const hashes = createBodyHashes({ source, destination }, signal);
  const doubts = await settleIntents(request, hashes);
  const renamed = await followRenames(request, sourceLook, firstLook);
  const destinationLook = renamed.look;
  const recorded = new Map((await journal.places()).map((record) => [record.source, record]));
  const chosen = new Map([...recorded].map(([id, record]) => [id, record.destination]));
  const routes = routeFolders(
    sourceLook.places,
    destinationLook.places,
    request.folders,
    destinationLook.naming,
    chosen,
  );
  const { open, made } = await openRoutes(routes, destination, recorded, signal);
  const managed = managedSource(open, request, recorded);
  const read = {
    source: await readSide(request, "source", source, sourceLook, managed, scope),
    destination: await readSide(request, "destination", destination, destinationLook, () => true, undefined),
  };
  const ready = new Map(
    open
      .filter((route) => !read.source.unread.has(route.source.id) && !read.destination.unread.has(route.destination.id))
      .map((route) => [route.source.id, route]),
  );
  const destinationOf = (place: PlaceId): PlaceId | undefined =>
    ready.get(place)?.destination.id ?? recorded.get(place)?.destination;
  await sweepDoubts(request, hashes, new Set());
  const adopted = await match(
    {
      journal,
      hashes,
      route: (place) => ready.get(place)?.destination.id,
      unproven: (place) => ready.get(place)?.unproven ?? false,
    },
    request,
    read,
  );
  let subscribed = 0;
  for (const route of ready.values()) {
    const record = recorded.get(route.source.id);
    await markUnknown({ request, source: read.source }, route, !made.has(route.destination.id));
    subscribed += await subscribe(route, destination, record, signal);
  }
  const records = open.map((route) =>
    recordOf(
      route,
      recorded.get(route.source.id)?.destination === route.destination.id
        ? recorded.get(route.source.id)?.made === true
        : made.has(route.destination.id),
      !ready.has(route.source.id) && route.unproven,
    ),
  );
  const changed = records.filter((record) => JSON.stringify(record) !== JSON.stringify(recorded.get(record.source)));
  if (changed.length > 0) await journal.setPlaces(changed);
  const judge = createRules(request.messages);
  return {
    request,
    looks: { source: sourceLook, destination: destinationLook },
    routes: ready,
    destinationOf,
    destinations: new Map(
      [...destinationLook.places, ...open.map((route) => route.destination)].map((place) => [place.id, place]),
    ),
    ...read,
    hashes,
    doubts,
    adopted,
    places: made.size + renamed.count + subscribed,
    verdict: (message, messageId, route) => judge(message, messageId, keepsDeleted(route.destination)),
  };
}

function keepsDeleted(place: Place): boolean {
  return place.marks === "any" || place.marks.some((mark) => mark.toLowerCase() === "\\deleted");
}

/** Feeds of managed places count; so do feeds that are gone, unless the rules exclude what they were: a filter never makes a thing gone. */
function managedSource(
  open: readonly OpenRoute[],
  request: SyncRequest,
  recorded: ReadonlyMap<PlaceId, PlaceRecord>,
): (feed: Pick<Feed, "id" | "places">) => boolean {
  const places = new Set(open.map((route) => route.source.id));
  const excluded = (request.folders.exclude ?? []).map(folderMatcher);
  return (feed) => {
    if (feed.places.some((place) => places.has(place))) return true;
    const path = recorded.get(feed.id)?.path;
    return feed.places.length === 0 && (path === undefined || !excluded.some((matches) => matches(path) !== undefined));
  };
}

async function match(
  matching: Matching,
  request: SyncRequest,
  read: Pick<Pass, "source" | "destination">,
): Promise<number> {
  const { journal, source, destination, signal } = request;
  const fresh = {
    source: await anyRow(journal, { rows: "fresh", side: "source" }),
    destination: await anyRow(journal, { rows: "fresh", side: "destination" }),
  };
  const both = fresh.source && fresh.destination;
  if (fresh.source && (both || (await anyRow(journal, { rows: "absent", side: "source" })))) {
    await identifyFresh(journal, "source", source, (place) => matching.route(place) !== undefined, signal);
  }
  if (fresh.destination && (both || (await anyRow(journal, { rows: "absent", side: "destination" })))) {
    await identifyFresh(journal, "destination", destination, (place) => !read.destination.unread.has(place), signal);
  }
  await rebindAbsent(matching, "source");
  await rebindAbsent(matching, "destination");
  return adoptFresh(matching);
}
