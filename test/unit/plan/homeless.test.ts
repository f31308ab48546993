import { afterEach, beforeEach, expect, it } from "vitest";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { type Company, openCompany, row, told } from "./people.ts";

const list = { kind: "list", name: "team@x.example", fields: {} } as Observed;
let company: Company;
beforeEach(async () => {
  company = await openCompany([row("ana"), row("zed"), list]);
});
afterEach(() => company.close());

/** The new directory keeps an alias with whom it leads to. */
function bind(): void {
  const { handlers } = company.directory;
  const endpoint = createMemoryEndpoint("new", company.directory, createMemoryItems());
  company.endpoints.set("new", {
    ...endpoint,
    directory: { ...handlers, alias: { ...handlers.alias, atTarget: true } },
  });
}

const homeless = async (spec: string): Promise<readonly string[]> =>
  told((await company.plan(spec)).plan, /^alias.homeless/);

it.each<[string, string, readonly string[]]>([
  [
    "to who is there, or is made by the plan",
    "{accounts: {cy: {}}, aliases: {a: ana@x.example, t: team@x.example, c: cy}}",
    [],
  ],
  ["to outside", "{aliases: {out: post@elsewhere.example}}", ["alias.homeless alias/out@x.example"]],
  ["to another alias", "{aliases: {a: ana@x.example, b: a@x.example}}", ["alias.homeless alias/b@x.example"]],
  [
    "to who goes",
    "{accounts: {zed: {absent: true}}, aliases: {z: post@elsewhere.example}}",
    ["alias.homeless alias/z@x.example"],
  ],
])("an alias %s", async (_, spec, findings) => {
  expect(await homeless(spec)).toEqual([]);
  bind();
  expect(await homeless(spec)).toEqual(findings);
});

it("an alias whose home cannot be read is left to the write", async () => {
  bind();
  const bound = company.endpoints.get("new");
  const account = {
    ...company.directory.handlers.account,
    // oxlint-disable-next-line require-yield
    read: async function* () {
      throw new Error("cut");
    },
  };
  company.endpoints.set("new", { ...bound, directory: { ...bound?.directory, account } } as never);
  expect(await homeless("{aliases: {out: post@elsewhere.example}}")).toEqual([]);
});

it.each<[string, string, readonly string[]]>([
  ["to who is there, or is made by the plan", "{accounts: {ana: {forwarding: {to: [cy]}}, cy: {}}}", []],
  ["outside without a copy", "{accounts: {ana: {forwarding: {to: [a@out.example], keepCopy: false}}}}", []],
  ["outside with a copy", "{accounts: {ana: {forwarding: {to: [a@out.example]}}}}", ["account/ana@x.example"]],
])("mail that is sent on %s, where a copy stays of what goes to somebody there alone", async (_, spec, about) => {
  const outside = async () => told((await company.plan(spec)).plan, /^forwarding.outside/);
  expect(await outside()).toEqual([]);
  const endpoint = createMemoryEndpoint("new", company.directory, createMemoryItems());
  const { handlers } = company.directory;
  company.endpoints.set("new", {
    ...endpoint,
    directory: { ...handlers, account: { ...handlers.account, copiesFor: "entries" } },
  });
  expect(await outside()).toEqual(about.map((each) => `forwarding.outside ${each}`));
});
