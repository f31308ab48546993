import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import { planText } from "../../../src/report/plan-text.ts";
import { create, draft, planOf, remove, step, sync, update, was } from "../plan/made.ts";

const text = (plan: Plan): string[] =>
  planText({ ...plan, id: "7f3a91".padEnd(64, "0") }, { color: false }).split("\n");
const guards = (counts: Plan["guards"]["counts"], rest: Partial<Plan["guards"]> = {}): Partial<Plan> => ({
  guards: { limit: { percent: 5, count: 20 }, counts, refusals: [], protectedTouched: 0, ...rest },
});
const GB = 1024 ** 3;

const waiting = (about: string, code: string, message: string, messages: number) =>
  ({ about, code, message, severity: "warning", detail: { messages } }) as const;

const rowsOf = (count: number) => {
  const addresses = Array.from({ length: count }, (_, at) => `account/person${at}@x.example`);
  const message = `accountsFrom took ${count} rows of old`;
  return text(
    planOf([], {
      findings: [{ code: "rows.read", severity: "info", about: "domain/x.example", message, detail: { addresses } }],
    }),
  ).slice(4, -3);
};

describe("a plan as text", () => {
  it("shows a directory and a mailbox", () => {
    const plan = planOf(
      [
        step(create("account/ana@example.com", { quota: 50 * GB })),
        step(
          update(
            "account/cy@example.com",
            [{ field: "displayName", from: "Cy L", to: "Cy Lund" }],
            was("account/cy@example.com"),
          ),
        ),
        step(create("list/sales@example.com", { members: ["a", "b", "c"] })),
        step(
          sync("cy@example.com", {
            copy: 12_431,
            copyBytes: 3_328_599_655,
            folders: 27,
            present: 8110,
            marks: 29,
            skipped: { maxSize: 3 },
          }),
        ),
      ],
      guards([{ kind: "account", deletes: 0, of: 1204, allowed: 20 }]),
    );
    expect(text(plan)).toEqual([
      "old-mail → new-mail                                     read 14:02:11Z, complete",
      "Guards: deletes 0 of 1,204 (limit 5 % and 20) · protected touched 0",
      "",
      "Phase 1 directory",
      "  + account/ana@example.com    quota 50 GiB",
      "  ~ account/cy@example.com",
      '      displayName  "Cy L" → "Cy Lund"',
      "  + list/sales@example.com     3 members",
      "Phase 2 content",
      "  > mailbox/cy@example.com     copy 12,431 messages · 3.1 GiB · 27 folders",
      "      present 8,110 · flags 29 · delete 0 · skip 3 (larger than the limit)",
      "",
      "Plan 7f3a91: 2 to add, 1 to change, 0 to delete; 12,431 messages to copy, 29 flag changes, 3 skipped.",
      "",
    ]);
  });

  it("says plainly that nothing changes", () => {
    expect(text(planOf([])).slice(2)).toEqual(["", "No changes. Everything is as the manifests say.", ""]);
  });

  it("says what waits where nothing changes", () => {
    const unknown = (user: string, count: number) =>
      waiting(`mailbox/${user}@x.example`, "mailbox.unknown", "Deleted by its user, or never copied", count);
    const refused = waiting("mailbox/a@x.example", "mailbox.pending", "Refused before", 1200);
    expect(text(planOf([], { findings: [unknown("a", 2), unknown("b", 1), refused] })).slice(2)).toEqual([
      "",
      "Notes",
      "  warning  mailbox/a@x.example and 1 more: Deleted by its user, or never copied: 3 messages",
      "  warning  mailbox/a@x.example: Refused before: 1,200 messages",
      "",
      "No changes to make; 1,203 messages wait: 3 deleted by their user, or never copied, 1,200 refused before.",
      "",
    ]);
    expect(text(planOf([], { findings: [unknown("b", 1)] })).at(-2)).toBe(
      "No changes to make; 1 message waits: deleted by their user, or never copied.",
    );
  });

  it("names the people that rows gave, the first of many", () => {
    expect(rowsOf(2)).toEqual([
      "  info     domain/x.example: accountsFrom took 2 rows of old",
      "           person0@x.example, person1@x.example",
    ]);
    const many = rowsOf(4000);
    expect(many.join(" ")).toMatch(/person19@x\.example, +and 3,980 more \(--format json names all\)$/u);
    expect(many.join(" ")).not.toMatch(/person20@/u);
    expect(Math.max(...many.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it("says no more than what was read and selected", () => {
    const unread = [
      { address: "account/a@x.example", code: "read.incomplete", message: "cut" },
      { address: "account/b@x.example", code: "read.incomplete", message: "cut" },
    ];
    const selection = { target: ["account/*"], exclude: [], label: [], wave: [2], phase: [] };
    expect(text(planOf([], { unread, selection }))).toEqual([
      "old-mail → new-mail                                   read 14:02:11Z, 2 not read",
      "Guards: deletes 0 of 0 (limit 5 % and 20) · protected touched 0",
      "Selected: --target account/* --wave 2",
      "",
      "Not read",
      "  error    account/a@x.example and 1 more: cut",
      "",
      "No changes to make; 2 addresses were not read.",
      "",
    ]);
  });

  it("shows what is lost, why it is refused, and what is only remembered", () => {
    const plan = planOf(
      [
        step(remove("alias/info@x.example")),
        step(remove("account/zed@x.example", {}, { holds: { messages: 1, bytes: 2048 } })),
        step(remove("account/yo@x.example")),
        step(draft("account/cy@x.example", { act: "record", set: { protect: false } })),
        step(draft("account/di@x.example", { act: "manual", instructions: ["Press the button"], expect: [] })),
      ],
      {
        ...guards([], {
          refusals: [
            {
              code: "guard.account",
              severity: "error",
              about: "account/zed@x.example",
              message: "No",
              remedy: "name it",
            },
          ],
        }),
        findings: [{ code: "x.y", severity: "warning", about: "new-mail", message: "It is slow" }],
      },
    );
    expect(text(plan).slice(2)).toEqual([
      "",
      "Phase 1 directory",
      "  - alias/info@x.example     deleted",
      "  ! account/zed@x.example    deleted with 1 message · 2 KiB",
      "  ! account/yo@x.example     deleted with its mail (size unknown)",
      "  = account/cy@x.example     take the protection off",
      "  ? account/di@x.example     for a person to do",
      "      Press the button",
      "",
      "Refused",
      "  error    account/zed@x.example: No (name it)",
      "",
      "Notes",
      "  warning  new-mail: It is slow",
      "",
      "Plan 7f3a91: 0 to add, 0 to change, 3 to delete, 1 to remember, 1 for a person to do.",
      "",
    ]);
  });

  it.each<[string, Parameters<typeof update>[1], readonly string[]]>([
    [
      "a set by what came and went",
      [{ field: "members", from: ["a@x", "b@x"], to: ["b@x", "c@x", "d@x"] }],
      ["      members  +c@x +d@x -a@x"],
    ],
    [
      "aligned fields",
      [
        { field: "displayName", to: "A" },
        { field: "hidden", from: false, to: true },
      ],
      ['      displayName  (none) → "A"', "      hidden       no → yes"],
    ],
    [
      "a long text by its words",
      [
        {
          field: "displayName",
          from: `The quick brown fox jumps over the lazy dog, ${"x".repeat(20)}`,
          to: `The quick red fox jumps over the lazy dog, ${"x".repeat(20)}`,
        },
      ],
      [`      displayName  The quick [-brown-]{+red+} fox jumps over the lazy dog, ${"x".repeat(20)}`],
    ],
    [
      "a text of several lines by its lines",
      [{ field: "displayName", from: "one\ntwo", to: "one\nthree" }],
      ["      displayName", "          one", "        - two", "        + three"],
    ],
  ])("shows %s", (_, fields, lines) => {
    const all = text(planOf([step(update("list/l@x.example", fields, was("list/l@x.example")))]));
    expect(all.slice(5, -3)).toEqual(lines);
  });

  it("shows what a mailbox would lose, message by message, and what is unknown", () => {
    const change = sync("a@x.example", {
      copy: 1,
      copyBytes: 512,
      folders: 1,
      adopt: 2,
      delete: 1,
      move: 4,
      deletedByUser: 0,
      unknown: 3,
      places: 1,
      pending: 1,
      skipped: { maxSize: 1, skip: 2 },
    });
    if (change.change.act !== "sync") throw new Error("no sync");
    const deletes = [{ place: "INBOX", id: "42", fingerprint: "00112233445566778899aabbccddeeff" }];
    const plan = planOf([step({ ...change, change: { ...change.change, deletes } })]);
    expect(text(plan).slice(3)).toEqual([
      "Phase 2 content",
      "  > mailbox/a@x.example    copy 1 message · 512 B · 1 folder",
      "      present 0 · take over 2 · flags 0 · move 4 · delete 1 · folders to set up 1 · skip 3 (1 larger than the limit, 2 declared) · unknown 3 (deleted by its user, or never copied; --recopy copies them) · pending 1 (refused before)",
      "      - message 42 in INBOX (001122334455)",
      "",
      "Plan 7f3a91: 0 to add, 0 to change, 0 to delete; 1 message to copy, 2 to take over, 0 flag changes, 4 to move, 1 message to delete, 1 folder to set up, 3 skipped, 3 unknown.",
      "",
    ]);
  });

  it("shows a rename, and where mail is sent on to from the beginning", () => {
    const plan = planOf([
      step(update("account/cy@x.example", [], was("account/cyl@x.example"))),
      step(create("account/a@x.example", { displayName: "A", forwarding: { to: ["b@y.example"], keepCopy: true } })),
    ]);
    expect(text(plan).slice(4, 7)).toEqual([
      "  ~ account/cy@x.example    renamed from cyl@x.example",
      '  + account/a@x.example     "A"',
      '      forwarding  {"to":["b@y.example"],"keepCopy":true}',
    ]);
  });

  it("counts a list that is made in two steps once", () => {
    const plan = planOf([
      step(create("list/a@x.example", { members: [] })),
      step(update("list/a@x.example", [{ field: "members", from: [], to: ["b@x.example"] }], was("list/a@x.example"))),
    ]);
    expect(text(plan).at(-2)).toBe("Plan 7f3a91: 1 to add, 0 to change, 0 to delete.");
  });

  it("lets nothing from outside steer the terminal, with colour or without", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (wild) => {
        const plan = planOf(
          [
            step(create(`account/${wild}`, { displayName: wild })),
            step(
              update(
                `list/${wild}`,
                [
                  { field: "members", from: [wild], to: [] },
                  { field: "displayName", from: wild, to: `${wild}\n${wild}` },
                ],
                was(`list/${wild}`),
              ),
            ),
          ],
          {
            findings: [{ code: "x", severity: "info", about: wild, message: wild, remedy: wild }],
            unread: [{ address: wild, code: "x", message: wild }],
            route: { source: [wild], destination: [wild] },
            selection: { target: [wild], exclude: [], label: [], wave: [], phase: [] },
          },
        );
        const plain = planText(plan, { color: false });
        expect(plain.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
        // oxlint-disable-next-line no-control-regex
        expect(planText(plan, { color: true }).replace(/\u001b\[\d+m/g, "")).toBe(plain);
      }),
    );
  });

  it("has colour when asked", () => {
    // oxlint-disable-next-line no-control-regex
    expect(planText(planOf([step(create("account/a@x.example"))]), { color: true })).toMatch(/\u001b\[32m\+/);
  });
});
