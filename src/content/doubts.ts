import type { Intent } from "../contract/journal.ts";
import type { BodyHashes } from "./identity.ts";
import { pairUp } from "./pairing.ts";
import type { SyncRequest } from "./request.ts";
import { broughtBase, heir, settleIntent, sightingOf, type Unclaimed, unclaimedSince, wantedOf } from "./settle.ts";

/** What arrived untold and was moved by its user before it was settled: of doubtful intents only, and confirmed by its body. */
export async function adoptStrays(request: SyncRequest, hashes: BodyHashes): Promise<void> {
  const { journal } = request;
  for (const intent of (await journal.intents()).filter((one) => one.doubtful)) {
    for (const item of intent.items) {
      const known = await journal.row(item.row);
      if (known === undefined || known.base !== undefined) continue;
      const strays = (await journal.alike("destination", "fingerprint", item.fingerprint)).filter(
        (row) => row.base === undefined && row.destination?.there === true,
      );
      const right = strays.flatMap((row) =>
        row.destination === undefined
          ? []
          : [
              {
                of: row,
                size: row.destination.size,
                date: row.destination.date,
                hash: () => hashes.of("destination", row.destination),
              },
            ],
      );
      const pair = (await pairUp(wantedOf([{ ...item, known }], hashes), right, true))[0];
      if (pair === undefined) continue;
      const marks = known.source?.marks ?? [];
      const base = broughtBase({ marks, place: known.source?.place ?? "" }, marks, pair[1].destination?.marks ?? []);
      await journal.record([{ act: "adopt", row: item.row, with: pair[1].row, base }]);
    }
  }
}

/** A copy that only a doubtful intent explains: its message is in its place by another copy, or was deleted there by its user. */
async function surplus(request: SyncRequest, hashes: BodyHashes, intent: Intent): Promise<readonly Unclaimed[]> {
  const came = await unclaimedSince(request, intent);
  const extra: Unclaimed[] = [];
  for (const item of intent.items) {
    const own = await request.journal.row(item.row);
    const known = own === undefined || own.base !== undefined ? own : await heir(request, item, own);
    if (known?.base === undefined || (await owed(request, item.fingerprint))) continue;
    const hash = (await hashes.of("source", known.source)) ?? (await hashes.of("destination", known.destination));
    for (const one of came) {
      const alike =
        one.fingerprint === item.fingerprint &&
        Math.floor(one.entry.date / 1000) === Math.floor(item.date / 1000) &&
        !extra.includes(one);
      if (alike && hash !== undefined && (await hashes.of("destination", sightingOf(one))) === hash) {
        extra.push(one);
        break;
      }
    }
  }
  return extra;
}

/** True while a pair of this fingerprint has lost its copy since it was settled, or has one whose id is not known: what came may be that one. */
async function owed({ journal }: SyncRequest, fingerprint: string): Promise<boolean> {
  for (const row of await journal.alike("source", "fingerprint", fingerprint)) {
    if (row.base === undefined) continue;
    if (row.destination?.there === true && row.destination.id === undefined) return true;
    if (
      row.destination?.there !== true &&
      (await journal.rows({ rows: "changed" }, row.row - 1, 1))[0]?.row === row.row
    )
      return true;
  }
  return false;
}

const isOpen = ({ items }: Intent, hashes: BodyHashes): boolean =>
  items.some((item) => hashes.likeUncompared("source", item) || hashes.likeUncompared("destination", item));

/** Finds what came late from doubtful intents: claims what is still wanted, removes what is there twice, closes the intents named. */
export async function sweepDoubts(request: SyncRequest, hashes: BodyHashes, close: ReadonlySet<number>): Promise<void> {
  const { journal, destination } = request;
  for (const intent of (await journal.intents()).filter((one) => one.doubtful)) {
    await settleIntent(request, hashes, intent);
    const extra = destination.edit?.acts.has("remove") === true ? await surplus(request, hashes, intent) : [];
    if (extra.length > 0) await removeSurplus(request, extra);
    // A copy that could not be compared may be one too many: the next pass asks again.
    if (close.has(intent.id) && !isOpen(intent, hashes))
      await journal.record([], { intent: intent.id, doubtful: false });
  }
}

async function removeSurplus(request: SyncRequest, extra: readonly Unclaimed[]): Promise<void> {
  const edits = extra.map(({ entry }) => ({
    key: entry.id,
    place: entry.place,
    id: entry.id,
    act: "remove" as const,
    ...(entry.revision === undefined ? {} : { revision: entry.revision }),
  }));
  const receipts = (await request.destination.edit?.run(edits, { signal: request.signal })) ?? [];
  const removed = new Set(receipts.filter((receipt) => !("fault" in receipt)).map((receipt) => receipt.key));
  for (const { entry, row } of extra) {
    if (!removed.has(entry.id)) continue;
    request.emit({
      type: "finding",
      finding: {
        code: "item.lateCopy",
        severity: "info",
        about: request.address,
        message: `A copy of ours that arrived late was removed from ${entry.place} (id ${entry.id})`,
      },
    });
    if (row !== undefined) await request.journal.record([{ act: "forget", row: row.row }]);
  }
}
