import { describe, expect, it } from "vitest";
import type { Tally } from "../../../src/model/event.ts";
import type { Json } from "../../../src/model/json.ts";
import { explainText } from "../../../src/report/explain.ts";
import { faultText } from "../../../src/report/fault.ts";
import { findingsText } from "../../../src/report/finding.ts";
import { statusText } from "../../../src/report/status.ts";
import { summaryText } from "../../../src/report/summary.ts";
import { create, step, sync, update, was } from "../plan/made.ts";

const plain = { color: false };
const none: Tally = {
  copied: 0,
  copiedBytes: 0,
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
const refused = { code: "item.refused", message: "The server refused it", spoils: "item" as const };
const plan = { id: "7f3a91".padEnd(64, "0"), findings: [], unread: [] };

describe("a summary", () => {
  it("accounts for every step and every message", () => {
    const text = summaryText(
      {
        plan,
        took: 4000,
        outcomes: [
          { step: step(create("account/ana@x.example")), state: "done" },
          {
            step: step(create("account/bo@x.example")),
            state: "failed",
            fault: { code: "x", message: "No room", spoils: "item", remedy: "make some" },
          },
          { step: step(sync("bo@x.example")), state: "skipped", because: "account/bo@x.example is not done" },
          {
            step: step(sync("cy@x.example")),
            state: "done",
            tally: {
              ...none,
              copied: 12_400,
              copiedBytes: 400 * 1024 ** 2,
              present: 20,
              skipped: 8,
              pending: 3,
              marked: 29,
            },
          },
        ],
        pending: [1, 2, 3].map((id) => ({
          address: "mailbox/cy@x.example",
          place: "INBOX",
          id: String(id),
          fault: refused,
        })),
      },
      plain,
    );
    expect(text.split("\n")).toEqual([
      "Plan 7f3a91: 2 of 4 steps done, 1 failed, 1 skipped, in 4 s.",
      "  failed   account/bo@x.example: No room (make some)",
      "  skipped  mailbox/bo@x.example: account/bo@x.example is not done",
      "Messages, 1 mailbox: of 12,431 messages at the source: 12,400 copied, 20 there already, 8 skipped, 3 pending; 29 flag changes · 100 MiB/s.",
      "  pending  mailbox/cy@x.example, 3 messages: The server refused it",
      "      INBOX 1",
      "      INBOX 2",
      "      INBOX 3",
      "",
    ]);
  });

  it("adds up to the source whatever became of the messages", () => {
    const tally: Tally = {
      ...none,
      copied: 1,
      adopted: 2,
      present: 3,
      moved: 4,
      deletedByUser: 5,
      skipped: 6,
      pending: 7,
      unknown: 8,
      outside: 9,
      late: 10,
      removed: 99,
      marked: 98,
    };
    const text = summaryText(
      { plan, took: 0, pending: [], outcomes: [{ step: step(sync("a@x.example")), state: "done", tally }] },
      plain,
    );
    expect(text).toContain(
      "of 55 messages at the source: 1 copied, 2 taken over, 3 there already, 4 moved, 5 left deleted by its user, 6 skipped, 9 outside since and before, 10 came after the plan, 8 unknown (deleted by its user, or never copied; --recopy copies them), 7 pending; 98 flag changes; 99 messages removed that left the source",
    );
  });
});

const about = (code: string, message: string, detail: Json) =>
  findingsText([{ code, severity: "info", about: "old", message, detail }], plain);

describe("findings as text", () => {
  it("show sizes and counts with their units", () => {
    expect(about("archive.space", "Free space", { bytes: 41.25 * 1024 ** 3 })).toBe(
      "info     old: Free space: 41.3 GiB\n",
    );
    expect(about("archive.mailbox", "Size", { files: 12_431, bytes: 2048 })).toBe(
      "info     old: Size: 12,431 files · 2 KiB\n",
    );
    expect(about("archive.ignored", "Left out", { files: 1 })).toBe("info     old: Left out: 1 file\n");
  });

  it("say no number twice, and nothing of what has no place in a sentence", () => {
    expect(about("csv.rows", "1,200 accounts", { kind: "account", count: 1200 })).toBe(
      "info     old: 1,200 accounts\n",
    );
    expect(about("x", "y", ["z"])).toBe("info     old: y\n");
  });

  it("name who is meant, and let nothing of it steer a terminal", () => {
    expect(about("field.unsupported", "no quota", { addresses: ["account/a@x.example", "list/\u001b[2J"] })).toBe(
      "info     old: no quota\n         a@x.example, \\u{1b}[2J\n",
    );
  });
});

describe("a fault as text", () => {
  it("says what happened, to what, what it spoils and what to do", () => {
    const fault = {
      code: "plan.stale",
      message: "The manifests changed\u001b[2J",
      about: "plan.json",
      spoils: "run" as const,
      remedy: "plan again",
    };
    expect(faultText(fault, plain).split("\n")).toEqual([
      "error  The manifests changed\\u{1b}[2J  [plan.stale]",
      "  about   plan.json",
      "  do      plan again",
      "",
    ]);
  });

  it("keeps the lines of a message that has several", () => {
    const fault = {
      code: "manifest.invalid",
      message: "2 errors in the manifests\n\na.yaml:1:1: no",
      spoils: "run" as const,
    };
    expect(faultText(fault, plain).split("\n").slice(0, 3)).toEqual([
      "error  2 errors in the manifests  [manifest.invalid]",
      "",
      "a.yaml:1:1: no",
    ]);
  });
});

describe("findings", () => {
  it("that say the same are one line, the worst first", () => {
    const text = findingsText(
      [
        { code: "a", severity: "info", about: "x", message: "Known" },
        { code: "b", severity: "error", about: "new-mail", message: "Down", remedy: "start it" },
        { code: "a", severity: "info", about: "y", message: "Known" },
      ],
      plain,
    );
    expect(text).toBe("error    new-mail: Down (start it)\ninfo     x and 1 more: Known\n");
    expect(findingsText([], plain)).toBe("Nothing found to report.\n");
  });

  it("name everybody whom an error is about, where that is asked for", () => {
    const shut = Array.from({ length: 30 }, (_, at) => `mailbox/u${at}@x.example`);
    const told = (severity: "error" | "warning" | "info") =>
      findingsText(
        shut.map((about) => ({ code: "login.refused", severity, about, message: "Refused" })),
        { color: false, everybody: true },
      );
    expect(told("error")).toMatch(/^error {4}30 mailboxes: Refused\n/u);
    for (const about of shut) expect(told("error")).toContain(about.slice("mailbox/".length));
    expect(told("warning")).toContain("and 10 more (--format json names all)");
    expect(told("info")).toBe("info     30 mailboxes: Refused\n");
    const [one = ""] = shut;
    const alone = findingsText([{ code: "a", severity: "error", about: one, message: "Refused" }], {
      color: false,
      everybody: true,
    });
    expect(alone).toBe("error    mailbox/u0@x.example: Refused\n");
  });
});

describe("the status", () => {
  it("shows runs, what was not done, and every message that waits", () => {
    const begun = Date.UTC(2026, 10, 20, 14, 2, 11);
    const text = statusText(
      {
        runs: [
          { id: 2, command: "apply", plan: plan.id, begun, ended: begun + 65_000, state: "failed", exit: 4 },
          { id: 1, command: "apply", begun: begun - 86_400_000, state: "interrupted" },
        ],
        steps: [
          { step: "1", address: "account/bo@x.example", state: "failed", fault: refused, ended: begun },
          {
            step: "2",
            address: "mailbox/cy@x.example",
            state: "done",
            tally: { ...none, copied: 2, pending: 1 },
            ended: begun,
          },
        ],
        holder: {
          scope: "example",
          epoch: 3,
          since: begun,
          alive: true,
          holder: { host: "h", pid: 7, started: "1", user: "u", command: "apply" },
        },
        pending: [{ address: "mailbox/cy@x.example", place: "INBOX", id: "42", fault: refused }],
      },
      plain,
    );
    expect(text.split("\n")).toEqual([
      "Held by apply as u on h (pid 7) since 2026-11-20 14:02:11Z: running.",
      "Runs",
      "  2026-11-20 14:02:11Z  failed       apply  plan 7f3a91  in 1 min 5 s  exit 4 (something is left: run again)",
      "  2026-11-19 14:02:11Z  interrupted  apply",
      "",
      "Not done in the last run",
      "  failed   account/bo@x.example: The server refused it",
      "",
      "Mailboxes of the last run",
      "  mailbox/cy@x.example: of 3 messages at the source: 2 copied, 1 pending",
      "",
      "Pending",
      "  mailbox/cy@x.example",
      "    INBOX 42: The server refused it",
      "",
    ]);
    expect(statusText({ runs: [], steps: [], pending: [] }, plain)).toBe("No run is recorded.\n");
  });
});

describe("an explanation", () => {
  const base = {
    address: "account/cy@x.example",
    plan,
    steps: [],
    needs: [],
    neededBy: [],
    selected: true,
    findings: [],
    refusals: [],
  } as const;

  it("shows the line, what was seen, what differs and what hangs on it", () => {
    const fields = [{ field: "displayName", from: "Cy L", to: "Cy Lund" }];
    const text = explainText(
      {
        ...base,
        declared: { by: "manifest", origin: { file: "people.yaml", line: 12, column: 7 } },
        wanted: { displayName: "Cy Lund", quota: 1024 },
        observed: { displayName: "Cy L" },
        steps: [step(update("account/cy@x.example", fields, was("account/cy@x.example")))],
        neededBy: ["mailbox/cy@x.example"],
      },
      plain,
    );
    expect(text.split("\n")).toEqual([
      "account/cy@x.example",
      "  declared   people.yaml:12:7",
      '  wanted     displayName "Cy Lund"',
      "             quota 1 KiB",
      '  observed   displayName "Cy L"',
      "  plan       7f3a91 changes it",
      "  needed by  mailbox/cy@x.example",
      "    ~ update",
      '        displayName  "Cy L" → "Cy Lund"',
      "",
    ]);
  });

  it.each([
    ["is not managed", {}, "  plan       it is not managed"],
    ["is as it should be", { declared: { by: "row" } as const }, "  plan       nothing of what is written differs"],
    ["was not selected", { selected: false }, "  plan       it was not selected"],
    ["was not read", { unread: { code: "x", message: "cut" } }, "  not read   cut"],
  ])("says of what %s why nothing is done", (_, rest, line) => {
    expect(explainText({ ...base, ...rest }, plain).split("\n")).toContain(line);
  });
});
