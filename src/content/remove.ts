import type { JournalChange, Known } from "../contract/journal.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Edit, Feed } from "../model/item.ts";
import { type EditCounts, refKey, refOf, runEdits, target, tellPending } from "./editing.ts";
import { identities } from "./identity.ts";
import type { Pass } from "./pass.ts";

/** A watermark says where a look stood, and may be another at every look; a version is not always known. */
const isSame = (now: Feed, then: Feed | undefined): boolean =>
  then !== undefined &&
  now.epoch === then.epoch &&
  now.count === then.count &&
  (now.version === undefined || then.version === undefined || now.version === then.version);

/** True where the source still stands as it was looked at: what was filed meanwhile must not read as gone. */
async function stillAsLooked({ request, looks }: Pass): Promise<boolean> {
  const { feeds } = await request.source.look({ signal: request.signal });
  const before = new Map(looks.source.feeds.map((feed) => [feed.id, feed]));
  return feeds.length === before.size && feeds.every((feed) => isSame(feed, before.get(feed.id)));
}

/** Only what the plan listed, where there is one, and only while the destination's message still has the pair's fingerprint. */
export async function removeListed(
  pass: Pass,
  rows: readonly Known[],
  listed: ReadonlySet<string> | undefined,
  counts: EditCounts,
): Promise<void> {
  const { destination, signal, address } = pass.request;
  const wanted = rows.filter((row) => listed === undefined || listed.has(refKey(refOf(row))));
  if (wanted.length === 0) return;
  if (!(await stillAsLooked(pass))) {
    counts.unremoved += wanted.length;
    const message = "The source changed during the pass; what left it is removed by the next one";
    pass.request.emit({
      type: "finding",
      finding: { code: "source.restless", severity: "warning", about: address, message },
    });
    return;
  }
  const confirmed = new Map<string, Known>();
  for await (const { row, identity } of identities(destination, wanted, "destination", signal)) {
    const known = row.destination?.fingerprint ?? row.source?.fingerprint;
    if (known === identity.fingerprint) confirmed.set(String(row.row), row);
  }
  await removeConfirmed(pass, wanted, confirmed, counts);
}

const unconfirmed: FaultRecord = {
  code: "item.unconfirmed",
  message: "The destination's copy is no longer what was brought; it is left there",
  spoils: "item",
};

/** What cannot be confirmed counts as its user's from now on. */
async function removeConfirmed(
  pass: Pass,
  wanted: readonly Known[],
  confirmed: ReadonlyMap<string, Known>,
  counts: EditCounts,
): Promise<void> {
  const edits = [...confirmed.values()].flatMap((row): Edit[] => {
    const at = target(row);
    return at === undefined ? [] : [{ ...at, act: "remove" }];
  });
  const receipts = await runEdits(pass.request.destination, edits);
  const changes: JournalChange[] = [];
  for (const row of wanted) {
    const receipt = receipts.get(String(row.row));
    const fault = receipt === undefined ? unconfirmed : "fault" in receipt ? receipt.fault : undefined;
    if (fault === undefined) {
      counts.removed += 1;
      changes.push({ act: "forget", row: row.row });
      continue;
    }
    counts.unremoved += 1;
    tellPending(pass, row, fault);
    if (!confirmed.has(String(row.row)) && row.base !== undefined)
      changes.push({ act: "agree", row: row.row, base: { ...row.base, how: "adopted" } });
  }
  if (changes.length > 0) await pass.request.journal.record(changes);
}
