import type { Allowance, Charge } from "../http/throttle.ts";

const minute = 60_000;

/**
 * What Google allows under each name: https://developers.google.com/workspace/admin/directory/v1/limits. How many requests may be under way at once is told nowhere: these are ours.
 */
const allowances: Readonly<Record<string, Allowance>> = {
  directory: { atOnce: 8, units: { amount: 2400, ms: minute } },
  settings: { atOnce: 4 },
};

export const allowanceOf = (name: string): Allowance => allowances[name.split(": ")[0] ?? ""] ?? {};

export const directoryCharges: readonly Charge[] = [{ name: "directory" }];
export const settingsCharges: readonly Charge[] = [{ name: "settings" }];
