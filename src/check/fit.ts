import type { MailboxSight, QuotaSight } from "../contract/check.ts";
import { showNumber, showSize } from "../kind/normal.ts";
import type { Finding } from "../model/finding.ts";
import type { MailboxResource } from "../model/resource.ts";

/** A mailbox with what was seen of its sides; a side that could not be looked into is absent. */
export interface Pair {
  readonly mailbox: MailboxResource;
  readonly source?: MailboxSight;
  readonly destination?: MailboxSight;
}

/** `12 messages`. */
export const counted = (count: number, one: string): string => `${showNumber(count)} ${one}${count === 1 ? "" : "s"}`;

/** What will not fit, and what is there already. */
export function fitFindings(pair: Pair): readonly Finding[] {
  const { mailbox, destination } = pair;
  if (destination === undefined) return [];
  const about = mailbox.address;
  const told = [
    ...(destination.quotas ?? []).flatMap((quota) => quotaFindings(pair, quota)),
    ...sizeFindings(pair),
    ...markFindings(pair),
    ...presence(pair),
  ];
  return told.map((each) => ({ ...each, about }));
}

type Told = Omit<Finding, "about">;

/** What is still free; undefined where nothing is limited. A limit of 0 is how servers say that there is none. */
export function freeIn({ used, limit }: QuotaSight, of: "bytes" | "messages"): number | undefined {
  const most = limit[of];
  return most === undefined || most === 0 ? undefined : Math.max(0, most - (used[of] ?? 0));
}

const shown = {
  bytes: (value: number) => showSize(value),
  messages: (value: number) => counted(value, "message"),
} as const;

/** How much of what is coming is there already, nobody knows before it is matched: then it only may be too much. */
function quotaFindings({ mailbox, source, destination }: Pair, quota: QuotaSight): readonly Told[] {
  const at = mailbox.destination.endpoint;
  return (["bytes", "messages"] as const).flatMap((of) => {
    const [free, coming] = [freeIn(quota, of), source?.holds?.[of]];
    if (free === undefined || coming === undefined || coming <= free) return [];
    const certain = destination?.holds?.messages === 0;
    const left = `the quota ${JSON.stringify(quota.name)} at ${at} has ${shown[of](free)} left of ${shown[of](quota.limit[of] ?? 0)}`;
    const what = certain
      ? `${shown[of](coming)} will come, and ${left}`
      : `Up to ${shown[of](coming)} will come, less what is there already, and ${left}`;
    const told: Told = {
      code: "quota.exceeded",
      severity: certain ? "error" : "warning",
      message: what,
      remedy: "raise the quota, or leave folders or messages out",
      detail: { quota: quota.name, of, coming, free },
    };
    return [told];
  });
}

function sizeFindings({ mailbox, source, destination }: Pair): readonly Told[] {
  const large = source?.large;
  if (large === undefined || large.messages === 0) return [];
  const at = mailbox.destination.endpoint;
  const limit = destination?.largest;
  const many = counted(large.messages, "message");
  const largest = `the largest has ${showSize(large.largest)}`;
  if (limit === undefined) {
    const message = `${many} above ${showSize(large.over)}, ${largest}, and ${at} does not say what it takes`;
    return [{ code: "item.large", severity: "info", message, detail: { ...large } }];
  }
  if (large.largest <= limit.bytes) return [];
  const known = limit.certain ? "takes" : "is known to take";
  return [
    {
      code: "item.tooLarge",
      severity: limit.certain ? "error" : "warning",
      message: `${many} larger than the ${showSize(limit.bytes)} that ${at} ${known}; ${largest}`,
      remedy: "raise the server's size limit, or leave them out by messages.maxSize",
      detail: { ...large, limit: limit.bytes },
    },
  ];
}

function markFindings({ mailbox, source }: Pair): readonly Told[] {
  const lost = (source?.lost ?? []).filter(({ messages }) => messages > 0);
  if (lost.length === 0) return [];
  const marks = lost.map(({ mark, messages }) => `${mark} (${counted(messages, "message")})`).join(", ");
  return [
    {
      code: "marks.lost",
      severity: "warning",
      message: `${mailbox.destination.endpoint} does not keep ${marks}`,
      detail: { marks: lost.map(({ mark }) => mark) },
    },
  ];
}

function presence({ mailbox, destination }: Pair): readonly Told[] {
  const messages = destination?.holds?.messages ?? 0;
  if (messages === 0) return [];
  return [
    {
      code: "mailbox.present",
      severity: "info",
      message: `Not empty at ${mailbox.destination.endpoint}: what is there already is recognised and does not come twice`,
      detail: { messages },
    },
  ];
}
