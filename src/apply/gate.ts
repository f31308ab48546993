import type { Change } from "../model/plan.ts";

type Gate = Extract<Change, { act: "gate" }>;
type Manual = Extract<Change, { act: "manual" }>;

/** Why a gate is closed; undefined when it is open. Only a time opens by itself: `{"time": "2026-06-01T18:00:00Z"}`. */
export function closedBecause({ until }: Gate, now: number): string | undefined {
  const time = until !== null && typeof until === "object" && "time" in until ? until.time : undefined;
  if (typeof time !== "string") return `it waits for ${JSON.stringify(until)}`;
  return now >= Date.parse(time) ? undefined : `it waits until ${time}`;
}

export function manualBecause({ instructions }: Manual): string {
  return `a person has to do it: ${instructions.join("; ")}`;
}
