import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { encodePlan } from "../../../src/plan/planfile.ts";
import { create, draft, madeForecast, planOf, remove, step, sync, update, want, was } from "../plan/made.ts";

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../schemas/plan.schema.json"), "utf8"),
) as object;
const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

const mailbox = sync("a@x.example", { copy: 1, skipped: { maxSize: 2 } });
const everything = planOf(
  [
    step(create("domain/x.example")),
    step(
      draft("account/b@x.example", {
        act: "create",
        want: { ...want("account/b@x.example"), password: { from: "secret", issue: 1 } },
      }),
    ),
    step(create("account/a@x.example", { displayName: "A", quota: 1, forwarding: { to: [], keepCopy: true } })),
    step(
      update(
        "list/l@x.example",
        [
          { field: "members", from: ["b"], to: [] },
          { field: "hidden", to: true },
        ],
        was("list/k@x.example"),
      ),
    ),
    step(remove("account/zed@x.example", {}, { id: "7", revision: "9", holds: { messages: 1, bytes: 2 } })),
    step(draft("account/a@x.example", { act: "record", set: { protect: true } })),
    step(draft("account/a@x.example", { act: "record", set: { adopt: { id: "8" } } })),
    step(draft("account/a@x.example", { act: "record", set: { passwordIssue: 2 } })),
    step(draft("account/a@x.example", { act: "manual", instructions: ["x"], expect: [] })),
    step(
      draft(
        "account/a@x.example",
        { act: "gate", until: "approved" },
        { phase: "cutover", precondition: { revision: "1" } },
      ),
    ),
    step(mailbox, ["00112233aabb"]),
  ],
  {
    findings: [{ code: "a.b", severity: "info", about: "x", message: "y", remedy: "z", detail: { addresses: [] } }],
    forecast: madeForecast,
    guards: {
      limit: { percent: 5, count: 20 },
      counts: [],
      refusals: [],
      protectedTouched: 0,
      verified: ["account/zed@x.example"],
    },
    unread: [{ address: "account/*@x.example", code: "read.incomplete", message: "cut" }],
  },
);

const document = JSON.parse(encodePlan(everything)) as object;

describe("the plan's schema", () => {
  it("fits plans of every act", () => {
    validate(document);
    expect(validate.errors).toBeNull();
  });

  it.each<[string, object]>([
    [
      "a secret's reference",
      {
        steps: [
          {
            ...everything.steps[1],
            change: {
              act: "create",
              want: {
                ...want("account/a@x.example"),
                password: { from: "secret", ref: { env: "X" } },
              },
            },
          },
        ],
      },
    ],
    ["an unknown act", { steps: [{ ...everything.steps[0], change: { act: "run" } }] }],
    ["another format", { format: 2 }],
    ["a missing guard", { guards: {} }],
    ["a time of something unknown", { forecast: { ...madeForecast, whole: { basis: "unknown", seconds: 1 } } }],
  ])("does not fit %s", (_, change) => {
    expect(validate({ ...document, ...change })).toBe(false);
  });

  it("describes every part of it", () => {
    const mute: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      const { properties = {}, $defs = {} } = node as { properties?: object; $defs?: object };
      for (const [key, value] of Object.entries({ ...properties, ...$defs })) {
        const part = value as { description?: string; $ref?: string };
        if (part.description === undefined && part.$ref === undefined) mute.push(`${path}/${key}`);
      }
      for (const [key, value] of Object.entries(node)) visit(value, `${path}/${key}`);
    };
    visit(schema, "");
    expect(mute).toEqual([]);
  });
});
