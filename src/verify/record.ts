import type { Ledger, LedgerRecord, Lease, VerifiedRecord } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import type { MailboxResource, MailboxSide } from "../model/resource.ts";
import { isProved } from "../model/verification.ts";
import type { Verified } from "./run.ts";

interface Way {
  readonly ledger: Ledger;
  readonly lease: Lease;
  /** Which system an endpoint is, whatever it is called. */
  readonly system: (endpoint: string) => string | undefined;
  readonly now: number;
}

/**
 * Remembers of each mailbox that was proved when and how it was; of one that was not proved, or not read, no earlier proof stands any
 * longer. Returns how many were proved.
 */
export async function recordVerified(
  mailboxes: readonly MailboxResource[],
  results: readonly Verified[],
  { ledger, lease, system, now }: Way,
): Promise<number> {
  const known = new Map((await ledger.all()).map((record) => [record.address, record]));
  const byAddress = new Map<Address, Verified>(results.map((each) => [each.address, each]));
  const set: LedgerRecord[] = [];
  const sideOf = ({ endpoint, user }: MailboxSide) => {
    const which = system(endpoint);
    return { endpoint, user, ...(which === undefined ? {} : { system: which }) };
  };
  let proved = 0;
  for (const mailbox of mailboxes) {
    const { address, source, destination } = mailbox;
    const verified = verifiedOf(mailbox, byAddress.get(address), now);
    const { verified: before, ...rest } = known.get(address) ?? { address };
    if (verified !== undefined) {
      proved += 1;
      set.push({ ...rest, verified: { ...verified, source: sideOf(source), destination: sideOf(destination) } });
    } else if (before !== undefined) set.push(rest);
  }
  if (set.length > 0) await ledger.set(lease, set);
  return proved;
}

/** True where the rules leave folders out, or did leave out messages. */
const isPartial = ({ folders: { only = [], exclude = [] } }: MailboxResource, skipped: number): boolean =>
  only.length + exclude.length + skipped > 0;

function verifiedOf(
  mailbox: MailboxResource,
  result: Verified | undefined,
  at: number,
): Omit<VerifiedRecord, "source" | "destination"> | undefined {
  if (result === undefined || "fault" in result || !isProved(result)) return undefined;
  const { content, strict, counts } = result;
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  const partial = isPartial(mailbox, counts.skipped) ? { partial: true as const } : {};
  return { at, content, strict, counts: Object.fromEntries(some), ...partial };
}
