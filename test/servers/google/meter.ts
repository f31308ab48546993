/** What Google counts: units of each user in any minute, as its documentation has them, and requests under way at one time. */
import type { Clock } from "../../../src/contract/endpoint.ts";

export interface Meter {
  /** Counts a request; false where it is one too many. */
  begin(user: string, units: number): boolean;
  end(user: string): void;
  /** The most units that any minute held, and requests at one time, by user. */
  readonly peak: ReadonlyMap<string, { units: number; atOnce: number }>;
  /** Requests that were one too many. */
  readonly exceeded: () => number;
  total(user: string): number;
}

/** Path patterns → units (https://developers.google.com/workspace/gmail/api/reference/quota). */
const costs: readonly (readonly [string, RegExp, number])[] = [
  ["GET", /\/profile$/, 1],
  ["GET", /\/labels(\/[^/]+)?$/, 1],
  ["POST", /\/labels$/, 5],
  ["PATCH", /\/labels\/[^/]+$/, 5],
  ["GET", /\/history$/, 2],
  ["GET", /\/messages(\/[^/]+)?$/, 5],
  ["POST", /\/messages\/[^/]+\/(modify|trash|untrash)$/, 5],
  ["DELETE", /\/messages\/[^/]+$/, 10],
  ["POST", /\/messages(\/import)?$/, 25],
  ["POST", /\/drafts$/, 10],
];

export const unitsOf = (method: string, path: string): number =>
  costs.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2] ?? 1;

export function createMeter(clock: Pick<Clock, "now">, limit: number): Meter {
  const spent = new Map<string, { at: number; units: number }[]>();
  const running = new Map<string, number>();
  const peak = new Map<string, { units: number; atOnce: number }>();
  const totals = new Map<string, number>();
  let exceeded = 0;
  return {
    peak,
    exceeded: () => exceeded,
    total: (user) => totals.get(user) ?? 0,
    begin(user, units) {
      const minute = (spent.get(user) ?? []).filter(({ at }) => clock.now() - at < 60_000);
      const sum = minute.reduce((all, one) => all + one.units, units);
      spent.set(user, [...minute, { at: clock.now(), units }]);
      totals.set(user, (totals.get(user) ?? 0) + units);
      const now = (running.get(user) ?? 0) + 1;
      running.set(user, now);
      const before = peak.get(user) ?? { units: 0, atOnce: 0 };
      peak.set(user, { units: Math.max(before.units, sum), atOnce: Math.max(before.atOnce, now) });
      if (sum <= limit) return true;
      exceeded += 1;
      return false;
    },
    end: (user) => void running.set(user, (running.get(user) ?? 1) - 1),
  };
}
