import type { ItemStore, ReadOptions } from "../contract/item-store.ts";
import { Fault } from "../model/fault.ts";
import type { ItemId, NativeItem, PlaceId, ReadItem } from "../model/item.ts";
import type { SyncRequest } from "./request.ts";

type Sides = Pick<SyncRequest, "source" | "destination">;

/** How messages go from one side to the other. */
interface Way {
  read(place: PlaceId, ids: readonly ItemId[], options: ReadOptions): AsyncIterable<ReadItem | NativeItem>;
  readonly write: ItemStore["write"];
  /** Whether what is larger than a batch comes as a stream; else it is held whole. */
  readonly streams: boolean;
}

/** In the form that both sides keep them in, where there is one; else as octets. */
export function wayOf({ source, destination }: Sides): Way {
  const [from, to] = [source.native, destination.native];
  return from === undefined || to === undefined
    ? { read: source.read.bind(source), write: destination.write.bind(destination), streams: true }
    : { read: from.read.bind(from), write: to.write.bind(to), streams: false };
}

/** Throws `items.form` where one side gives or takes a form of its own that the other does not know. */
export function agreeOnForm({ source, destination, address }: Sides & Pick<SyncRequest, "address">): void {
  const [from, to] = [source.native?.form, destination.native?.form];
  if (from === to || destination.vacant === true) return;
  const side = from === undefined ? "destination takes" : "source gives";
  throw new Fault({
    code: "items.form",
    message: `The ${side} messages in a form of its own (${from ?? to}), and the other side does not know it`,
    spoils: "mailbox",
    about: address,
    remedy: "write the same `mail` in both endpoints, or one that goes by octets",
  });
}
