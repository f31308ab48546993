import type { Look } from "../contract/item-store.ts";
import type { Side, Sighting } from "../contract/journal.ts";
import { Fault } from "../model/fault.ts";
import type { Place, PlaceId } from "../model/item.ts";
import type { SyncScope } from "../model/plan.ts";
import { agreeOnForm } from "./form.ts";
import { type BodyHashes, createBodyHashes, identifyFresh } from "./identity.ts";
import { type Reading, trustLook } from "./look.ts";
import { adoptFresh, buryUnfound, forgetUnfound, type Matching, rebindAbsent } from "./match.ts";
import { openAndRead } from "./opening.ts";
import { followRenames } from "./rename.ts";
import type { SyncRequest } from "./request.ts";
import {
  followSubscription,
  keepRoutes,
  keepsMore,
  ofPlace,
  type OpenRoute,
  type OpenRoutes,
  sideways,
} from "./routes.ts";
import { sideBySide } from "./lane.ts";
import { anyRow, pagesOf } from "./rows.ts";
import { createRules, type Verdict } from "./rules.ts";
import { adoptStrays, sweepDoubts } from "./doubts.ts";
import { settleIntents } from "./settle.ts";
import { unknownItem } from "./waiting.ts";

/** A pass after both sides were looked at, read and matched: what is left is to decide and to carry. */
export interface Pass {
  readonly request: SyncRequest;
  readonly scope: SyncScope | undefined;
  readonly looks: { readonly source: Look; readonly destination: Look };
  /** By the source's place; only managed ones whose reading is complete on both sides. */
  readonly routes: ReadonlyMap<PlaceId, OpenRoute>;
  /** Every source place that the rules let through, read or not. */
  readonly managed: ReadonlySet<PlaceId>;
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
  /** True where settled pairs are to be compared again, for a destination keeps more marks than before. */
  readonly reconsider: boolean;
  readonly verdict: (message: Sighting, messageId: string | undefined, route: OpenRoute) => Verdict;
}

type Looks = Pass["looks"];

/** A folder that was renumbered since the plan leaves the mailbox out of it. */
function checkEpochs({ feeds }: Look, scope: SyncScope | undefined, about: string): void {
  const moved = feeds.find((feed) => (scope?.watermarks[feed.id]?.epoch ?? feed.epoch) !== feed.epoch);
  if (moved === undefined) return;
  throw new Fault({
    code: "plan.staleMailbox",
    message: `The folder ${moved.id} was renumbered since the plan was made`,
    spoils: "mailbox",
    retry: "later",
    about,
    remedy: "plan again",
  });
}

async function lookAtBoth(request: SyncRequest, scope: SyncScope | undefined): Promise<Looks> {
  const { source: from, destination: to, signal, address } = request;
  const [source, destination] = await Promise.all([from.look({ signal }), to.look({ signal })]);
  await trustLook(request, "source", source);
  await trustLook(request, "destination", destination);
  checkEpochs(source, scope, address);
  return { source, destination };
}

type Read = Pick<Pass, "source" | "destination">;

/** Fingerprints are read only where something is there to be matched with, or must be known again. Folders that fail count as unread. */
async function identifyBoth(request: SyncRequest, routes: OpenRoutes, read: Read): Promise<Read> {
  const { journal, signal } = request;
  const fresh = {
    source: await anyRow(journal, { rows: "fresh", side: "source" }),
    destination: await anyRow(journal, { rows: "fresh", side: "destination" }),
  };
  const due = {
    source: (fresh.source && fresh.destination) || routes.open.some(isDoubtful),
    destination: fresh.source && fresh.destination,
  };
  const identify = async (side: Side): Promise<Reading> => {
    const unread = read[side].unread;
    if (!fresh[side] || !(due[side] || (await anyRow(journal, { rows: "absent", side })))) return read[side];
    const failed = await identifyFresh(journal, side, request[side], (place) => !unread.has(place), signal);
    return { ...read[side], unread: new Map([...unread, ...failed]) };
  };
  return { source: await identify("source"), destination: await identify("destination") };
}

/** `whole` says that every folder of the source was read: what is not found then is nowhere. */
async function match(matching: Matching, read: Read, whole: boolean): Promise<number> {
  await rebindAbsent(matching, "source");
  await rebindAbsent(matching, "destination");
  const adopted = await adoptFresh(matching);
  await buryUnfound(matching, (place) => !read.destination.unread.has(place));
  if (whole) await forgetUnfound(matching);
  return adopted;
}

/** What such a folder's destination lacks was deleted by its user, or never copied. */
const isDoubtful = (route: OpenRoute): boolean => route.unproven && !route.fresh && !route.destination.neverRemoved;

/** Where a system forgets, an earlier copy is known by what is left of it: by a message that is there already. */
const isBlank = (routes: OpenRoutes, route: OpenRoute, adopted: number): boolean =>
  route.destination.forgets === true && routes.recorded.size === 0 && adopted === 0;

/**
 * Marks as unknown what a first pass over a folder finds missing at a destination from which something was ever removed: it was deleted
 * by its user, or never copied. `recopy` takes the mark away again.
 */
async function markUnknown({ journal, recopy }: SyncRequest, route: OpenRoute, blank: boolean): Promise<void> {
  if (!recopy && (blank || !isDoubtful(route))) return;
  for await (const page of pagesOf(journal, { rows: "fresh", side: "source", place: route.source.id })) {
    const rows = page.filter((row) => (recopy ? row.pending?.code === unknownItem.code : row.pending === undefined));
    const fault = recopy ? undefined : unknownItem;
    if (rows.length > 0) await journal.record(rows.map((row) => ({ act: "pending", row: row.row, fault })));
  }
}

/** Routes whose folder could be read on both sides. */
function readyRoutes(
  { open }: OpenRoutes,
  read: Pick<Pass, "source" | "destination">,
): ReadonlyMap<PlaceId, OpenRoute> {
  const ready = open.filter(
    (route) => !read.source.unread.has(route.source.id) && !read.destination.unread.has(route.destination.id),
  );
  return new Map(ready.map((route) => [route.source.id, route]));
}

/** What is concluded from a folder's reading, folder by folder. Returns how many subscriptions changed. */
async function conclude(
  request: SyncRequest,
  routes: OpenRoutes,
  ready: ReadonlyMap<PlaceId, OpenRoute>,
  adopted: number,
): Promise<number> {
  const faults = new Map<PlaceId, Fault>();
  let subscribed = 0;
  for (const route of ready.values()) await markUnknown(request, route, isBlank(routes, route, adopted));
  const width = request.destination.batch.places === undefined ? 1 : sideways;
  await sideBySide(ready.values(), width, (route) =>
    ofPlace(route.source.id, faults, async () => {
      const count = await followSubscription(request, route, routes.recorded.get(route.source.id));
      subscribed += count;
    }),
  );
  for (const [place, fault] of faults) {
    const finding = {
      code: fault.code,
      severity: "warning",
      about: request.address,
      message: `${place}: ${fault.message}`,
    } as const;
    request.emit({ type: "finding", finding });
  }
  return subscribed;
}

/**
 * Looks at both sides, takes in what changed, settles what an earlier pass left open and matches what can be matched. Writes folders at
 * the destination, and nothing else; a plan passes a destination that only pretends to.
 */
export async function preparePass(request: SyncRequest, scope: SyncScope | undefined): Promise<Pass> {
  const { source, destination, journal, signal } = request;
  agreeOnForm(request);
  const first = await lookAtBoth(request, scope);
  const hashes = createBodyHashes({ source, destination }, signal);
  const doubts = await settleIntents(request, hashes);
  const renamed = await followRenames(request, first.source, first.destination);
  const found = await openAndRead(request, { source: first.source, destination: renamed.look }, scope);
  const { looks, routes } = found;
  const read = await identifyBoth(request, routes, found.read);
  const ready = readyRoutes(routes, read);
  const destinationOf = (place: PlaceId): PlaceId | undefined =>
    ready.get(place)?.destination.id ?? routes.recorded.get(place)?.destination;
  await sweepDoubts(request, hashes, new Set());
  const route = (place: PlaceId): PlaceId | undefined => ready.get(place)?.destination.id;
  const matching: Matching = { journal, hashes, route, unproven: (place) => ready.get(place)?.unproven ?? false };
  const whole = read.source.unread.size === 0 && looks.source.feeds.every(routes.managed);
  const adopted = await match(matching, read, whole);
  await adoptStrays(request, hashes);
  const subscribed = await conclude(request, routes, ready, adopted);
  await keepRoutes(request, looks.source, routes, ready);
  const judge = createRules(request.messages);
  const places = [...looks.destination.places, ...routes.open.map((one) => one.destination)];
  return {
    request,
    scope,
    looks,
    routes: ready,
    managed: new Set([...routes.open.map((one) => one.source.id), ...routes.refused.keys()]),
    destinationOf,
    destinations: new Map(places.map((place) => [place.id, place])),
    ...read,
    hashes,
    doubts,
    adopted,
    places:
      new Set(routes.open.filter((one) => one.fresh).map((one) => one.destination.id)).size +
      renamed.count +
      subscribed,
    reconsider: keepsMore(routes),
    verdict: (message, messageId, one) => judge(message, messageId, keepsDeleted(one.destination)),
  };
}

function keepsDeleted(place: Place): boolean {
  return place.marks === "any" || place.marks.some((mark) => mark.toLowerCase() === "\\deleted");
}
