import { describe, expect, it } from "vitest";
import type { Tally } from "../../../src/model/event.ts";
import { followedAllText, followedText, followingText } from "../../../src/report/follow.ts";

const nothing: Tally = {
  copied: 0,
  copiedBytes: 0,
  adopted: 0,
  present: 7,
  marked: 0,
  moved: 0,
  removed: 0,
  deletedByUser: 0,
  skipped: 0,
  pending: 0,
  unknown: 0,
  outside: 0,
  late: 0,
};
const ended = Date.UTC(2026, 0, 2, 14, 2, 11);
const plain = { color: false };
const done = (tally: Partial<Tally>) => ({ state: "done" as const, tally: { ...nothing, ...tally } });

describe("a pass as a line", () => {
  it("says what came, what changed, what waits and what failed", () => {
    const outcomes = [
      done({ copied: 2, copiedBytes: 3174, marked: 1 }),
      done({ moved: 1, adopted: 3, unknown: 4, pending: 2 }),
      { state: "failed" as const },
    ];
    expect(followedText({ told: false, ended, outcomes }, plain)).toBe(
      "14:02:11Z  3 mailboxes: 2 copied, 3 taken over, 1 flag change, 1 moved, 3.1 KiB, 4 unknown, 2 pending, 1 mailbox failed\n",
    );
  });

  it("is quiet where nothing happened", () => {
    expect(followedText({ told: true, ended, outcomes: [done({})] }, plain)).toBe(
      "14:02:11Z  1 mailbox that changed: nothing new\n",
    );
    expect(followedText({ told: false, ended, outcomes: [done({})] }, { color: true })).toContain("\u001b[2m");
    expect(followedText({ told: false, ended, outcomes: [done({ pending: 1 })] }, { color: true })).not.toContain(
      "\u001b",
    );
  });

  it("says why it was cut short", () => {
    const stopped = { code: "run.interrupted", message: "The run was interrupted", spoils: "run" } as const;
    expect(followedText({ told: false, ended, outcomes: [{ state: "skipped" }], stopped }, plain)).toBe(
      "14:02:11Z  1 mailbox: nothing new, 1 mailbox skipped\n  stopped  The run was interrupted\n",
    );
  });
});

describe("a following as text", () => {
  it("says at first what it leaves to a plan", () => {
    const said = { mailboxes: 2, interval: 300_000 };
    expect(followingText({ ...said, mirrors: false })).toMatch(
      /^Following 2 mailboxes: a pass every 5 min, .* changed: /u,
    );
    expect(followingText({ ...said, mirrors: true })).toContain("nothing that left the source is removed");
  });

  it("says at the end what it came to", () => {
    const total = { ...nothing, copied: 14 };
    expect(followedAllText({ passes: 25, total, took: 7_500_000, open: 0 })).toBe(
      "Followed for 2 h 5 min, in 25 passes: 14 copied.\n",
    );
    expect(followedAllText({ passes: 1, total: nothing, took: 1000, open: 1 })).toBe(
      "Followed for 1 s, in 1 pass: nothing new. Something is left of 1 mailbox; reconcile status says what.\n",
    );
  });
});
