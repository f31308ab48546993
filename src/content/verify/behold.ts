import type { ItemStore } from "../../contract/item-store.ts";
import type { Journal, Known } from "../../contract/journal.ts";
import { type Fault, interrupted, spoiling } from "../../model/fault.ts";
import type { Place, PlaceId } from "../../model/item.ts";
import type { ByteBudget } from "../bytes.ts";
import { readSide, trustLook } from "../look.ts";
import type { Again } from "../patience.ts";
import type { SyncRequest } from "../request.ts";
import { pagesOf } from "../rows.ts";
import { readAnew } from "./anew.ts";
import { digestsOf } from "./bodies.ts";
import { identitiesOf } from "./identities.ts";
import { sideOf } from "./testimony.ts";
import type { ProofSide, ProofUnread } from "../../model/proof.ts";

export interface BeholdRequest extends Pick<SyncRequest, "address" | "journal" | "signal" | "mode"> {
  readonly destination: ItemStore;
  readonly bytes: ByteBudget;
  readonly again: Again;
  /** Folders that are read though they are optional, by path. */
  readonly named: (path: string) => boolean;
}

/** A message of a destination as it is now; without hashes where it could not be read. */
export interface Beheld {
  readonly messageId?: string;
  readonly side: ProofSide;
}

/** What a destination has beside its messages. */
export interface Beholding {
  /** Folders that were read, by path. */
  readonly folders: ReadonlySet<string>;
  readonly unread: readonly ProofUnread[];
}

/** Reads a destination anew and in full, with the hashes of every message. The journal must be a draft. */
export async function behold(request: BeholdRequest, take: (message: Beheld) => Promise<void>): Promise<Beholding> {
  const { journal, signal } = request;
  const places = await readAll(request);
  const unread = new Map<PlaceId, Fault>();
  for await (const page of pagesOf(journal, { rows: "all" })) {
    if (signal.aborted) throw interrupted();
    const rows = page.filter(
      ({ destination: at }) => at?.there === true && at.id !== undefined && places.has(at.place),
    );
    await tell(rows, request, { places, unread }, take);
  }
  return {
    folders: new Set([...places.values()].map(({ path }) => path.join("/"))),
    unread: [...unread].map(([what, { code, message }]) => ({ what, code, reason: message })),
  };
}

/** Takes into the journal what every folder holds now. Throws where one of them cannot be read. */
async function readAll({ destination, address, journal, signal, mode, named }: BeholdRequest) {
  const anew: Journal = readAnew(journal);
  const look = await destination.look({ signal });
  await trustLook({ address, journal, mode }, "destination", look);
  const taken = (place: Place): boolean => place.selectable && (place.optional !== true || named(place.path.join("/")));
  const places = new Map(look.places.filter(taken).map((place) => [place.id, place]));
  const managed = (feed: { readonly places: readonly PlaceId[] }): boolean =>
    feed.places.length === 0 || feed.places.some((place) => places.has(place));
  const { unread } = await readSide({ journal: anew, signal }, "destination", destination, look, managed, undefined);
  const [fault] = unread.values();
  if (fault !== undefined) throw spoiling(fault, "mailbox");
  return places;
}

async function tell(
  rows: readonly Known[],
  request: BeholdRequest,
  { places, unread }: { readonly places: ReadonlyMap<PlaceId, Place>; readonly unread: Map<PlaceId, Fault> },
  take: (message: Beheld) => Promise<void>,
): Promise<void> {
  const { destination: store } = request;
  const identities = await identitiesOf(store, rows, "destination", { ...request, unread });
  const digests = await digestsOf(store, rows, "destination", request);
  for (const { row, destination } of rows) {
    const identity = identities.get(row);
    // Gone since it was read: it is not there now.
    if (destination === undefined || (identity === undefined && !unread.has(destination.place))) continue;
    const messageId = identity?.messageId ?? "";
    const side = sideOf(destination, places.get(destination.place)?.path, identity, digests.get(row));
    await take({ side, ...(messageId === "" ? {} : { messageId }) });
  }
}
