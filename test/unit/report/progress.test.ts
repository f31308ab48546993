import { describe, expect, it } from "vitest";
import type { Event, Tally } from "../../../src/model/event.ts";
import { createProgress, type ProgressMode } from "../../../src/report/progress.ts";

const tally: Tally = {
  copied: 2000,
  copiedBytes: 1,
  adopted: 0,
  present: 0,
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
const MB = 1024 ** 2;
const begin: Event = { type: "sync.begin", address: "mailbox/ana@x.example", messages: 2000, bytes: 100 * MB };
const progress = (messages: number, bytes: number): Event => ({
  type: "sync.progress",
  address: "mailbox/ana@x.example",
  messages,
  bytes,
  place: "INBOX",
});
const failed: Event = {
  type: "step.failed",
  step: "1",
  address: "account/zo\u001b[2J@x.example",
  fault: { code: "x", message: "No\u0007", spoils: "item", remedy: "do" },
};

function start(mode: ProgressMode, rest: { width?: number; total?: { messages: number; bytes: number } } = {}) {
  let time = 1_000_000;
  const shown = createProgress({ mode, width: 80, now: () => time, ...rest });
  return { shown, pass: (ms: number): void => void (time += ms) };
}

describe("progress in lines", () => {
  it("says now and then how far it is, and at once what failed", () => {
    const { shown, pass } = start("lines", { total: { messages: 4000, bytes: 200 * MB } });
    expect(shown.take(begin)).toBe("");
    pass(5000);
    expect(shown.take(progress(500, 25 * MB))).toBe("");
    pass(5000);
    expect(shown.take(progress(1000, 50 * MB))).toBe(
      "1,000 of 4,000 messages · 50 MiB of 200 MiB · 5 MiB/s · 30 s left\n",
    );
    expect(shown.take(failed)).toBe("failed   account/zo\\u{1b}[2J@x.example: No\\u{7} (do)\n");
    expect(shown.tick()).toBe("");
    expect(shown.take({ type: "sync.done", address: "mailbox/ana@x.example", tally })).toBe(
      "done     mailbox/ana@x.example: of 2,000 messages at the source: 2,000 copied\n",
    );
    expect(shown.end()).toBe("");
  });
});

const done = (of: Partial<Tally>): Event => ({
  type: "sync.done",
  address: "mailbox/ana@x.example",
  tally: { ...tally, copied: 0, present: 5, ...of },
});

describe("quiet progress in lines", () => {
  it("tells of a mailbox only where something happened there", () => {
    const shown = createProgress({ mode: "lines", width: 80, now: () => 0, quiet: true });
    expect(shown.take(done({}))).toBe("");
    expect(shown.take(done({ marked: 1 }))).toContain("1 flag change");
  });
});

describe("progress of a mailbox that begins again", () => {
  it("counts what came before, and what is left once", () => {
    const { shown, pass } = start("lines", { total: { messages: 2000, bytes: 100 * MB } });
    shown.take(begin);
    shown.take(progress(500, 25 * MB));
    shown.take({ ...begin, messages: 1500, bytes: 75 * MB } as Event);
    pass(10_000);
    expect(shown.take(progress(500, 25 * MB))).toMatch(/^1,000 of 2,000 messages · 50 MiB of 100 MiB/u);
  });
});

describe("progress as JSON", () => {
  it("is an event a line", () => {
    const { shown } = start("json");
    const line = shown.take(failed);
    expect(JSON.parse(line)).toEqual({ at: "1970-01-01T00:16:40.000Z", ...failed });
    // oxlint-disable-next-line no-control-regex
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u0080-\u009f\n]/);
  });
});

describe("progress in bars", () => {
  it("draws, wipes what it drew, and draws again", () => {
    const { shown, pass } = start("bars");
    const first = shown.take(begin);
    expect(first.split("\n")).toEqual([
      `${"mailbox/ana@x.example".padEnd(32)}  ${"░".repeat(30)}  0 of 2,000`,
      "0 of 2,000 messages · 0 B of 100 MiB · 0 B/s",
      "",
    ]);
    pass(50);
    expect(shown.take(progress(1, 1))).toBe("");
    pass(950);
    const second = shown.take(progress(1000, 50 * MB));
    expect(second.startsWith("\u001b[2A\u001b[J")).toBe(true);
    expect(second).toContain(`${"█".repeat(15)}${"░".repeat(14)}  1,000 of 2,000`);
    expect(second).toContain("50 MiB/s · 1 s left");
    expect(shown.take(failed).startsWith("\u001b[2A\u001b[Jfailed   account")).toBe(true);
    expect(shown.end()).toBe("\u001b[2A\u001b[J");
    expect(shown.end()).toBe("");
  });

  it.each([20, 40, 60, 120])("is never wider than %i columns", (width) => {
    const { shown, pass } = start("bars", { width });
    let text = "";
    for (let at = 0; at < 12; at += 1) {
      text += shown.take({ ...begin, address: `mailbox/${"long".repeat(at)}@x.example` });
      pass(200);
    }
    // oxlint-disable-next-line no-control-regex
    for (const line of text.replace(/\u001b\[\d*[AJ]/g, "").split("\n")) expect(line.length).toBeLessThan(width);
  });
});
