import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, kindOf } from "../../../src/model/address.ts";
import { type Allow, allowNothing, type Counted, parseAllow } from "../../../src/plan/allow.ts";
import { guard, guardAgain, type GuardInput } from "../../../src/plan/guard.ts";
import { create, planOf, remove, step, sync, update, was } from "./made.ts";

const limit = { percent: 5, count: 20 };
const none: ReadonlySet<Address> = new Set();

function check(
  drafts: readonly Parameters<typeof step>[0][],
  totals: Partial<Record<Counted, number>>,
  rest: {
    allow?: Allow;
    protected?: ReadonlySet<Address>;
    prunedAside?: ReadonlySet<Address>;
    limits?: NonNullable<GuardInput["limits"]>;
    written?: ReadonlySet<Address>;
  } = {},
) {
  return guard({
    steps: drafts.map((each) => step(each)),
    limit,
    totals: new Map(Object.entries(totals) as [Counted, number][]),
    protected: none,
    prunedAside: none,
    verified: none,
    allow: allowNothing,
    ...rest,
  });
}

const aliases = (count: number) => Array.from({ length: count }, (_, at) => remove(`alias/a${at}@x.example`));
const off = (address: Address) => update(address, [{ field: "enabled", to: false }], was(address));
const named = (count: number) => Array.from({ length: count }, (_, at) => off(`account/p${at}@x.example`));
const some = (...ids: readonly number[]) => new Set(ids.map((at): Address => `account/p${at}@x.example`));
const codes = (report: ReturnType<typeof check>): string[] =>
  report.refusals.map(({ code, about }) => `${code} ${about}`);

describe("the limits of deleting", () => {
  it.each<[string, number, number, boolean]>([
    ["nothing of nothing", 0, 0, true],
    ["5 of 100", 5, 100, true],
    ["6 of 100: more than 5 %", 6, 100, false],
    ["20 of 1,000", 20, 1000, true],
    ["21 of 1,000: more than 20", 21, 1000, false],
    ["1 of 3: more than 5 %", 1, 3, false],
    ["1 of 20", 1, 20, true],
  ])("%s", (_, deletes, of, passes) => {
    expect(check(aliases(deletes), { alias: of }).refusals.length === 0).toBe(passes);
  });

  it("counts each kind by itself, and says how to permit more", () => {
    const report = check([...aliases(6), remove("list/l@x.example")], { alias: 100, list: 20, account: 3 });
    expect(report.counts).toEqual([
      { kind: "account", deletes: 0, of: 3, allowed: 0 },
      { kind: "list", deletes: 1, of: 20, allowed: 1 },
      { kind: "alias", deletes: 6, of: 100, allowed: 5 },
    ]);
    expect(report.refusals).toEqual([
      {
        code: "guard.limit",
        severity: "error",
        about: "alias",
        message: "6 of 100 aliases would be deleted; at most 5 may (limit 5 % and 20)",
        remedy: "if it is meant, permit it with --allow-delete alias=6",
      },
    ]);
  });

  it("has limits of their own for some kinds, which a saved plan keeps", () => {
    const limits = new Map([
      ["alias", { percent: 10, count: 8 }],
      ["account", { percent: 100, count: 0 }],
    ] as const);
    const report = check([...aliases(8), remove("list/l@x.example")], { alias: 100, list: 20, account: 3 }, { limits });
    expect(report.counts).toEqual([
      { kind: "account", deletes: 0, of: 3, allowed: 0, limit: { percent: 100, count: 0 } },
      { kind: "list", deletes: 1, of: 20, allowed: 1 },
      { kind: "alias", deletes: 8, of: 100, allowed: 8, limit: { percent: 10, count: 8 } },
    ]);
    expect(report.refusals).toEqual([]);
    const nine = planOf(aliases(9).map((each) => step(each)));
    const guards = check(aliases(9), { alias: 100 }, { limits });
    expect(codes(guards)).toEqual(["guard.limit alias"]);
    expect(guards.refusals[0]?.message).toContain("at most 8 may (limit 10 % and 8)");
    expect(codes(guardAgain({ ...nine, guards }, parseAllow(["list=1"])))).toEqual(["guard.limit alias"]);
    expect(codes(guardAgain({ ...nine, guards }, parseAllow(["alias=9"])))).toEqual([]);
  });

  it("counts disabled accounts beside deleted ones, and permits them by name or number, in a saved plan too", () => {
    const two = [off("account/a0@x.example"), off("account/a1@x.example")];
    const off2 = update(
      "account/b@x.example",
      [{ field: "enabled", from: false, to: false }],
      was("account/b@x.example"),
    );
    const guards = check([...two, off2], { account: 20, disable: 20 });
    expect(guards.counts).toEqual([
      { kind: "account", deletes: 0, of: 20, allowed: 1 },
      { kind: "account", deletes: 2, of: 20, allowed: 1, set: "disabled" },
    ]);
    const saved = { ...planOf(two.map((each) => step(each))), guards };
    expect(codes(guardAgain(saved, parseAllow(["account=2"])))).toEqual(["guard.limit disable"]);
    expect(codes(guardAgain(saved, parseAllow([], ["2"])))).toEqual([]);
    expect(codes(guardAgain(saved, parseAllow([], ["account/a1@x.example"])))).toEqual([]);
  });

  it("lets lines of the manifests disable by number alone, and rows by share too, in a saved plan as well", () => {
    const totals = { account: 10, disable: 10 };
    // Of ten people a share of 5 % is nobody.
    expect(codes(check(named(1), totals))).toEqual(["guard.limit disable"]);
    expect(check(named(1), totals, { written: some(0) })).toMatchObject({
      refusals: [],
      counts: [{}, { set: "disabled", deletes: 1, of: 10, allowed: 1, written: ["account/p0@x.example"] }],
    });
    expect(codes(check(named(3), totals, { written: some(0, 1) }))).toEqual(["guard.limit disable"]);
    const many = some(...Array.from({ length: 30 }, (_, at) => at));
    expect(codes(check(named(20), { account: 100, disable: 100 }, { written: many }))).toEqual([]);
    expect(codes(check(named(21), { account: 100, disable: 100 }, { written: many }))).toEqual(["guard.limit disable"]);
    const report = check(named(3), totals, { written: some(0, 1) });
    const saved = { ...planOf(named(3).map((each) => step(each))), guards: report };
    expect(codes(guardAgain(saved, allowNothing))).toEqual(["guard.limit disable"]);
    expect(codes(guardAgain(saved, parseAllow([], ["account/p2@x.example"])))).toEqual([]);
    // Who is named is not counted twice.
    expect(codes(guardAgain(saved, parseAllow([], ["account/p0@x.example"])))).toEqual(["guard.limit disable"]);
    expect(codes(guardAgain(saved, parseAllow([], ["3"])))).toEqual([]);
  });

  it.each(["x", "-1", "list/a@x.example", "1.5", "account="])("does not guess what --allow-disable %j is", (text) => {
    expect(() => parseAllow([], [text])).toThrow(expect.objectContaining({ code: "option.invalid" }));
  });

  it.each<[string, string[], boolean]>([
    ["permits a number", ["alias=6"], true],
    ["not less", ["alias=5"], false],
    ["not of another kind", ["list=6"], false],
    ["permits by name, on top of the limit", ["alias/a0@X.example"], true],
  ])("%s", (_, texts, passes) => {
    expect(codes(check(aliases(6), { alias: 100 }, { allow: parseAllow(texts) })).length === 0).toBe(passes);
  });

  it("counts members, owners and senders that leave, and not those who got another name", () => {
    const leaving = update(
      "list/l@x.example",
      [
        {
          field: "members",
          from: ["a@x.example", "b@x.example", "cyl@x.example"],
          to: ["a@x.example", "cy@x.example"],
        },
        { field: "owners", from: ["b@x.example"], to: [] },
      ],
      was("list/l@x.example"),
    );
    const renamed = update("account/cy@x.example", [], was("account/cyl@x.example"));
    const report = check([leaving, renamed], { list: 3, member: 20 });
    expect(report.counts).toContainEqual({ kind: "list", deletes: 2, of: 20, allowed: 1, set: "members" });
    expect(codes(report)).toEqual(["guard.limit member"]);
    expect(codes(check([leaving, renamed], { list: 3, member: 20 }, { allow: parseAllow(["member=2"]) }))).toEqual([]);
  });

  it("counts messages that a mirror would remove", () => {
    expect(codes(check([sync("a@x.example", { delete: 21 })], { mailbox: 10_000 }))).toEqual(["guard.limit mailbox"]);
    expect(codes(check([sync("a@x.example", { delete: 20 })], { mailbox: 10_000 }))).toEqual([]);
  });
});

describe("an account", () => {
  it.each<[string, string[], string[]]>([
    ["goes never by the limits alone", [], ["guard.account account/zed@x.example"]],
    ["goes when it is named", ["account/Zed@x.example"], []],
    ["goes when the number is", ["account=1"], []],
    ["stays when another is named", ["account/ana@x.example"], ["guard.account account/zed@x.example"]],
    ["stays when an alias of its name is", ["alias/zed@x.example"], ["guard.account account/zed@x.example"]],
  ])("%s", (_, texts, expected) => {
    expect(codes(check([remove("account/zed@x.example")], { account: 100 }, { allow: parseAllow(texts) }))).toEqual(
      expected,
    );
  });

  it("goes when its mail was proved to be elsewhere, within the limits, and a saved plan remembers that", () => {
    const steps = [step(remove("account/zed@x.example")), step(remove("account/yan@x.example"))];
    const totals = new Map<Counted, number>([["account", 100]]);
    const verified = new Set<Address>(["account/zed@x.example", "account/ana@x.example"]);
    const nothing = { protected: none, prunedAside: none, allow: allowNothing };
    const report = guard({ steps, limit, totals, verified, ...nothing });
    expect(codes(report)).toEqual(["guard.account account/yan@x.example"]);
    expect(report.verified).toEqual(["account/zed@x.example"]);
    const plan = planOf(steps, { guards: report });
    expect(codes(guardAgain(plan, parseAllow(["account/yan@x.example"])))).toEqual([]);
    expect(codes(guardAgain(plan, parseAllow(["account/zed@x.example"])))).toEqual(codes(report));
    const few = { ...nothing, totals: new Map<Counted, number>([["account", 4]]) };
    expect(codes(guard({ steps: steps.slice(0, 1), limit, verified, ...few }))).toEqual(["guard.limit account"]);
  });
});

describe("what no word permits", () => {
  const address: Address = "alias/a0@x.example";
  it("is deleting what is protected", () => {
    const report = check(aliases(1), { alias: 100 }, { protected: new Set([address]), allow: parseAllow([address]) });
    expect(codes(report)).toEqual([`guard.protected ${address}`]);
    expect(report.protectedTouched).toBe(1);
  });

  it("is pruning after looking at a part only", () => {
    expect(codes(check(aliases(1), { alias: 100 }, { prunedAside: new Set([address]) }))).toEqual([
      `guard.prune ${address}`,
    ]);
  });
});

it("guards a saved plan again with other permissions", () => {
  const steps = [...aliases(6), remove("account/zed@x.example"), remove("list/p@x.example")].map((each) => step(each));
  const totals = new Map<Counted, number>([
    ["alias", 100],
    ["account", 100],
    ["list", 100],
  ]);
  const kept = new Set<Address>(["list/p@x.example"]);
  const plan = planOf(steps, {
    guards: guard({ steps, limit, totals, protected: kept, prunedAside: none, verified: none, allow: allowNothing }),
  });
  expect(codes(plan.guards)).toEqual([
    "guard.protected list/p@x.example",
    "guard.limit alias",
    "guard.account account/zed@x.example",
  ]);
  const again = guardAgain(plan, parseAllow(["alias=6", "account=1", "list=9"]));
  expect(codes(again)).toEqual(["guard.protected list/p@x.example"]);
  expect(again.protectedTouched).toBe(1);
  expect(guardAgain(plan, allowNothing)).toEqual(plan.guards);
});

it("lets no delete above the limits pass, whatever the plan", () => {
  const kinds = ["account", "list", "alias", "domain"] as const;
  const drafts = fc.uniqueArray(fc.tuple(fc.constantFrom(...kinds), fc.nat(60), fc.boolean()), {
    selector: ([kind, at]) => `${kind} ${at}`,
    maxLength: 80,
  });
  const totals = fc.record({ account: fc.nat(500), list: fc.nat(500), alias: fc.nat(500), domain: fc.nat(500) });
  const limits = fc.record({ percent: fc.integer({ min: 0, max: 100 }), count: fc.nat(50) });
  fc.assert(
    fc.property(drafts, totals, limits, (choices, of, limit) => {
      const steps = choices.map(([kind, at, goes]) =>
        step(goes ? remove(`${kind}/n${at}@x.example`) : create(`${kind}/n${at}@x.example`)),
      );
      const map = new Map(Object.entries(of) as [Counted, number][]);
      const report = guard({
        steps,
        limit,
        totals: map,
        protected: none,
        prunedAside: none,
        verified: none,
        allow: allowNothing,
      });
      if (report.refusals.length > 0) return;
      for (const kind of kinds) {
        const deletes = steps.filter(
          ({ address, change }) => change.act === "delete" && kindOf(address) === kind,
        ).length;
        expect(deletes).toBeLessThanOrEqual(limit.count);
        expect(deletes * 100).toBeLessThanOrEqual(of[kind] * limit.percent);
      }
      expect(steps.some(({ address, change }) => change.act === "delete" && kindOf(address) === "account")).toBe(false);
    }),
  );
});

it.each(["alias", "alias=", "alias=-1", "people=3", "=3", "alias=1.5", "person/ana@x.example", ""])(
  "does not guess what --allow-delete %j is",
  (text) => {
    expect(() => parseAllow([text])).toThrow(expect.objectContaining({ code: "option.invalid" }));
  },
);
