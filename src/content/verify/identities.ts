import type { ItemStore } from "../../contract/item-store.ts";
import type { Known, Side } from "../../contract/journal.ts";
import { Fault } from "../../model/fault.ts";
import type { PlaceId } from "../../model/item.ts";
import type { Identity } from "../fingerprint.ts";
import { byPlace, identities } from "../identity.ts";
import type { Again } from "../patience.ts";

interface Way {
  readonly signal: AbortSignal;
  readonly again: Again;
  readonly unread: Map<PlaceId, Fault>;
}

/** Identities by row; places whose headers could not be read are noted. */
export async function identitiesOf(
  store: ItemStore,
  rows: readonly Known[],
  side: Side,
  { signal, unread, again }: Way,
): Promise<ReadonlyMap<number, Identity>> {
  const found = new Map<number, Identity>();
  for (const [place, ids] of byPlace(rows, side)) {
    try {
      await again(place, async () => {
        for await (const { row, identity } of identities(store, [...ids.values()], side, signal))
          found.set(row.row, identity);
      });
    } catch (thrown) {
      if (!(thrown instanceof Fault) || (thrown.spoils !== "item" && thrown.spoils !== "place")) throw thrown;
      unread.set(place, thrown);
    }
  }
  return found;
}
