import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock, Endpoint } from "../../../src/contract/endpoint.ts";
import type { StateStore } from "../../../src/contract/state-store.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems, type MemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import { loadManifests } from "../../../src/manifest/load.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { parseAllow } from "../../../src/plan/allow.ts";
import { explain } from "../../../src/plan/explain.ts";
import { expand } from "../../../src/plan/expand.ts";
import { makePlan, type PlanRequest } from "../../../src/plan/make.ts";
import { selectEverything } from "../../../src/plan/select.ts";
import { openState } from "../../../src/state/sqlite/open.ts";

const clock: Clock = { now: () => Date.UTC(2026, 10, 20, 14, 2, 11), wait: async () => {} };
const { signal } = new AbortController();

const systems = `
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: old}
spec: {type: memory}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: new}
spec: {type: memory}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: example}
spec:
  source: {directory: old, mail: old}
  destination: {directory: new, mail: new}
  safety: {maxDeletes: {percent: 100, count: 20}}
`;

const broken = (afterMs: number): Fault =>
  new Fault({ code: "line.cut", message: "cut", spoils: "mailbox", retry: { afterMs }, about: "old" });

let folder: string;
let state: StateStore;
let endpoints: Map<string, Endpoint>;
let mail: { readonly old: MemoryItems; readonly new: MemoryItems };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconcile-plan-"));
  state = await openState({ path: ":memory:", migration: "example", clock });
  setUp({});
});
afterEach(async () => {
  await state.close();
  await rm(folder, { recursive: true, force: true });
});

/** The source's n-th opening, from 1, goes by `meet`, which may throw. */
function meetAtSource(meet: (opening: number) => void): void {
  const old = endpoints.get("old") as Endpoint;
  let openings = 0;
  const message: Endpoint["items"]["message"] = async (owner, options) => {
    openings += 1;
    meet(openings);
    return (old.items.message as NonNullable<Endpoint["items"]["message"]>)(owner, options);
  };
  endpoints.set("old", { ...old, items: { message } });
}

const observed = (kind: Observed["kind"], name: string, fields: object = {}): Observed =>
  ({ kind, name, fields }) as Observed;

function setUp(there: { readonly old?: readonly Observed[]; readonly new?: readonly Observed[] }): void {
  mail = { old: createMemoryItems(), new: createMemoryItems() };
  endpoints = new Map(
    (["old", "new"] as const).map((name) => [
      name,
      createMemoryEndpoint(name, createMemoryDirectory(there[name]), mail[name]),
    ]),
  );
}

function deliver(items: MemoryItems, user: string, count: number): void {
  const account = items.account(user);
  const inbox = addFolder(account, { path: ["INBOX"] });
  for (let at = 0; at < count; at += 1) {
    const body = Buffer.from(`Message-ID: <${at}@x.example>\r\nSubject: ${at}\r\n\r\nbody\r\n`);
    addMail(account, inbox, { date: at * 1000, marks: [], body });
  }
}

async function request(yaml: string, rest: Partial<PlanRequest> = {}): Promise<PlanRequest> {
  await writeFile(join(folder, "all.yaml"), yaml);
  return {
    manifest: await loadManifests([folder], { folder }),
    connect: async (name) => endpoints.get(name) as Endpoint,
    state,
    clock,
    signal,
    emit: () => {},
    ...rest,
  };
}

const plan = async (yaml: string, rest: Partial<PlanRequest> = {}): Promise<Plan> =>
  makePlan(await request(`${systems}---\n${yaml}`, rest));
const acts = ({ steps }: Plan): string[] => steps.map(({ change, address }) => `${change.act} ${address}`);
const told = ({ findings }: Plan): string[] => findings.map(({ code, about }) => `${code} ${about}`);

const domain = (spec: string): string => `
apiVersion: reconcile/v1
kind: Domain
metadata: {name: x.example}
spec: ${spec}
`;

/** Keeps every other capability of an endpoint, and lets one kind's reading break after its first row. */
function breakReading(name: string, kind: "account" | "list"): void {
  const whole = endpoints.get(name) as Endpoint;
  const handler = whole.directory[kind];
  if (handler === undefined) throw new Error("no handler");
  const read: typeof handler.read = async function* (scope: never, options: never) {
    for await (const row of handler.read(scope, options)) {
      yield row as never;
      throw new Fault({ code: "read.incomplete", message: "The line was cut", spoils: "endpoint", retry: "later" });
    }
  };
  endpoints.set(name, { ...whole, directory: { ...whole.directory, [kind]: { ...handler, read } } });
}

const wish = (issue: number): string =>
  domain(`{accounts: {ana: {password: {secret: {env: SECRET_NAME}, issue: ${issue}}}}}`);

describe("a plan of a directory", () => {
  it("makes what is missing, changes what differs, and is empty where all is so", async () => {
    setUp({
      new: [
        observed("domain", "x.example"),
        observed("account", "cy@x.example", { displayName: "Cy L" }),
        observed("account", "bo@x.example", { displayName: "Bo" }),
      ],
    });
    const made = await plan(
      domain(
        "{accounts: {ana: {displayName: Ana}, bo: {displayName: Bo}, cy: {displayName: Cy Lund}}, lists: {all: {members: [ana, cy]}}}",
      ),
    );
    expect(acts(made)).toEqual([
      "create account/ana@x.example",
      "update account/cy@x.example",
      "create list/all@x.example",
    ]);
    expect(made.steps[1]?.change).toMatchObject({ fields: [{ field: "displayName", from: "Cy L", to: "Cy Lund" }] });
    expect(made.steps[1]?.precondition).toEqual({ revision: expect.any(String) });
    expect(made.guards.refusals).toEqual([]);
    const same = await plan(domain("{accounts: {bo: {displayName: Bo}}}"));
    expect(acts(same)).toEqual([]);
  });

  it("renames by formerly, by what the state remembers, and never deletes and makes anew", async () => {
    setUp({ new: [observed("domain", "x.example"), { ...observed("account", "cyl@x.example"), id: "7" }] });
    const made = await plan(domain("{accounts: {cy: {formerly: [cyl]}}}"));
    expect(made.steps.map(({ change }) => change)).toMatchObject([
      { act: "update", renamed: "cy@x.example", was: { name: "cyl@x.example" }, fields: [] },
    ]);
    await remember([{ address: "account/cy@x.example", endpoint: "new", id: "7" }]);
    const moved = await plan(domain("{accounts: {cy: {}}}"));
    expect(moved.steps.map(({ change }) => change)).toMatchObject([{ act: "update", renamed: "cy@x.example" }]);
    expect(told(moved)).toContain("name.moved account/cy@x.example");
  });

  it("keeps what is protected, remembers it beyond its line, and shows when it is taken off", async () => {
    const there = [observed("domain", "x.example"), observed("alias", "info@x.example", { target: "cy@x.example" })];
    setUp({ new: there });
    expect(acts(await plan(domain("{aliases: {info: {target: cy@x.example, protect: true}}}")))).toEqual([
      "record alias/info@x.example",
    ]);
    await remember([{ address: "alias/info@x.example", protect: true }]);
    expect(acts(await plan(domain("{aliases: {info: {target: cy@x.example, protect: true}}}")))).toEqual([]);
    expect(acts(await plan(domain("{aliases: {info: cy@x.example}}")))).toEqual([]);
    const absent = await plan(domain("{aliases: {info: {absent: true}}}"));
    expect(absent.guards.refusals.map(({ code }) => code)).toEqual(["guard.protected"]);
    const pruned = await plan(domain("{prune: [aliases]}"));
    expect(acts(pruned)).toEqual([]);
    expect(told(pruned)).toContain("prune.protected alias/info@x.example");
    const off = await plan(domain("{aliases: {info: {target: cy@x.example, protect: false}}}"));
    expect(off.steps.map(({ change }) => change)).toEqual([{ act: "record", set: { protect: false } }]);
  });

  it("writes a password again only when its issue rose above the one remembered", async () => {
    setUp({ new: [observed("domain", "x.example"), observed("account", "ana@x.example")] });
    expect((await plan(wish(2))).steps.map(({ change }) => change)).toEqual([
      { act: "record", set: { passwordIssue: 2 } },
    ]);
    await remember([{ address: "account/ana@x.example", passwordIssue: 2 }]);
    expect(acts(await plan(wish(2)))).toEqual([]);
    const risen = await plan(wish(3));
    expect(risen.steps.map(({ change }) => change)).toMatchObject([
      { act: "update", fields: [{ field: "password", from: 2, to: 3 }] },
      { act: "record", set: { passwordIssue: 3 } },
    ]);
    expect(JSON.stringify(risen)).not.toContain("SECRET_NAME");
  });

  it("deletes what is absent or not in a complete set, and an account only when it is named", async () => {
    setUp({
      new: [
        observed("domain", "x.example"),
        { ...observed("account", "zed@x.example"), attributes: { hash: "{SHA}x" } },
        observed("alias", "old@x.example", { target: "zed@x.example" }),
        observed("alias", "keep@x.example", { target: "ana@y.example" }),
        observed("alias", "other@y.example", { target: "zed@x.example" }),
      ],
    });
    const yaml = domain("{prune: [aliases], accounts: {zed: {absent: true}}, aliases: {keep: ana@y.example}}");
    const made = await plan(yaml);
    expect(acts(made)).toEqual(["delete alias/old@x.example", "delete account/zed@x.example"]);
    expect(made.steps[1]).toMatchObject({ irreversible: true, after: [made.steps[0]?.id] });
    expect(JSON.stringify(made)).not.toContain("{SHA}");
    expect(made.guards.refusals.map(({ code }) => code)).toEqual(["guard.account"]);
    expect((await plan(yaml, { allow: parseAllow(["account/zed@x.example"]) })).guards.refusals).toEqual([]);
    const part = await plan(yaml, { selection: { ...selectEverything, target: ["alias/*"] } });
    expect(part.guards.refusals.map(({ code, about }) => `${code} ${about}`)).toEqual([
      "guard.prune alias/old@x.example",
    ]);
    const aside = await plan(yaml, { selection: { ...selectEverything, target: ["account/zed*"] } });
    expect(aside.guards.refusals.map(({ code }) => code)).toEqual(["guard.account"]);
  });

  it("leaves unread what could not be read whole, deletes nothing there, and goes on with the rest", async () => {
    setUp({
      new: [observed("domain", "x.example"), observed("account", "zed@x.example"), observed("account", "b@x.example")],
    });
    breakReading("new", "account");
    const made = await plan(
      domain("{prune: [accounts], accounts: {zed: {absent: true}, ana: {}}, lists: {all: {members: [ana]}}}"),
    );
    expect(acts(made)).toEqual(["create list/all@x.example"]);
    expect(made.unread).toEqual(
      [
        { address: "account/zed@x.example", code: "read.incomplete", message: "The line was cut" },
        { address: "account/ana@x.example", code: "read.incomplete", message: "The line was cut" },
      ].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    );
  });

  it("names a field that cannot be held once, with everybody who wrote it, and does not compare it", async () => {
    setUp({
      new: [observed("domain", "x.example"), observed("account", "ana@x.example"), observed("account", "bo@x.example")],
    });
    const whole = endpoints.get("new") as Endpoint;
    const account = {
      ...(whole.directory.account as NonNullable<Endpoint["directory"]["account"]>),
      fields: new Set(["displayName"]),
    };
    endpoints.set("new", { ...whole, directory: { ...whole.directory, account } });
    const made = await plan(domain("{accounts: {ana: {quota: 5GB}, bo: {quota: 6GB}}}"));
    expect(acts(made)).toEqual([]);
    expect(made.findings.filter(({ code }) => code === "field.unsupported")).toEqual([
      {
        code: "field.unsupported",
        severity: "warning",
        about: "new",
        message: "new cannot hold the quota of accounts; it is not compared",
        detail: { kind: "account", field: "quota", addresses: ["account/ana@x.example", "account/bo@x.example"] },
      },
    ]);
  });

  it("sees a name that another kind holds, unless that one goes", async () => {
    setUp({ new: [observed("domain", "x.example"), observed("alias", "info@x.example", { target: "a@y.example" })] });
    expect(told(await plan(domain("{lists: {info: {members: []}}}")))).toContain("name.taken list/info@x.example");
    const freed = await plan(domain("{prune: [aliases], lists: {info: {members: []}}}"));
    expect(acts(freed)).toEqual(["delete alias/info@x.example", "create list/info@x.example"]);
    expect(told(freed)).not.toContain("name.taken list/info@x.example");
  });

  it("needs a Migration", async () => {
    const without = await request(domain("{accounts: {ana: {}}}"));
    await expect(makePlan(without)).rejects.toMatchObject({ code: "plan.noMigration" });
  });

  it("without a directory only names mailboxes", async () => {
    const yaml = `${systems.replace("destination: {directory: new, mail: new}", "destination: {mail: new}")}---\n${domain("{accounts: {ana: {displayName: Ana}}}")}`;
    deliver(mail.old, "ana@x.example", 2);
    const made = await makePlan(await request(yaml));
    expect(acts(made)).toEqual(["sync mailbox/ana@x.example"]);
    expect(told(made)).toContain("directory.none Migration");
  });
});

describe("rows of another directory", () => {
  const rows = [
    observed("account", "ana@old.example", { displayName: "Ana Old" }),
    observed("account", "bo@old.example", { displayName: "Bo" }),
    observed("account", "eve@other.example", { displayName: "Eve" }),
    observed("list", "all@old.example", { members: ["ana@old.example", "bo@old.example"] }),
  ];
  const yaml = domain(
    "{source: {domain: old.example}, accountsFrom: {}, listsFrom: {}, accounts: {ana: {displayName: Ana}}, aliases: {info: bo}}",
  );

  it("are people in the plan, under the destination's domain, what is written first", async () => {
    setUp({ old: rows, new: [observed("domain", "x.example")] });
    const made = await plan(yaml);
    expect(acts(made).filter((act) => !act.includes("mailbox"))).toEqual([
      "create account/ana@x.example",
      "create account/bo@x.example",
      "create list/all@x.example",
      "create alias/info@x.example",
    ]);
    expect(made.steps[0]?.change).toMatchObject({ want: { fields: { displayName: "Ana" } } });
    expect(made.steps.find(({ address }) => address === "list/all@x.example")?.change).toMatchObject({
      want: { fields: { members: ["ana@x.example", "bo@x.example"] } },
    });
    expect(
      made.findings.find(({ code, message }) => code === "rows.read" && message.startsWith("accounts")),
    ).toMatchObject({
      message: "accountsFrom took 2 rows of old, and left 1 of other domains",
      detail: { addresses: ["account/ana@x.example", "account/bo@x.example"] },
    });
  });

  it("that leave a short name undeclared are an error with its line", async () => {
    setUp({ old: rows.slice(0, 1), new: [] });
    await expect(plan(yaml)).rejects.toMatchObject({
      code: "manifest.invalid",
      message: expect.stringContaining("bo@x.example"),
    });
  });

  it("that cannot be read spoil themselves alone, and nothing is pruned", async () => {
    setUp({ old: rows, new: [observed("domain", "x.example"), observed("account", "bo@x.example")] });
    breakReading("old", "account");
    const made = await plan(
      domain("{prune: [accounts], source: {domain: old.example}, accountsFrom: {}, aliases: {info: c@y.example}}"),
    );
    expect(acts(made)).toEqual(["create alias/info@x.example"]);
    expect(made.unread.map(({ address }) => address)).toEqual(["account/*@x.example"]);
    expect(told(made)).toContain("prune.held domain/x.example");
  });
});

describe("a plan of mail", () => {
  const yaml = domain("{accounts: {ana: {}, bo: {}}}");

  it("is a step a mailbox, with counts and watermarks, after the account's", async () => {
    deliver(mail.old, "ana@x.example", 3);
    deliver(mail.old, "bo@x.example", 0);
    setUpAccounts();
    const made = await plan(yaml);
    expect(acts(made)).toContain("sync mailbox/ana@x.example");
    const step = made.steps.find(({ address }) => address === "mailbox/ana@x.example");
    expect(step?.change).toMatchObject({ act: "sync", counts: { copy: 3, folders: 1 }, deletes: [] });
    expect(step?.after).toEqual([made.steps.find(({ address }) => address === "account/ana@x.example")?.id]);
    expect(await state.mailboxes()).toEqual([]);
  });

  it("looks at nothing that was not selected, and leaves a mailbox that fails unread", async () => {
    deliver(mail.old, "ana@x.example", 3);
    const opened: string[] = [];
    const old = endpoints.get("old") as Endpoint;
    endpoints.set("old", {
      ...old,
      items: {
        message: async (owner, options) => {
          opened.push(owner.user);
          if (owner.user === "bo@x.example")
            throw new Fault({ code: "login.refused", message: "No", spoils: "mailbox" });
          return (old.items.message as NonNullable<Endpoint["items"]["message"]>)(owner, options);
        },
      },
    });
    const one = await plan(yaml, { selection: { ...selectEverything, target: ["mailbox/ana@*"] } });
    expect(opened).toEqual(["ana@x.example"]);
    expect(acts(one)).toEqual(["sync mailbox/ana@x.example"]);
    expect(told(one)).toContain("selection.needs mailbox/ana@x.example");
    const both = await plan(yaml);
    expect(acts(both)).toContain("sync mailbox/ana@x.example");
    expect(both.unread).toEqual([{ address: "mailbox/bo@x.example", code: "login.refused", message: "No" }]);
  });

  it("looks once more at a mailbox where the line broke off", async () => {
    deliver(mail.old, "ana@x.example", 3);
    const waited: number[] = [];
    meetAtSource((opening) => {
      if (opening === 1) throw broken(1500);
    });
    const patient: Clock = { ...clock, wait: async (ms) => void waited.push(ms) };
    const made = await plan(yaml, { clock: patient, selection: { ...selectEverything, target: ["mailbox/ana@*"] } });
    expect(acts(made)).toEqual(["sync mailbox/ana@x.example"]);
    expect([made.unread, waited]).toEqual([[], [1500]]);
  });

  it.each([
    ["once for all the mailboxes of a server that is down", 2000, [2000]],
    ["not at all for longer than a person waits for a plan", 3_600_000, []],
  ])("waits %s", async (_, afterMs, waits) => {
    const waited: number[] = [];
    meetAtSource(() => {
      throw broken(afterMs);
    });
    const patient: Clock = { ...clock, wait: async (ms) => void waited.push(ms) };
    const made = await plan(yaml, { clock: patient, concurrency: 1 });
    expect(made.unread.map(({ address, code }) => [address, code])).toEqual([
      ["mailbox/ana@x.example", "line.cut"],
      ["mailbox/bo@x.example", "line.cut"],
    ]);
    expect(waited).toEqual(waits);
  });

  it("opens each side of a mailbox for what it is", async () => {
    deliver(mail.old, "ana@x.example", 1);
    const uses: string[] = [];
    for (const name of ["old", "new"]) {
      const endpoint = endpoints.get(name) as Endpoint;
      const message: Endpoint["items"]["message"] = async (owner, options) => {
        uses.push(`${name} ${options.use}`);
        return (endpoint.items.message as NonNullable<Endpoint["items"]["message"]>)(owner, options);
      };
      endpoints.set(name, { ...endpoint, items: { message } });
    }
    await plan(yaml, { selection: { ...selectEverything, target: ["mailbox/ana@*"] } });
    expect(uses.toSorted()).toEqual(["new destination", "old source"]);
  });

  it("counts a mailbox that is yet to be made as empty", async () => {
    deliver(mail.old, "ana@x.example", 3);
    const there = endpoints.get("new") as Endpoint;
    endpoints.set("new", {
      ...there,
      items: {
        message: async () =>
          Promise.reject(new Fault({ code: "login.refused", message: "No such user", spoils: "mailbox" })),
      },
    });
    const made = await plan(domain("{accounts: {ana: {}}}"));
    expect(made.steps.find(({ address }) => address === "mailbox/ana@x.example")?.change).toMatchObject({
      counts: { copy: 3 },
    });
    expect(made.unread).toEqual([]);
  });

  it("has the same id when nothing changed, and another when mail came", async () => {
    deliver(mail.old, "ana@x.example", 3);
    const first = await plan(yaml);
    expect((await plan(yaml)).id).toBe(first.id);
    const account = mail.old.account("ana@x.example");
    addMail(account, addFolder(account, { path: ["More"] }), {
      date: 1,
      marks: [],
      body: Buffer.from("Subject: x\r\n\r\n"),
    });
    expect((await plan(yaml)).id).not.toBe(first.id);
  });

  it("ends when it is asked to", async () => {
    const stopped = AbortSignal.abort();
    await expect(plan(yaml, { signal: stopped })).rejects.toMatchObject({ code: "run.interrupted" });
  });
});

it("explains a step by its line, what was seen, and what it waits for", async () => {
  setUp({ new: [observed("domain", "x.example"), observed("account", "cy@x.example", { displayName: "Cy L" })] });
  const asked = await request(
    `${systems}---\n${domain("{accounts: {ana: {}, cy: {displayName: Cy Lund}}, lists: {all: {members: [ana]}}}")}`,
  );
  const made = await makePlan(asked);
  const { resources } = await expand(asked.manifest, asked);
  const cy = explain(made, { resources, manifest: asked.manifest }, "account/cy@x.example");
  expect(cy).toMatchObject({
    declared: { by: "manifest", origin: { line: 24 } },
    observed: { displayName: "Cy L" },
    wanted: { displayName: "Cy Lund" },
    selected: true,
  });
  const list = explain(made, { resources, manifest: asked.manifest }, "list/all@x.example");
  expect(list.needs).toEqual(["account/ana@x.example"]);
  const nobody = explain(made, { resources, manifest: asked.manifest }, "account/nobody@x.example");
  expect(nobody).toMatchObject({ steps: [] });
  expect(nobody.declared).toBeUndefined();
});

async function remember(records: Parameters<StateStore["ledger"]["set"]>[1]): Promise<void> {
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "1", user: "u", command: "test" });
  await state.ledger.set(lease, records);
  await lease.release();
}

function setUpAccounts(): void {
  for (const user of ["ana@x.example", "bo@x.example"]) addFolder(mail.new.account(user), { path: ["INBOX"] });
}
