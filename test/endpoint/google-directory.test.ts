/** What is Google's own about its directory: what shows late, answers that are lost, rates, hashes, roles and scopes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint, NewPassword, Outcome, Scope } from "../../src/contract/endpoint.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";
import { refuse } from "../servers/google/said.ts";
import { described, startWorkspace, type Workspace } from "./google.ts";

const options = { signal: new AbortController().signal };
const backend = refuse(503, "backendError", "Backend Error");
let workspace: Workspace;
let endpoint: Endpoint;

beforeEach(async () => {
  workspace = await startWorkspace();
  workspace.fake.directory.domains.set("example.com", true);
  endpoint = await workspace.open();
});
afterEach(async () => {
  await workspace.fake.stop();
  described(workspace.fake);
});

function creation(kind: DirectoryKind, name: string, fields: object, password?: NewPassword): DirectoryChange {
  const want = { kind, name, address: addressOf(kind, name), labels: {}, fields };
  return {
    key: name,
    act: "create",
    want,
    precondition: { absent: true },
    ...(password === undefined ? {} : { password }),
  } as DirectoryChange;
}

async function write(kind: DirectoryKind, ...changes: DirectoryChange[]): Promise<readonly Outcome[]> {
  const handler = endpoint.directory[kind];
  return (await handler?.write?.(changes as never, options)) ?? [];
}

const read = async (kind: DirectoryKind): Promise<readonly Observed[]> =>
  collect(endpoint.directory[kind]?.read({}, options) as AsyncIterable<Observed>);

const nameOf = (observed: Observed) => observed.name;

describe("what shows late", () => {
  it("is waited for: an account is there when its creation returns, and its alias and groups follow", async () => {
    workspace.fake.directory.lag = 9000;
    const [account] = await write("account", creation("account", "ana@example.com", { displayName: "Ana Ruiz" }));
    expect(account).toMatchObject({ observed: { name: "ana@example.com" } });
    const [alias] = await write("alias", creation("alias", "info@example.com", { target: "ana@example.com" }));
    expect(alias).toMatchObject({ observed: { fields: { target: "ana@example.com" } } });
    const sales = creation("list", "sales@example.com", { members: ["ana@example.com", "out@elsewhere.example"] });
    expect(await write("list", sales)).toMatchObject([
      { observed: { fields: { members: ["ana@example.com", "out@elsewhere.example"] } } },
    ]);
    expect((await read("list")).map(nameOf)).toEqual(["sales@example.com"]);
  });

  it("is not waited for where nothing was made: an alias of nobody is refused at once", async () => {
    const begun = workspace.clock.now();
    const [outcome] = await write("alias", creation("alias", "info@example.com", { target: "no@example.com" }));
    expect(outcome).toMatchObject({ fault: { code: "alias.targetless" } });
    expect(workspace.clock.now() - begun).toBeLessThan(1000);
  });
});

describe("answers that are lost", () => {
  it.each([
    ["answered with 503", { reply: backend, after: true as const }],
    ["cut off", { cut: true as const, after: true as const }],
  ])("a creation that took effect and is %s makes one account, and no conflict", async (_, mishap) => {
    workspace.fake.faults.script("POST", /\/users$/, mishap);
    const outcomes = await write("account", creation("account", "ana@example.com", { displayName: "Ana" }));
    expect(outcomes).toMatchObject([{ observed: { name: "ana@example.com" } }]);
    expect(workspace.fake.directory.users.size).toBe(1);
  });

  it("a creation that did not take effect is made again", async () => {
    workspace.fake.faults.script("POST", /\/users$/, { reply: backend });
    const outcomes = await write("account", creation("account", "ana@example.com", { displayName: "Ana" }));
    expect(outcomes).toMatchObject([{ observed: { name: "ana@example.com" } }]);
  });

  it("a group whose creation, first member and settings are answered with 503 after they took effect is whole", async () => {
    const lost = { reply: backend, after: true as const };
    for (const path of [/\/groups$/, /\/members$/, /\/aliases$/]) workspace.fake.faults.script("POST", path, lost);
    const fields = {
      displayName: "Sales",
      members: ["bo@elsewhere.example"],
      owners: ["cy@elsewhere.example"],
      hidden: true,
    };
    expect(await write("list", creation("list", "sales@example.com", fields))).toMatchObject([
      { observed: { fields } },
    ]);
    const alias = creation("alias", "vertrieb@example.com", { target: "sales@example.com" });
    expect(await write("alias", alias)).toMatchObject([{ observed: { fields: { target: "sales@example.com" } } }]);
  });

  it("nothing is made twice and nothing is lost where one request in six goes wrong somehow", async () => {
    workspace.fake.directory.lag = 1500;
    workspace.fake.faults.chance(20_261_128, 6);
    const names = Array.from({ length: 40 }, (_, index) => `p${index}@example.com`);
    const outcomes = await write("account", ...names.map((name) => creation("account", name, { displayName: name })));
    expect(outcomes.filter((outcome) => !("observed" in outcome))).toEqual([]);
    expect([...workspace.fake.directory.users].map(({ primaryEmail }) => primaryEmail).toSorted()).toEqual(
      names.toSorted(),
    );
    expect(workspace.fake.faults.count()).toBeGreaterThan(10);
  });
});

describe("rates and rights", () => {
  it("a 403 for its rate is waited out, and one for a right is told", async () => {
    workspace.fake.faults.script("GET", /\/users$/, { reply: refuse(403, "quotaExceeded", "Quota exceeded") }, 3);
    expect(await read("account")).toEqual([]);
    expect(workspace.clock.waits.length).toBeGreaterThanOrEqual(3);
    workspace.fake.faults.script("GET", /\/users$/, { reply: refuse(403, "forbidden", "Not Authorized") });
    await expect(read("account")).rejects.toMatchObject({
      code: "rights.missing",
      remedy: expect.stringContaining("Admin roles"),
    });
  });

  it("keeps within 2,400 requests a minute", async () => {
    const names = Array.from({ length: 900 }, (_, index) => `p${index}@example.com`);
    await write("account", ...names.map((name) => creation("account", name, { displayName: name })));
    expect(workspace.fake.meter.peak.get("admin@example.com")?.units).toBeLessThanOrEqual(2400);
    expect(workspace.fake.meter.total("admin@example.com")).toBeGreaterThan(2400);
  });

  it("goes on with a new token where the old one was revoked", async () => {
    await read("account");
    workspace.fake.grants.revoke();
    expect(await read("account")).toEqual([]);
    expect(workspace.fake.grants.issued()).toBe(2);
  });

  it("says by name which scopes are missing, and where they are granted", async () => {
    const all = ["user", "group", "domain"].map((each) => `https://www.googleapis.com/auth/admin.directory.${each}`);
    workspace.fake.grants.granted = new Set(all);
    const findings = await collect(endpoint.check({ use: "destination", mailboxes: [], seen: () => {} }, options));
    const missing = findings.filter(({ code }) => code === "scope.missing");
    expect(missing.map(({ message }) => /\S+/.exec(message)?.[0])).toEqual([
      "https://www.googleapis.com/auth/apps.groups.settings",
      "https://www.googleapis.com/auth/admin.directory.orgunit",
    ]);
    for (const { remedy } of missing) expect(remedy).toMatch(/1029384756.*API controls > Domain-wide delegation/u);
  });

  it("asks for read-only scopes where the manifest says so, and cannot write then", async () => {
    const source = await workspace.open({ readOnly: true });
    workspace.fake.grants.granted = new Set(["https://www.googleapis.com/auth/admin.directory.user.readonly"]);
    expect(await collect(source.directory.account?.read({}, options))).toEqual([]);
    expect(source.directory.account?.write).toBeUndefined();
    expect(source.directory.account?.passwords).toBeUndefined();
  });
});

const hash = (value: string): NewPassword => ({ from: "hash", value, mustChange: false });

const stored = async (value: string) => {
  const outcomes = await write("account", creation("account", "ana@example.com", { displayName: "Ana" }, hash(value)));
  const [user] = workspace.fake.directory.users;
  return { outcomes, kind: user?.hashFunction, password: user?.password };
};

describe("passwords", () => {
  it.each([
    ["{MD5}X03MO1qnZdYdgyfeuILPmQ==", "MD5", "5f4dcc3b5aa765d61d8327deb882cf99"],
    ["{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "SHA-1", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"],
    ["{CRYPT}$6$saltsalt$abc", "crypt", "$6$saltsalt$abc"],
    ["$1$saltsalt$abc", "crypt", "$1$saltsalt$abc"],
  ])("%s is carried as %s", async (value, kind, password) => {
    expect(await stored(value)).toMatchObject({ kind, password });
  });

  it("a hash of more rounds than Google takes is refused by name, and nothing is made", async () => {
    const { outcomes } = await stored("$6$rounds=65536$saltsalt$abc");
    expect(outcomes).toMatchObject([{ fault: { code: "password.unfit" } }]);
    expect(workspace.fake.directory.users.size).toBe(0);
  });
});

const rows = async (scope: Scope) =>
  (await collect(endpoint.directory.account?.read(scope, options))).map(({ name, fields }) => [
    name,
    fields.displayName,
    fields.class,
  ]);

describe("rows for another system", () => {
  it("are taken by a pattern, or by Google's own query, with fields from where the manifest says", async () => {
    await write("account", creation("account", "ana@example.com", { displayName: "Ana Ruiz", class: "/Sales" }));
    await write("account", creation("account", "bo@example.com", { displayName: "Bo Ek", class: "/Else" }));
    const bySales = { filter: { orgUnitPath: "/Sa*" }, map: { class: "licence", displayName: "primaryEmail" } };
    expect(await rows(bySales)).toEqual([["ana@example.com", "ana@example.com", undefined]]);
    expect(await rows({ filter: "orgUnitPath=/Else" })).toEqual([["bo@example.com", "Bo Ek", "/Else"]]);
  });
});

describe("groups", () => {
  it("whoever looks after a list and is no member gets none of its mail; a manager stays one", async () => {
    const fields = { members: ["a@out.example", "b@out.example"], owners: ["b@out.example", "c@out.example"] };
    const [made] = await write("list", creation("list", "sales@example.com", fields));
    const [group] = workspace.fake.directory.groups;
    expect(group?.members.map(({ email, role, delivery }) => [email, role, delivery])).toEqual([
      ["a@out.example", "MEMBER", "ALL_MAIL"],
      ["b@out.example", "OWNER", "ALL_MAIL"],
      ["c@out.example", "OWNER", "NONE"],
    ]);
    const manager = group?.members.find(({ email }) => email === "b@out.example");
    if (manager === undefined || made === undefined || !("observed" in made)) throw new Error("not made");
    manager.role = "MANAGER";
    const was = (await read("list"))[0] as Observed<"list">;
    expect(was.fields).toEqual((made.observed as Observed<"list">).fields);
    const to = ["b@out.example", "d@out.example"];
    const change = {
      ...creation("list", was.name, { ...was.fields, owners: to }),
      act: "update",
      was,
      fields: [{ field: "owners", to }],
    };
    await write("list", { ...change, precondition: { revision: was.revision ?? "" } } as DirectoryChange);
    expect(group?.members.map(({ email, role }) => [email, role])).toEqual([
      ["a@out.example", "MEMBER"],
      ["b@out.example", "MANAGER"],
      ["d@out.example", "OWNER"],
    ]);
  });

  it("are made with the settings that the manifest gives to new ones", async () => {
    endpoint = await workspace.open({ groups: { whoCanPostMessage: "ANYONE_CAN_POST", allowExternalMembers: true } });
    await write("list", creation("list", "sales@example.com", {}));
    const [group] = workspace.fake.directory.groups;
    expect(group?.settings).toMatchObject({ whoCanPostMessage: "ANYONE_CAN_POST", allowExternalMembers: "true" });
  });
});

describe("domains", () => {
  it("that are added are said to be unverified; the manifest says which are aliases of another", async () => {
    endpoint = await workspace.open({ domainAliases: { "alias.example": "example.com" } });
    await write("domain", creation("domain", "alias.example", {}), creation("domain", "more.example", {}));
    expect([...workspace.fake.directory.domainAliases]).toEqual([["alias.example", "example.com"]]);
    const told = workspace.events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(told.map(({ code, about }) => [code, about]).toSorted()).toEqual([
      ["domain.unverified", "domain/alias.example"],
      ["domain.unverified", "domain/more.example"],
    ]);
  });
});
