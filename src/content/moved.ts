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
