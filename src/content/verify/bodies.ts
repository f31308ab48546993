import type { ItemStore } from "../../contract/item-store.ts";
import type { Known, Side } from "../../contract/journal.ts";
import { Fault } from "../../model/fault.ts";
import type { ByteBudget } from "../bytes.ts";
import { byPlace } from "../identity.ts";
import type { Again } from "../patience.ts";
import { type Digest, digestOf } from "./digest.ts";

const chunkBytes = 4 * 1024 * 1024;

/** Ids of up to `chunkBytes` of bodies; what is larger goes alone. */
function* chunks(
  ids: ReadonlyMap<string, Known>,
  side: Side,
): Iterable<{ readonly ids: readonly string[]; readonly bytes: number }> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const [id, row] of ids) {
    const size = row[side]?.size ?? 0;
    if (chunk.length > 0 && bytes + size > chunkBytes) {
      yield { ids: chunk, bytes };
      [chunk, bytes] = [[], 0];
    }
    chunk.push(id);
    bytes += size;
  }
  if (chunk.length > 0) yield { ids: chunk, bytes };
}

interface Way {
  readonly bytes: ByteBudget;
  readonly signal: AbortSignal;
  readonly again: Again;
}

/** Digests by row; a message that cannot be read has none. No body is held whole that comes as a stream. */
export async function digestsOf(
  store: ItemStore,
  rows: readonly Known[],
  side: Side,
  { bytes: budget, signal, again }: Way,
): Promise<ReadonlyMap<number, Digest>> {
  const digests = new Map<number, Digest>();
  for (const [place, ids] of byPlace(rows, side)) {
    for (const chunk of chunks(ids, side)) {
      const giveBack = await budget.take(Math.min(chunk.bytes, chunkBytes), signal);
      try {
        await again(place, async () => {
          for await (const item of store.read(place, chunk.ids, { signal })) {
            const row = ids.get(item.id);
            if (row === undefined || !("body" in item)) continue;
            digests.set(row.row, await digestOf(item.body));
            item.release?.();
          }
        });
      } catch (thrown) {
        if (!(thrown instanceof Fault) || (thrown.spoils !== "item" && thrown.spoils !== "place")) throw thrown;
      } finally {
        giveBack();
      }
    }
  }
  return digests;
}
