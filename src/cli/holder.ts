import type { LeaseInfo } from "../contract/state-store.ts";
import { escapeLine } from "../report/escape.ts";

const lives = {
  true: "it is running",
  false: "it is no longer running",
  unknown: "whether it runs cannot be told from here",
} as const;

/** Who holds a state, since when, and whether that process lives. */
export function describeHolder({ holder, since, alive }: LeaseInfo): string {
  const { command, user, host, pid } = holder;
  return escapeLine(
    `${command} of ${user} on ${host}, process ${pid}, since ${new Date(since).toISOString()} (${lives[`${alive}`]})`,
  );
}
