import type { Entry, PlaceId } from "../../../model/item.ts";
import { marksOf, revisionOf } from "./labels.ts";
import type { Message } from "./mailbox.ts";

/** A message in one of its places. `sizeEstimate` is Gmail's word for its octets; what is read says how many they are. */
export function entryOf(message: Message, place: PlaceId, size = message.sizeEstimate ?? 0): Entry {
  const labels = message.labelIds ?? [];
  const id = message.id ?? "";
  return {
    place,
    id,
    date: Number(message.internalDate ?? 0),
    size,
    marks: marksOf(labels),
    objectId: id,
    revision: revisionOf(labels),
  };
}
