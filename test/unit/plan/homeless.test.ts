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
