import type { Allowance } from "../http/throttle.ts";

/**
 * What Microsoft documents as its limits (Microsoft Graph throttling limits). Outlook: 10,000 requests in ten minutes, 4 at once and
 * 150 MB of uploads in five minutes, each for an application and a mailbox. Identity: 3,500 resource units in ten seconds for the
 * smallest tenant, 3,000 writes in 150 seconds.
 */
const allowances: Readonly<Record<string, Allowance>> = {
  mailbox: { atOnce: 4, units: { amount: 10_000, ms: 600_000 } },
  upload: { units: { amount: 150_000_000, ms: 300_000 } },
  directory: { units: { amount: 3500, ms: 10_000 } },
  // Nobody says what it allows; the module itself sends one cmdlet after the other.
  exchange: { atOnce: 3 },
  "directory writes": { units: { amount: 3000, ms: 150_000 } },
};

/** By a name's first part: `mailbox:ana@example.com`. */
export const allowanceOf = (name: string): Allowance => allowances[name.split(":", 1)[0] ?? ""] ?? {};
