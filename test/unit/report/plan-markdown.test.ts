import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import { planMarkdown } from "../../../src/report/plan-markdown.ts";
import { create, planOf, remove, step, sync, update, was } from "../plan/made.ts";

const fixed = (plan: Plan): Plan => ({ ...plan, id: "7f3a91".padEnd(64, "0") });
const leaving = (name: string) =>
  update(`list/${name}`, [{ field: "members", from: ["a@x.example"], to: [] }], was(`list/${name}`));

describe("a plan as a comment", () => {
  it("has a marker, a headline, warnings, the riskiest first, and the rest folded", () => {
    const plan = planOf(
      [
        step(create("account/ana@x.example", { displayName: "A | <b>" })),
        step(leaving("l@x.example")),
        step(remove("alias/i@x.example")),
        step(remove("account/zed@x.example")),
        step(sync("ana@x.example", { copy: 2, copyBytes: 100, folders: 1 })),
      ],
      {
        findings: [
          { code: "a", severity: "warning", about: "new-mail", message: "Slow" },
          { code: "b", severity: "info", about: "x", message: "Known" },
        ],
      },
    );
    expect(
      planMarkdown(fixed(plan))
        .split("\n")
        .filter((line) => line !== ""),
    ).toEqual([
      "<!-- reconcile plan example -->",
      "### Plan `7f3a91`: 1 to add, 1 to change, 2 to delete; 2 messages to copy, 0 flag changes, 0 skipped",
      "old-mail → new-mail · read 14&#58;02&#58;11Z, complete  ",
      "Guards&#58; deletes 0 of 0 (limit 5 % and 20) · protected touched 0",
      "> [!WARNING]",
      "> **Notes**",
      ">",
      "> - new-mail: Slow",
      "| | Address | Change |",
      "|---|---|---|",
      "| &#33; | account/zed&#64;x.example | deleted with its mail (size unknown) |",
      "| - | alias/i&#64;x.example | deleted |",
      "| &#126; | list/l&#64;x.example | members -a&#64;x.example |",
      "<details>",
      "<summary>&#62; 1 mailbox</summary>",
      "| | Address | Change |",
      "|---|---|---|",
      "| &#62; | mailbox/ana&#64;x.example | copy 2 messages · 100 B · 1 folder<br>present 0 · flags 0 · delete 0 |",
      "</details>",
      "<details>",
      "<summary>+ 1 account</summary>",
      "| | Address | Change |",
      "|---|---|---|",
      '| + | account/ana&#64;x.example | "A &#124; &#60;b&#62;" |',
      "</details>",
      "<details>",
      "<summary>1 to know</summary>",
      "- x: Known",
      "</details>",
    ]);
  });

  it("says plainly that nothing changes", () => {
    expect(planMarkdown(planOf([]))).toContain("### No changes. Everything is as the manifests say.\n");
  });

  it("says why it is refused, and what was not read", () => {
    const plan = planOf([], {
      guards: {
        limit: { percent: 5, count: 20 },
        counts: [],
        protectedTouched: 0,
        refusals: [{ code: "g", severity: "error", about: "alias", message: "Too many" }],
      },
      unread: [{ address: "account/a@x.example", code: "read.incomplete", message: "cut" }],
    });
    const text = planMarkdown(plan);
    expect(text).toContain("> [!CAUTION]\n> **Refused**\n>\n> - alias: Too many\n");
    expect(text).toContain("> **Not read**\n>\n> - account/a&#64;x.example: cut\n");
  });

  it("folds kinds into counts where there is no room, and never what is lost", () => {
    const plan = planOf([
      ...Array.from({ length: 500 }, (_, at) =>
        step(create(`account/person-${at}@x.example`, { displayName: "x".repeat(100) })),
      ),
      ...Array.from({ length: 20 }, (_, at) => step(create(`list/l${at}@x.example`, { members: [] }))),
      step(remove("alias/i@x.example")),
    ]);
    const text = planMarkdown(plan, { maxSize: 5000 });
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(text).toContain("- + 500 accounts, not shown for want of room");
    expect(text).toContain("<summary>+ 20 lists</summary>");
    expect(text).toContain("| - | alias/i&#64;x.example |");
  });

  it("keeps within its size with every destructive row there, or refuses to speak", () => {
    const wild = fc.string({ unit: "binary", maxLength: 12 });
    const drafts = fc.array(
      fc.oneof(
        wild.map((name) => create(`account/${name}@x.example`, { displayName: name })),
        wild.map((name) => remove(`alias/${name}@x.example`)),
        wild.map((name) => remove(`account/${name}@x.example`)),
        wild.map((name) => leaving(`${name}@x.example`)),
        wild.map((name) => sync(`${name}@x.example`, { delete: 2 })),
      ),
      { maxLength: 60 },
    );
    const findings = fc.array(
      wild.map((text) => ({ code: text, severity: "warning" as const, about: text, message: text })),
    );
    fc.assert(
      fc.property(drafts, findings, fc.integer({ min: 200, max: 9000 }), (all, notes, maxSize) => {
        const plan = planOf(
          all.map((each) => step(each)),
          { findings: notes },
        );
        const destructive = all.filter(
          ({ change }) => change.act === "delete" || change.act === "update" || change.act === "sync",
        ).length;
        const text = within(plan, maxSize);
        if (text === "report.size") return;
        expect(text.length).toBeLessThanOrEqual(maxSize);
        const rows = text.split("\n").filter((line) => /^\| (&#33;|-|&#126;|&#62;) \|/.test(line));
        expect(rows).toHaveLength(destructive);
        for (const row of rows) expect(row.split("|")).toHaveLength(5);
      }),
    );
  });
});

/** The comment, or the code of the refusal to write one. */
function within(plan: Plan, maxSize: number): string {
  try {
    return planMarkdown(plan, { maxSize });
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}
