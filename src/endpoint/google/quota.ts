import type { Allowance, Charge } from "../http/throttle.ts";

const minute = 60_000;

/**
 * What Google allows under each name: https://developers.google.com/workspace/gmail/api/reference/quota and
 * …/admin/directory/v1/limits. How many requests may be under way at once is told nowhere: these are ours.
 */
const allowances: Readonly<Record<string, Allowance>> = {
  mailbox: { atOnce: 8, units: { amount: 15_000, ms: minute } },
  "mail of the project": { units: { amount: 1_200_000, ms: minute } },
  directory: { atOnce: 8, units: { amount: 2400, ms: minute } },
  settings: { atOnce: 4 },
};

export const allowanceOf = (name: string): Allowance => allowances[name.split(": ")[0] ?? ""] ?? {};

/** Quota units of the Gmail API's methods. */
const units = {
  profile: 1,
  list: 5,
  get: 5,
  history: 2,
  labels: 1,
  writeLabel: 5,
  modify: 5,
  trash: 5,
  remove: 10,
  insert: 25,
  draft: 10,
} as const;

export type MailMethod = keyof typeof units;

export const mailCharges = (user: string, method: MailMethod): readonly Charge[] => [
  { name: `mailbox: ${user}`, units: units[method] },
  { name: "mail of the project", units: units[method] },
];

export const directoryCharges: readonly Charge[] = [{ name: "directory" }];
export const settingsCharges: readonly Charge[] = [{ name: "settings" }];
