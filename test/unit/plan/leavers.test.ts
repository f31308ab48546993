import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FieldsOf, Observed } from "../../../src/model/resource.ts";
import { parseAllow } from "../../../src/plan/allow.ts";
import { fateOf, type LeaverFacts } from "../../../src/plan/leavers.ts";
import { acts, type Company, openCompany, row, told } from "./people.ts";

let company: Company;
beforeEach(async () => {
  company = await openCompany();
});
afterEach(() => company.close());

const disable = "{accountsFrom: {leavers: disable}}";
const leave = "{accountsFrom: {}}";
const left: LeaverFacts = {
  wanted: false,
  rows: "whole",
  policy: "disable",
  there: true,
  renamed: false,
  enabled: true,
  protect: false,
  canDisable: true,
};

const list = (name: string): Observed => ({ kind: "list", name: `${name}@x.example`, fields: { members: [] } });
const enabled = (observed: Observed | undefined) => (observed?.fields as FieldsOf["account"] | undefined)?.enabled;

describe("what becomes of somebody whose row is gone", () => {
  it.each<[string, Partial<LeaverFacts>, ReturnType<typeof fateOf>]>([
    ["left, as declared", {}, "disable"],
    ["declared by a line", { wanted: true }, "stays"],
    ["not read in full", { rows: "incomplete" }, "stays"],
    ["no rows asked for any more", { rows: "undeclared" }, "stays"],
    ["nothing there", { there: false }, "gone"],
    ["another name there", { there: false, renamed: true }, "renamed"],
    ["left, and nothing declared", { policy: "leave" }, "left"],
    ["protected", { protect: true }, "protected"],
    ["no place for it", { canDisable: false }, "unable"],
    ["disabled already", { enabled: false }, "disabled"],
    ["disabled already, and protected", { enabled: false, protect: true }, "disabled"],
    ["left, nothing declared, protected", { policy: "leave", protect: true }, "left"],
  ])("%s", (_, facts, fate) => {
    expect(fateOf({ ...left, ...facts })).toBe(fate);
  });

  it("is disabling only where everything speaks for it", () => {
    const facts = fc.record<LeaverFacts>({
      wanted: fc.boolean(),
      rows: fc.constantFrom("whole", "incomplete", "undeclared"),
      policy: fc.constantFrom("leave", "disable"),
      there: fc.boolean(),
      renamed: fc.boolean(),
      enabled: fc.boolean(),
      protect: fc.boolean(),
      canDisable: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (each) => {
        const all = JSON.stringify({ ...each, renamed: false }) === JSON.stringify(left);
        expect(fateOf(each) === "disable").toBe(all);
      }),
      { numRuns: 500 },
    );
  });
});

describe("rows that leave", () => {
  it("are left as they are, and named, where nothing else is declared", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(leave);
    company.rows([row("ana")]);
    const { plan } = await company.apply(leave);
    expect(acts(plan)).toEqual([]);
    expect(told(plan, /leaver/)).toEqual(["leaver.left domain/x.example account/bo@x.example"]);
    expect([...(await company.held()).keys()]).toEqual(["ana@x.example", "bo@x.example"]);
  });

  it("are disabled where that is declared, once, and enabled again when they return", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    company.rows([row("ana")]);
    const { plan } = await company.apply(disable);
    expect(acts(plan)).toEqual([
      'record account/bo@x.example {"leaver":true}',
      "update account/bo@x.example enabled=false",
    ]);
    expect((await company.held()).get("bo@x.example")?.fields).toEqual({ enabled: false });
    expect(acts((await company.apply(disable)).plan)).toEqual([]);
    company.rows([row("ana"), row("bo")]);
    expect(acts((await company.apply(disable)).plan)).toEqual([
      "update account/bo@x.example enabled=true",
      'record account/bo@x.example {"leaver":false}',
    ]);
    expect((await company.held()).get("bo@x.example")?.fields).toEqual({ enabled: true });
    expect(await company.remembered("account/bo@x.example")).not.toHaveProperty("leaver");
    expect(acts((await company.plan(disable)).plan)).toEqual([]);
  });

  it("stay disabled on return where it was not us who disabled them", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    await byHand("bo@x.example", { enabled: false });
    company.rows([row("ana")]);
    expect(acts((await company.apply(disable)).plan)).toEqual([]);
    company.rows([row("ana"), row("bo")]);
    expect(acts((await company.apply(disable)).plan)).toEqual([]);
    expect(enabled((await company.held()).get("bo@x.example"))).toBe(false);
  });

  it("are known though their accounts were there before the rows were first read", async () => {
    await company.close();
    company = await openCompany([row("ana"), row("bo"), row("other")]);
    company.rows([row("ana"), row("bo")]);
    expect(acts((await company.apply(disable)).plan)).toEqual([]);
    company.rows([row("ana")]);
    expect(acts((await company.plan(disable)).plan)).toContain("update account/bo@x.example enabled=false");
  });

  it("are nobody while the rows cannot be read in full", async () => {
    company.rows([row("ana"), row("bo"), row("cy"), row("di")]);
    await company.apply(disable);
    company.rows([row("ana"), row("bo"), row("cy"), row("di")], true);
    const { plan } = await company.apply(disable);
    expect(acts(plan)).toEqual([]);
    expect(plan.unread.map(({ code }) => code)).toEqual(["read.incomplete"]);
    company.rows([row("ana"), row("bo"), row("cy")]);
    expect(acts((await company.plan(disable)).plan)).toContain("update account/di@x.example enabled=false");
  });

  it("are nobody once nobody asks for rows, or a line declares them", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    company.rows([row("ana")]);
    expect(acts((await company.plan("{accounts: {ana: {}}}")).plan)).toEqual([]);
    expect(acts((await company.plan("{accountsFrom: {leavers: disable}, accounts: {bo: {}}}")).plan)).toEqual([]);
  });

  it("are deleted by absent, and by prune where leavers is not written", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    company.rows([row("ana")]);
    const absent = "{accountsFrom: {leavers: disable}, accounts: {bo: {absent: true}}}";
    expect(acts((await company.plan(absent)).plan)).toEqual(["delete account/bo@x.example"]);
    const pruned = await company.plan("{prune: [accounts], accountsFrom: {}}");
    expect(acts(pruned.plan)).toEqual(["delete account/bo@x.example"]);
    expect(told(pruned.plan, /leaver/)).toEqual([]);
    const spared = await company.plan("{prune: [accounts], accountsFrom: {leavers: disable}}");
    expect(acts(spared.plan)).toContain("update account/bo@x.example enabled=false");
    const kept = await company.plan("{prune: [accounts], accountsFrom: {leavers: leave}}");
    expect(acts(kept.plan)).toEqual([]);
  });

  it("keep their account where it is protected", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply("{accountsFrom: {leavers: disable, defaults: {protect: true}}}");
    company.rows([row("ana")]);
    const { plan } = await company.plan(disable);
    expect(acts(plan)).toEqual([]);
    expect(told(plan, /leaver/)).toEqual(["leaver.protected domain/x.example account/bo@x.example"]);
  });

  it("of lists are left, and named", async () => {
    company.rows([list("all"), list("few")]);
    await company.apply("{listsFrom: {}}");
    company.rows([list("all")]);
    const { plan } = await company.plan("{listsFrom: {}}");
    expect(acts(plan)).toEqual([]);
    expect(told(plan, /leaver/)).toEqual(["leaver.left domain/x.example list/few@x.example"]);
  });

  it("are told to be elsewhere where somebody gave the account another name", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    await byHand("bo@x.example", {}, "bob@x.example");
    company.rows([row("ana")]);
    const { plan } = await company.apply(disable);
    expect(acts(plan)).toEqual([]);
    expect(told(plan, /leaver/)).toEqual(["leaver.renamed domain/x.example account/bo@x.example"]);
  });

  it("and are deleted by hand are forgotten: who gets the name later is somebody else", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    const { handlers } = company.directory;
    const was = (await company.held()).get("bo@x.example") as Observed<"account">;
    const options = { signal: new AbortController().signal };
    await handlers.account.write?.([{ key: "k", act: "delete", was, precondition: { none: true } }], options);
    company.rows([row("ana")]);
    await company.apply(disable);
    const want = {
      kind: "account",
      name: "bo@x.example",
      address: "account/bo@x.example",
      labels: {},
      fields: {},
    } as const;
    await handlers.account.write?.([{ key: "k", act: "create", want, precondition: { absent: true } }], options);
    expect(acts((await company.plan(disable)).plan)).toEqual([]);
  });
});

describe("rows that get another name", () => {
  it("are renamed, by the id that their endpoint knows them by, and never made anew", async () => {
    company.rows([row("ana", {}, { id: "7" }), row("bo", {}, { id: "8" })]);
    await company.apply(disable);
    const { id } = (await company.held()).get("ana@x.example") as Observed;
    company.rows([row("ana.smith", {}, { id: "7" }), row("bo", {}, { id: "8" })]);
    const { plan } = await company.apply(disable);
    expect(acts(plan)).toEqual(["update account/ana.smith@x.example from ana@x.example"]);
    expect(told(plan, /row.renamed|leaver/)).toEqual(["row.renamed account/ana.smith@x.example"]);
    expect((await company.held()).get("ana.smith@x.example")).toMatchObject({ id });
    const after = await company.plan(disable);
    expect(acts(after.plan)).toEqual([]);
    expect(told(after.plan, /row.renamed|leaver/)).toEqual([]);
    company.rows([row("bo", {}, { id: "8" })]);
    expect(acts((await company.plan(disable)).plan)).toContain("update account/ana.smith@x.example enabled=false");
  });

  it("let in again whom we disabled, under the new name", async () => {
    company.rows([row("ana", {}, { id: "7" })]);
    await company.apply(disable);
    company.rows([]);
    await company.apply(disable);
    company.rows([row("ana.smith", {}, { id: "7" })]);
    await company.apply(disable);
    expect((await company.held()).get("ana.smith@x.example")?.fields).toEqual({ enabled: true });
    expect(acts((await company.plan(disable)).plan)).toEqual([]);
  });

  it("are two people where the old name has a row of its own by now", async () => {
    company.rows([row("ana", {}, { id: "7" })]);
    await company.apply(disable);
    company.rows([row("ana", {}, { id: "9" }), row("ana.smith", {}, { id: "7" })]);
    expect(acts((await company.plan(disable)).plan)).toEqual(["create account/ana.smith@x.example"]);
  });
});

describe("an empty or wrong filter", () => {
  const many = Array.from({ length: 40 }, (_, at) => row(`p${at}`));
  const safety = "{}";

  it("is refused, says how to permit it, and disables nobody", async () => {
    company.rows(many);
    await company.apply(disable);
    company.rows([]);
    const { plan } = await company.plan(disable, { safety });
    expect(plan.guards.refusals).toEqual([
      {
        code: "guard.limit",
        severity: "error",
        about: "disable",
        message: "40 of 40 accounts would be disabled; at most 2 may (limit 5 % and 20)",
        remedy: "if it is meant, permit it with --allow-disable 40",
      },
    ]);
    expect(told(plan, /rows.read/)).toEqual(["rows.read domain/x.example"]);
    const allow = parseAllow([], ["40"]);
    expect((await company.plan(disable, { safety, allow })).plan.guards.refusals).toEqual([]);
  });

  it.each<[string, number, readonly string[], boolean]>([
    ["2 of 40: within 5 %", 2, [], true],
    ["3 of 40", 3, [], false],
    ["3 of 40, permitted by number", 3, ["3"], true],
    ["3 of 40, one permitted by name", 3, ["account/P0@x.example"], true],
    ["4 of 40, one permitted by name", 4, ["account/p0@x.example"], false],
  ])("%s", async (_, gone, permitted, passes) => {
    company.rows(many);
    await company.apply(disable);
    company.rows(many.slice(gone));
    const { plan } = await company.plan(disable, { safety, allow: parseAllow([], permitted) });
    expect(plan.guards.refusals.length === 0).toBe(passes);
  });

  it("is no matter of a line that disables one of few", async () => {
    company.rows([row("ana"), row("bo")]);
    await company.apply(disable);
    const line = disable.replace(/\}\s*$/, ", accounts: {bo: {enabled: false}}}");
    const { plan } = await company.plan(line, { safety });
    expect(acts(plan)).toEqual(["update account/bo@x.example enabled=false"]);
    expect(plan.guards.refusals).toEqual([]);
    company.rows([row("bo")]);
    expect((await company.plan(line, { safety })).plan.guards.refusals).toHaveLength(1);
  });

  it("counts those whom a row itself would disable, too", async () => {
    company.rows(many);
    await company.apply(disable);
    company.rows(many.map((each) => ({ ...each, fields: { enabled: false } })));
    const { plan } = await company.plan(disable, { safety });
    expect(plan.guards.refusals.map(({ code, about }) => `${code} ${about}`)).toEqual(["guard.limit disable"]);
  });
});

interface Round {
  readonly rows: readonly boolean[];
  readonly broken: boolean;
  readonly policy: "leave" | "disable";
  /** Who is disabled by hand after the round. */
  readonly hand: number;
}

const names = ["a", "b", "c", "d"] as const;

it("over any history nobody is deleted, and each is enabled as a simple book-keeper would have it", async () => {
  const round = fc.record<Round>({
    rows: fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }),
    broken: fc.boolean(),
    policy: fc.constantFrom("leave", "disable"),
    hand: fc.nat(names.length * 2),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(round, { maxLength: 6 }), async (rounds) => {
      const each = await openCompany();
      try {
        await each.apply("{accounts: {keeper: {}}}");
        const book = new Map<string, { enabled: boolean; ours: boolean; known: boolean }>();
        for (const { rows, broken, policy, hand } of rounds) {
          const there = names.filter((_, at) => rows[at]);
          each.rows(
            there.map((name) => row(name)),
            broken,
          );
          await each.apply(`{accountsFrom: {leavers: ${policy}}, accounts: {keeper: {}}}`);
          if (!broken) note(book, there, policy);
          const name = names[hand];
          if (name !== undefined && book.get(name)?.enabled === true) {
            await byHand(`${name}@x.example`, { enabled: false }, undefined, each);
            book.set(name, { enabled: false, ours: false, known: true });
          }
          const held = await each.held();
          const seen = [...held].map(([key, observed]) => [key, enabled(observed) !== false] as const);
          const expected = [
            ["keeper@x.example", true] as const,
            ...[...book].map(([key, { enabled }]) => [`${key}@x.example`, enabled] as const),
          ];
          expect(new Map(seen)).toEqual(new Map(expected));
        }
      } finally {
        await each.close();
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);

function note(
  book: Map<string, { enabled: boolean; ours: boolean; known: boolean }>,
  there: readonly string[],
  policy: Round["policy"],
): void {
  for (const name of names) {
    const known = book.get(name);
    if (there.includes(name)) {
      book.set(
        name,
        known === undefined
          ? { enabled: true, ours: false, known: true }
          : { enabled: known.enabled || known.ours, ours: false, known: true },
      );
    } else if (known !== undefined && policy === "disable" && known.enabled) {
      book.set(name, { enabled: false, ours: true, known: true });
    }
  }
}

async function byHand(name: string, fields: object, to = name, at = company): Promise<void> {
  const was = (await at.held()).get(name) as Observed<"account">;
  const want = { kind: "account", name: to, address: `account/${to}`, labels: {}, fields } as const;
  const changes = Object.entries(fields).map(([field, value]) => ({ field, to: value as boolean }));
  const change = { key: "k", act: "update", want, was, fields: changes, precondition: { none: true } } as const;
  await at.directory.handlers.account.write?.([change], { signal: new AbortController().signal });
}
