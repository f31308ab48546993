import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../../src/contract/state-store.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { identityOf, type IdentityFacts } from "../../../src/plan/identity.ts";
import { acts, type Company, openCompany, row, told } from "./people.ts";

let company: Company;
beforeEach(async () => {
  company = await openCompany();
});
afterEach(() => company.close());

const codes = /^(id|name)\./;

const named = async (name: string): Promise<string | undefined> => (await company.held()).get(`${name}@x.example`)?.id;

describe("who a resource is", () => {
  const facts: IdentityFacts = { there: "nobody", known: "unremembered", formerly: false };

  it.each<[string, Partial<IdentityFacts>, ReturnType<typeof identityOf>]>([
    ["nobody there, nothing remembered", {}, "new"],
    ["nobody there, and its id gone", { known: "nowhere" }, "new"],
    ["its name, nothing remembered: adopted by its address", { there: "itself" }, "itself"],
    ["its name and its id", { there: "itself", known: "free" }, "itself"],
    ["a former name", { formerly: true }, "renamed"],
    ["a former name, though its id is elsewhere", { formerly: true, known: "free" }, "renamed"],
    ["its id under a name that nobody declares", { known: "free" }, "moved"],
    ["its id under a name that is declared", { known: "declared" }, "remade"],
    ["another under its name, itself gone", { there: "another", known: "nowhere" }, "replaced"],
    ["another under its name, itself elsewhere", { there: "another", known: "free" }, "swapped"],
    ["another under its name, itself under a declared one", { there: "another", known: "declared" }, "swapped"],
  ])("%s", (_, some, identity) => {
    expect(identityOf({ ...facts, ...some })).toBe(identity);
  });

  it("is made anew only where nobody has its name, and neither a former name nor its id leads to somebody free", () => {
    const any = fc.record<IdentityFacts>({
      there: fc.constantFrom("nobody", "itself", "another"),
      known: fc.constantFrom("unremembered", "nowhere", "declared", "free"),
      formerly: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (each) => {
        const identity = identityOf(each);
        const made = identity === "new" || identity === "remade";
        expect(made).toBe(each.there === "nobody" && !each.formerly && each.known !== "free");
      }),
    );
  });
});

describe("somebody with an id of its own", () => {
  const two = "{accounts: {ana: {}, bo: {}}}";
  it("is known by it, though it was there before, and renamed behind our back", async () => {
    await company.close();
    company = await openCompany([row("ana")]);
    await company.apply("{accounts: {ana: {}}}");
    const id = await named("ana");
    expect(await company.remembered("account/ana@x.example")).toMatchObject({ endpoint: "new", id });
    await rename("ana", "ann");
    const { plan } = await company.apply("{accounts: {ana: {}}}");
    expect(acts(plan)).toEqual(["update account/ana@x.example from ann@x.example"]);
    expect(told(plan, codes)).toEqual(["name.moved account/ana@x.example"]);
    expect(await named("ana")).toBe(id);
  });

  it("keeps its new name where that is declared, with the old one under formerly", async () => {
    await company.apply("{accounts: {ana: {}}}");
    await rename("ana", "ann");
    const { plan } = await company.apply("{accounts: {ann: {formerly: [ana]}}}");
    expect(acts(plan)).toEqual([]);
    expect(told(plan, codes)).toEqual([]);
  });

  it("is adopted by its address where the state is lost", async () => {
    await company.apply("{accounts: {ana: {}}}");
    const id = await named("ana");
    for (const { address } of await company.state.ledger.all()) await forget(address);
    expect(acts((await company.apply("{accounts: {ana: {}}}")).plan)).toEqual([]);
    expect(await company.remembered("account/ana@x.example")).toMatchObject({ id });
  });

  it("is told where another one has its name and it is gone", async () => {
    await company.apply(two);
    await remove("ana");
    await make("ana");
    const { plan } = await company.apply(two);
    expect(acts(plan)).toEqual([`record account/ana@x.example {"adopt":{"id":"${await named("ana")}"}}`]);
    expect(told(plan, codes)).toEqual(["id.replaced account/ana@x.example"]);
    expect(told((await company.plan(two)).plan, codes)).toEqual([]);
  });

  it("is told where its id belongs to another declared name now", async () => {
    await company.apply(two);
    await remove("bo");
    await rename("ana", "bo");
    const { plan } = await company.plan(two);
    expect(acts(plan)).toEqual([
      "create account/ana@x.example",
      `record account/bo@x.example {"adopt":{"id":"${await named("bo")}"}}`,
    ]);
    expect(told(plan, codes)).toEqual(["id.taken account/ana@x.example", "id.replaced account/bo@x.example"]);
  });

  it("is told where two have changed names", async () => {
    await company.apply(two);
    await rename("ana", "x");
    await rename("bo", "ana");
    await rename("x", "bo");
    const { plan } = await company.plan(two);
    expect(told(plan, codes)).toEqual(["id.moved account/ana@x.example", "id.moved account/bo@x.example"]);
    expect(acts(plan).filter((act) => !act.startsWith("record"))).toEqual([]);
  });

  it("is not let in for one whom we had disabled under its name", async () => {
    company.rows([row("ana")]);
    const spec = "{accountsFrom: {leavers: disable}}";
    await company.apply(spec);
    company.rows([]);
    await company.apply(spec);
    await remove("ana");
    await make("ana", { enabled: false });
    company.rows([row("ana")]);
    expect(acts((await company.plan(spec)).plan)).not.toContain("update account/ana@x.example enabled=true");
  });

  it("is not deleted in place of another one without a word", async () => {
    await company.apply(two);
    await remove("ana");
    await make("ana");
    const absent = await company.plan("{accounts: {ana: {absent: true}, bo: {}}}");
    expect(told(absent.plan, codes)).toEqual(["id.replaced account/ana@x.example"]);
    await rename("bo", "bob");
    const moved = await company.plan("{accounts: {bo: {absent: true}}}");
    expect(acts(moved.plan)).toEqual([]);
    expect(told(moved.plan, codes)).toEqual(["name.moved account/bo@x.example"]);
  });

  it("stays protected under the name that somebody gave it", async () => {
    await company.apply("{accounts: {ana: {protect: true}, bo: {}}}");
    await rename("ana", "ann");
    const pruned = await company.plan("{prune: [accounts], accounts: {bo: {}}}");
    expect(acts(pruned.plan)).toEqual([]);
    expect(told(pruned.plan, /prune/)).toEqual(["prune.protected account/ann@x.example"]);
    const absent = await company.plan("{accounts: {ann: {absent: true}, bo: {}}}");
    expect(absent.plan.guards.refusals.map(({ code, about }) => `${code} ${about}`)).toContain(
      "guard.protected account/ann@x.example",
    );
  });

  it("of another endpoint says nothing here", async () => {
    await company.apply("{accounts: {ana: {}}}");
    await remember({ address: "account/ana@x.example", endpoint: "other", id: "7" });
    const { plan } = await company.apply("{accounts: {ana: {}}}");
    expect([acts(plan), told(plan, codes)]).toEqual([[], []]);
    expect(await company.remembered("account/ana@x.example")).toMatchObject({
      endpoint: "new",
      id: await named("ana"),
    });
  });
});

describe("a former name", () => {
  it("that is there beside the new one is left, and told", async () => {
    await company.apply("{accounts: {cy: {}, cyl: {}}}");
    const { plan } = await company.plan("{accounts: {cy: {formerly: [cyl]}}}");
    expect(acts(plan)).toEqual([]);
    expect(told(plan, codes)).toEqual(["name.both account/cy@x.example"]);
  });

  it("that another one has by now is told before it is renamed", async () => {
    await company.apply("{accounts: {cyl: {}}}");
    await remove("cyl");
    await make("cyl");
    const { plan } = await company.plan("{accounts: {cy: {formerly: [cyl]}}}");
    expect(acts(plan)).toEqual(["update account/cy@x.example from cyl@x.example"]);
    expect(told(plan, codes)).toEqual(["id.replaced account/cy@x.example"]);
  });
});

const options = { signal: new AbortController().signal };
const anything = { none: true } as const;
const full = (name: string): string => `${name}@x.example`;
const wantOf = (name: string, fields: object = {}) =>
  ({ kind: "account", name: full(name), address: `account/${full(name)}`, labels: {}, fields }) as const;

async function there(name: string): Promise<Observed<"account">> {
  const found = (await company.held()).get(full(name));
  if (found === undefined) throw new Error(`${name} is not there`);
  return found as Observed<"account">;
}

async function rename(from: string, to: string): Promise<void> {
  const change = { key: "k", act: "update", want: wantOf(to), was: await there(from), fields: [] } as const;
  await company.directory.handlers.account.write?.([{ ...change, precondition: anything }], options);
}

async function remove(name: string): Promise<void> {
  const change = { key: "k", act: "delete", was: await there(name), precondition: anything } as const;
  await company.directory.handlers.account.write?.([change], options);
}

async function make(name: string, fields: object = {}): Promise<void> {
  const change = { key: "k", act: "create", want: wantOf(name, fields), precondition: { absent: true } } as const;
  await company.directory.handlers.account.write?.([change], options);
}

async function remember(record: LedgerRecord): Promise<void> {
  const { state } = company;
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "", user: "u", command: "test" });
  await state.ledger.set(lease, [record]);
  await lease.release();
}

async function forget(address: LedgerRecord["address"]): Promise<void> {
  const { state } = company;
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "", user: "u", command: "test" });
  await state.ledger.forget(lease, address);
  await lease.release();
}
