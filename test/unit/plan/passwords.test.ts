import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Handler } from "../../../src/contract/endpoint.ts";
import type { Scheme } from "../../../src/kind/scheme.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { Fault } from "../../../src/model/fault.ts";
import { type Company, openCompany, row, told } from "./people.ts";

const bcrypt = "{BCRYPT}$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
const smd5 = "{SMD5}4QWGWZpj9GCmfuqEvm8HtZhZS6E=";

let company: Company;
beforeEach(async () => {
  company = await openCompany();
});
afterEach(() => company.close());

/** The old directory, with what people log in with. */
function hold(hashes: Readonly<Record<string, string>>): void {
  const directory = createMemoryDirectory(Object.keys(hashes).map((name) => row(name)));
  for (const [name, hash] of Object.entries(hashes)) directory.store(`${name}@x.example`, hash);
  company.endpoints.set("old", createMemoryEndpoint("old", directory, createMemoryItems()));
}

/** What the new directory says of passwords. */
function take(passwords: Handler<"account">["passwords"] | undefined): void {
  const { handlers } = company.directory;
  const { passwords: _, ...account } = handlers.account;
  const endpoint = createMemoryEndpoint("new", company.directory, createMemoryItems());
  const handler = passwords === undefined ? account : { ...account, passwords };
  company.endpoints.set("new", { ...endpoint, directory: { ...handlers, account: handler } });
}

const accounts = (password: string): string => `{accounts: {ana: {password: ${password}}, bo: {}}}`;
const source = "{accountsFrom: {defaults: {password: {hash: source}}}}";

const hashes: NonNullable<Handler<"account">["hashes"]> = async function* () {
  yield { name: "ana@x.example", hash: bcrypt };
  throw new Fault({ code: "read.incomplete", message: "The line was cut", spoils: "endpoint" });
};

const issue = (password: string, issue: number): string =>
  `{accounts: {ana: {password: {${password}, issue: ${issue}}}}}`;

describe("how people will log in", () => {
  it.each<[string, string, string[]]>([
    ["generated", "{generate: true}", ["password.generated account/ana@x.example"]],
    ["checked elsewhere", "{external: true}", ["password.external account/ana@x.example"]],
    ["known", "{secret: {env: ANA}}", []],
    ["a hash by reference", "{hash: {env: ANA}}", []],
    ["carried, and the source has none", "{hash: source}", []],
  ])("%s", async (_, password, findings) => {
    const { plan } = await company.plan(accounts(password));
    const missing = password.includes("source")
      ? "password.missing new account/ana@x.example account/bo@x.example"
      : "password.missing account/bo@x.example";
    expect(told(plan, /^password/)).toEqual([...findings, missing]);
  });

  it("is no matter of an endpoint that writes no passwords, of who is not let in, and of who is there", async () => {
    expect(told((await company.plan("{accounts: {bo: {enabled: false}}}")).plan, /^password/)).toEqual([]);
    await company.apply("{accounts: {bo: {}}}");
    expect(told((await company.plan("{accounts: {bo: {displayName: Bo}}}")).plan, /^password/)).toEqual([]);
    take(undefined);
    expect(told((await company.plan("{accounts: {cy: {}}}")).plan, /^password/)).toEqual([]);
  });

  it("names schemes that are not taken, and tells nothing of the hashes themselves", async () => {
    hold({ ana: bcrypt, bo: smd5, cy: "{CLEAR}hunter22", di: "{ROT13}uhagre" });
    take({ hashes: new Set<Scheme>(["BLF-CRYPT"]) });
    const { plan } = await company.plan(source);
    expect(
      plan.findings
        .filter(({ code }) => code === "password.scheme")
        .map(({ about, message }) => `${about}: ${message}`),
    ).toEqual([
      "account/bo@x.example: new takes no SMD5 hashes, so no password would be written: they would have no way in",
      "account/cy@x.example: new takes no CLEAR hashes, so no password would be written: they would have no way in",
      "account/di@x.example: new takes no hashes of a scheme that is not known, so no password would be written: they would have no way in",
    ]);
    for (const secret of [bcrypt, smd5, "hunter22", "uhagre", "$2b$05"])
      expect(JSON.stringify(plan)).not.toContain(secret);
  });

  it("says beforehand that a hash which the manifests name cannot be written where none is taken", async () => {
    take({ hashes: new Set() });
    const { plan } = await company.plan(accounts("{hash: {env: ANA}}"));
    expect(plan.findings.filter(({ code }) => code === "password.scheme")).toMatchObject([
      { severity: "error", about: "account/ana@x.example", message: expect.stringContaining("no hash") },
    ]);
    take({ hashes: new Set<Scheme>(["SSHA"]) });
    expect(told((await company.plan(accounts("{hash: {env: ANA}}"))).plan, /^password.scheme/)).toEqual([]);
  });

  it("says why hashes cannot be had, and goes on", async () => {
    const whole = company.endpoints.get("old");
    const account = { ...(whole?.directory.account as Handler<"account">), hashes };
    if (whole !== undefined) company.endpoints.set("old", { ...whole, directory: { account } });
    const { plan } = await company.plan(accounts("{hash: source}"));
    expect(plan.findings.filter(({ code }) => code === "password.unread")).toMatchObject([
      {
        severity: "error",
        about: "account/ana@x.example",
        message: "Password hashes cannot be carried: The line was cut",
      },
    ]);
    expect(plan.steps).toHaveLength(2);
    const none = { ...(whole?.directory.account as Handler<"account">) };
    delete (none as { hashes?: unknown }).hashes;
    if (whole !== undefined) company.endpoints.set("old", { ...whole, directory: { account: none } });
    const without = await company.plan(accounts("{hash: source}"));
    expect(without.plan.findings.find(({ code }) => code === "password.unread")?.message).toContain(
      "old gives no password hashes",
    );
  });
});

describe("a password that is issued again", () => {
  it.each<[string, string, number]>([
    ["is written again where its issue rose", "secret: {env: ANA}", 1],
    ["is not where it is checked elsewhere", "external: true", 0],
  ])("%s", async (_, password, updates) => {
    await company.apply(issue(password, 1));
    const { plan } = await company.plan(issue(password, 2));
    expect(plan.steps.filter(({ change }) => change.act === "update")).toHaveLength(updates);
  });
});
