import type { QuotaSight } from "../contract/check.ts";
import { showSize } from "../kind/normal.ts";
import type { Finding } from "../model/finding.ts";
import { counted, freeIn, type Pair } from "./fit.ts";

/** What concerns all mailboxes of a destination together: how much will come, and quotas that they share. */
export function wholeFindings(pairs: readonly Pair[]): readonly Finding[] {
  const byDestination = Map.groupBy(pairs, ({ mailbox }) => mailbox.destination.endpoint);
  return [...byDestination].flatMap(([at, own]) => [...total(at, own), ...sharedQuotas(at, own)]);
}

const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((all, value) => all + (value ?? 0), 0);

/** The quota with the least room in octets; undefined where nothing limits the mailbox. */
function roomOf({ destination }: Pair): number | undefined {
  const free = (destination?.quotas ?? []).flatMap((quota) => freeIn(quota, "bytes") ?? []);
  return free.length === 0 ? undefined : Math.min(...free);
}

function total(at: string, pairs: readonly Pair[]): readonly Finding[] {
  const known = pairs.flatMap(({ source }) => source?.holds ?? []);
  if (known.length === 0) return [];
  const ways = [...new Set(known.map((each) => each.counted))].join("; ");
  const rooms = pairs.map(roomOf);
  const shared = sharedIn(pairs).length > 0;
  const limited = !shared && rooms.every((room) => room !== undefined);
  const room = limited ? `; the quotas there have ${showSize(sum(rooms))} left in all` : "";
  const missing = pairs.length - known.length;
  const unknown = missing === 0 ? "" : `; ${missing} more could not be counted`;
  const [messages, bytes] = [sum(known.map((each) => each.messages)), sum(known.map((each) => each.bytes))];
  const coming = messages === 0 ? showSize(bytes) : `${counted(messages, "message")} with ${showSize(bytes)}`;
  return [
    {
      code: "check.total",
      severity: "info",
      about: at,
      message: `${coming} will come from ${known.length} of ${pairs.length} ${pairs.length === 1 ? "mailbox" : "mailboxes"}, counted ${ways}${unknown}${room}`,
      detail: { coming: { messages, bytes } },
    },
  ];
}

interface Shared {
  readonly quota: QuotaSight;
  readonly pairs: readonly Pair[];
}

/**
 * Names tell nothing: Dovecot calls everybody's own quota `User quota`, Cyrus `INBOX`, whatever RFC 9208, 3.1 says of roots. One quota is
 * shared where several mailboxes show the same numbers, and more in use than each has by itself.
 */
function sharedIn(pairs: readonly Pair[]): readonly Shared[] {
  const seen = pairs.flatMap((pair) =>
    (pair.destination?.quotas ?? []).filter((quota) => isBeyond(pair, quota)).map((quota) => ({ pair, quota })),
  );
  const groups = Map.groupBy(seen, ({ quota }) => JSON.stringify([quota.name, quota.limit, quota.used]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined || group.length < 2
      ? []
      : [{ quota: first.quota, pairs: group.map(({ pair }) => pair) }];
  });
}

/** Quotas count in units of 1,024 octets, rounded either way. */
const unit = 1024;

function isBeyond({ destination }: Pair, { used }: QuotaSight): boolean {
  const holds = destination?.holds;
  const own = holds?.messages === 0 ? 0 : holds?.bytes;
  return own !== undefined && used.bytes !== undefined && used.bytes > own + unit;
}

function sharedQuotas(at: string, pairs: readonly Pair[]): readonly Finding[] {
  return sharedIn(pairs).flatMap(({ quota, pairs: sharing }) => {
    const free = freeIn(quota, "bytes");
    const coming = sum(sharing.map(({ source }) => source?.holds?.bytes));
    if (free === undefined || coming <= free) return [];
    const finding: Finding = {
      code: "quota.shared",
      severity: sharing.every(({ destination }) => destination?.holds?.messages === 0) ? "error" : "warning",
      about: at,
      message: `${sharing.length} mailboxes share the quota ${JSON.stringify(quota.name)}, which has ${showSize(free)} left of ${showSize(quota.limit.bytes ?? 0)}, and up to ${showSize(coming)} will come`,
      remedy: "raise the quota",
      detail: { addresses: sharing.map(({ mailbox }) => mailbox.address), coming, free },
    };
    return [finding];
  });
}
