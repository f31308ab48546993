import type { Known } from "../contract/journal.ts";
import { asFault } from "../model/fault.ts";
import { byPlace } from "./identity.ts";
import type { Pass } from "./pass.ts";

/** Tells, just before a message is written, whether it is one that was only moved at the source. */
export interface MoveGuard {
  /** True where the message waits for the next pass, which will know it for the moved one. */
  waits(row: Known, fingerprint: string): Promise<boolean>;
}

/**
 * A message may be filed while its folders are read, or out of a folder that could not be read or is excluded by now: it then shows in its
 * new place as fresh, while its pair is still believed in the old one. Before an equal message is written, the old place is asked; what is
 * no longer there is noted as gone. Each fingerprint is asked about once a pass.
 */
export function createMoveGuard({ request, source: reading }: Pass): MoveGuard {
  const asked = new Set<string>();
  const { journal, source, signal } = request;
  let first: Promise<Sieve | undefined> | undefined;

  /** On a first pass nothing is a pair yet, and what becomes one has come by here. */
  async function sieveOf(): Promise<Sieve | undefined> {
    const { paired, deletedByUser, fresh } = await journal.counts();
    return paired + deletedByUser === 0 ? createSieve(fresh) : undefined;
  }

  /** Rows that are no longer where the journal has them; undefined where a place cannot be asked. */
  async function gone(peers: readonly Known[]): Promise<readonly Known[] | undefined> {
    const left = new Set(peers);
    for (const [place, ids] of byPlace(peers, "source")) {
      if (reading.unread.has(place)) return undefined;
      try {
        for await (const { id } of source.headers(place, [...ids.keys()], { signal })) {
          const row = ids.get(id);
          if (row !== undefined) left.delete(row);
        }
      } catch (thrown) {
        const fault = asFault(thrown, { code: "read.failed", spoils: "mailbox", retry: "later" });
        if (fault.code === "place.missing") continue;
        if (fault.spoils === "place" || fault.spoils === "item") return undefined;
        throw fault;
      }
    }
    return [...left];
  }

  return {
    waits: async (row, fingerprint) => {
      if (asked.has(fingerprint)) return false;
      const sieve = await (first ??= sieveOf());
      if (sieve?.isNew(fingerprint) === true) return false;
      const alike = await journal.alike("source", "fingerprint", fingerprint);
      const peers = alike.filter((one) => one.base !== undefined && one.source?.there === true && one.row !== row.row);
      if (peers.length === 0) return false;
      const missing = await gone(peers);
      if (missing !== undefined && missing.length === 0) {
        asked.add(fingerprint);
        return false;
      }
      await journal.record((missing ?? []).map((one) => ({ act: "gone", row: one.row, side: "source" })));
      return true;
    },
  };
}

/** Keys that went through it, a bit each: one that is said to be new is, and others may be. */
interface Sieve {
  isNew(fingerprint: string): boolean;
}

/** Places for each message, most of which stay free; all together two megabytes of bits at most. */
const places = { each: 16, most: 2 ** 24 } as const;

function createSieve(messages: number): Sieve {
  const wanted = Math.min(places.most, Math.max(64, messages * places.each));
  const size = 2 ** Math.ceil(Math.log2(wanted));
  const bits = new Uint8Array(size / 8);
  return {
    isNew: (fingerprint) => {
      const key = Number.parseInt(fingerprint.slice(0, 8), 16) & (size - 1);
      const [at, bit] = [key >>> 3, 1 << (key & 7)];
      const before = bits[at] ?? 0;
      bits[at] = before | bit;
      return (before & bit) === 0;
    },
  };
}
