/** What is a tenant's own: licences, deleted people, domains that wait for the DNS, lists that Graph cannot write, and its faults. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint, Outcome, PlannedChange } from "../../src/contract/endpoint.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Event } from "../../src/model/event.ts";
import type { Json } from "../../src/model/json.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";
import { type FakeGraph, type FakeGraphOptions, fakeTenant, startGraph } from "../servers/graph.ts";
import { createExchange } from "../servers/graph/exchange.ts";
import { addDomain, addPerson, addSkus, endTenant, openTenant } from "./microsoft365.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const options = { signal: new AbortController().signal };
let graph: FakeGraph;

afterEach(() => endTenant(graph));

async function start(more: FakeGraphOptions = {}): Promise<void> {
  graph = await startGraph(more);
  addDomain(graph, "example.com", true);
  addSkus(graph);
}

type Fields = Readonly<Record<string, Json>>;

const want = (kind: DirectoryKind, name: string, fields: Fields) =>
  ({ kind, name, address: addressOf(kind, name), labels: {}, fields }) as never;

const creation = (kind: DirectoryKind, name: string, fields: Fields): DirectoryChange => ({
  key: name,
  act: "create",
  want: want(kind, name, fields),
  precondition: { absent: true },
});

async function read(tenant: Endpoint, kind: DirectoryKind): Promise<readonly Observed[]> {
  return collect(tenant.directory[kind]?.read({}, options) as AsyncIterable<Observed>);
}

async function write(
  tenant: Endpoint,
  kind: DirectoryKind,
  changes: readonly DirectoryChange[],
): Promise<readonly Outcome[]> {
  return (await tenant.directory[kind]?.write?.(changes as never, options)) ?? [];
}

const names = (all: readonly Observed[]): readonly string[] => all.map(({ name }) => name).toSorted();

describe("people", () => {
  it("are read from all pages, guests left out", async () => {
    await start({ page: 3 });
    for (let at = 0; at < 10; at += 1) addPerson(graph, `p${at}@example.com`);
    addPerson(graph, "x_home.example#EXT#@example.com", { userType: "Guest" });
    expect(await read(await openTenant(graph), "account")).toHaveLength(10);
  });

  it("get a password that is told to nobody else, and must be changed where that is said", async () => {
    await start();
    const password = { from: "secret", value: "Geheim-123-geheim", mustChange: true } as const;
    await write(await openTenant(graph), "account", [
      { ...creation("account", "ana@example.com", {}), password } as DirectoryChange,
    ]);
    expect(graph.objects.passwords.get("ana@example.com")).toEqual({ password: "Geheim-123-geheim", mustChange: true });
  });

  it("who were deleted are told of before one of the same name is made", async () => {
    await start();
    const tenant = await openTenant(graph);
    await write(tenant, "account", [creation("account", "ana@example.com", {})]);
    const [was] = await read(tenant, "account");
    await write(tenant, "account", [{ key: "d", act: "delete", was: was as Observed, precondition: { none: true } }]);
    await read(tenant, "account");
    expect(tenant.directory.account?.assess(want("account", "ana@example.com", {}))).toMatchObject([
      { code: "account.softDeleted", severity: "warning", message: expect.stringContaining("2026-11-20") },
    ]);
  });

  it("are told of before the plan where there are too few seats, or no licence of the name", async () => {
    await start();
    addSkus(graph, 2);
    addPerson(graph, "zed@example.com");
    const tenant = await openTenant(graph);
    await read(tenant, "account");
    const assess = (name: string, licence: string) =>
      tenant.directory.account?.assess(want("account", name, { class: licence })).map(({ code }) => code);
    expect(assess("ana@example.com", "EXCHANGESTANDARD")).toEqual([]);
    expect(assess("ana@example.com", "EXCHANGESTANDARD")).toEqual([]);
    expect(assess("bo@example.com", "EXCHANGESTANDARD")).toEqual(["licence.seats"]);
    expect(assess("bo@example.com", "GOLD")).toEqual(["licence.unknown"]);
    expect(assess("bo@example.com", "SPE_E3, EXCHANGESTANDARD")).toEqual(["licence.form"]);
    expect(assess("dé@example.com", "SPE_E3")).toEqual(["account.name"]);
  });

  it("who are nowhere yet are somewhere before they get a licence", async () => {
    await start();
    addPerson(graph, "ana@example.com", { usageLocation: null, assignedLicenses: [] });
    const tenant = await openTenant(graph);
    const [was] = await read(tenant, "account");
    const fields = [{ field: "class", to: "SPE_E3" }];
    const change = {
      key: "u",
      act: "update",
      want: want("account", "ana@example.com", { class: "SPE_E3" }),
      was,
      fields,
      precondition: { none: true },
    };
    expect(await write(tenant, "account", [change as DirectoryChange])).toMatchObject([
      { observed: { fields: { class: "SPE_E3" } } },
    ]);
  });

  it("that one cannot be licensed are told, and the others are", async () => {
    await start();
    addSkus(graph, 1);
    const changes = ["ana", "bo"].map((local) => creation("account", `${local}@example.com`, { class: "SPE_E3" }));
    const outcomes = await write(await openTenant(graph), "account", changes);
    expect(outcomes.filter((each) => "fault" in each)).toMatchObject([{ fault: { code: "licence.none" } }]);
  });
});

/** The most in any span of so many milliseconds. */
function most(times: readonly number[], ms: number): number {
  let [first, found] = [0, 0];
  for (const [last, time] of times.entries()) {
    while ((times[first] ?? 0) <= time - ms) first += 1;
    found = Math.max(found, last - first + 1);
  }
  return found;
}

describe("Microsoft's limits", () => {
  it(
    "are kept, as the other side counts: 3,000 writes in 150 seconds, 3,500 units in ten",
    { timeout: 120_000 },
    async () => {
      const clock = createVirtualClock();
      await start({ now: clock.now });
      const changes = Array.from({ length: 3100 }, (_, at) => creation("account", `p${at}@example.com`, {}));
      const begun = clock.now();
      const outcomes = await write(await openTenant(graph, {}, { clock }), "account", changes);
      expect(outcomes.filter((each) => "observed" in each)).toHaveLength(3100);
      const writes = graph.counted.filter(({ method }) => method === "POST").map(({ at }) => at);
      expect(writes).toHaveLength(3100);
      expect(most(writes, 150_000)).toBeLessThanOrEqual(3000);
      expect(
        most(
          graph.counted.filter(({ method }) => method === "GET").map(({ at }) => at),
          10_000,
        ),
      ).toBeLessThanOrEqual(1750);
      // They are used as well: nobody waits much longer than he must.
      expect(clock.now() - begun).toBeLessThan(240_000);
    },
  );
});

describe("a domain", () => {
  it("is there once it is verified, and until then says what is to be published", async () => {
    await start();
    const events: Event[] = [];
    const tenant = await openTenant(graph, {}, {}, events);
    const change = creation("domain", "new.example", {});
    expect(await write(tenant, "domain", [change])).toMatchObject([
      {
        fault: {
          code: "domain.unverified",
          remedy: expect.stringContaining('new.example 3600 IN TXT "MS=msnew-example"'),
        },
      },
    ]);
    expect(names(await read(tenant, "domain"))).toEqual(["example.com"]);
    const [finding] = tenant.directory.domain?.assess(want("domain", "new.example", {})) ?? [];
    expect(finding?.detail).toEqual({
      records: [
        { type: "TXT", name: "new.example", ttl: 3600, value: "MS=msnew-example" },
        {
          type: "MX",
          name: "msnew-example.new.example",
          ttl: 3600,
          value: "msnew-example.msv1.invalid",
          priority: 32767,
        },
      ],
    });
    graph.objects.published.add("new.example");
    expect(await write(tenant, "domain", [change])).toMatchObject([{ observed: { name: "new.example" } }]);
    expect(names(await read(tenant, "domain"))).toEqual(["example.com", "new.example"]);
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(told).toMatchObject([
      { code: "domain.records", message: expect.stringContaining("new-example.mail.protection.outlook.com") },
    ]);
    expect(JSON.stringify(told[0]?.detail)).toContain("_sip._tls.new.example");
  });
});

const planned = (kind: DirectoryKind, name: string, fields: Fields): PlannedChange => ({
  act: "create",
  want: want(kind, name, fields),
});

describe("without anybody who runs cmdlets", () => {
  it("aliases and distribution lists are a person's to make, by lines to paste", async () => {
    await start();
    addPerson(graph, "ana@example.com");
    const tenant = await openTenant(graph);
    await read(tenant, "list");
    expect(
      tenant.directory.alias?.byHand?.(planned("alias", "o'neil@example.com", { target: "ana@example.com" }) as never),
    ).toEqual(["Set-Mailbox -Identity 'ana@example.com' -EmailAddresses @{Add='smtp:o''neil@example.com'}"]);
    const list = planned("list", "sales@example.com", { displayName: "Sales", members: ["ana@example.com"] });
    expect(tenant.directory.list?.byHand?.(list as never)).toEqual([
      "New-DistributionGroup -Name 'sales' -Alias 'sales' -DisplayName 'Sales' -PrimarySmtpAddress 'sales@example.com' -RequireSenderAuthenticationEnabled:$false -Members 'ana@example.com'",
    ]);
  });

  it("strangers become contacts before they are in a list", async () => {
    await start();
    const tenant = await openTenant(graph);
    await read(tenant, "list");
    const members = ["ana@example.com", "o'neil@elsewhere.example"];
    const lines = tenant.directory.list?.byHand?.(planned("list", "sales@example.com", { members }) as never);
    expect(lines?.[0]).toBe(
      "New-MailContact -Name 'o''neil@elsewhere.example' -ExternalEmailAddress 'o''neil@elsewhere.example'",
    );
    expect(lines?.[1]).toContain("-Members 'ana@example.com','o''neil@elsewhere.example'");
  });

  it("what a person has done shows in the next reading", async () => {
    await start();
    addPerson(graph, "ana@example.com", {
      proxyAddresses: ["SMTP:ana@example.com", "smtp:a.ruiz@example.com", "smtp:ana@contoso.onmicrosoft.com"],
    });
    const tenant = await openTenant(graph);
    expect(await read(tenant, "alias")).toMatchObject([
      { name: "a.ruiz@example.com", fields: { target: "ana@example.com" } },
    ]);
  });

  it("groups that Graph writes are its own", async () => {
    await start();
    const tenant = await openTenant(graph, { lists: "microsoft365" });
    await read(tenant, "list");
    expect(tenant.directory.list?.byHand?.(planned("list", "sales@example.com", {}) as never)).toBeUndefined();
  });
});

describe("with the admin API", () => {
  it("mail is sent on, and read back", async () => {
    await start();
    addPerson(graph, "ana@example.com");
    const exchange = createExchange(graph.objects, fakeTenant, () => graph.url);
    graph.route(exchange.route);
    const tenant = await openTenant(graph, { exchange: "invokeCommand" });
    const [was] = await read(tenant, "account");
    const forwarding = { to: ["ana@home.example"], keepCopy: true };
    const change = {
      key: "u",
      act: "update",
      want: want("account", "ana@example.com", { forwarding }),
      was: was as Observed,
      fields: [{ field: "forwarding", to: forwarding }],
      precondition: { none: true },
    } as DirectoryChange;
    expect(await write(tenant, "account", [change])).toMatchObject([{ observed: { fields: { forwarding } } }]);
    expect(exchange.ran).toContain("Set-Mailbox ana@example.com");
  });
});

/** As apply does: what failed is written again, until all is there. */
async function writeUntil(changes: readonly DirectoryChange[]): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  for (let run = 0; run < 12 && done.size < changes.length; run += 1) {
    const left = changes.filter(({ key }) => !done.has(key));
    const outcomes = await write(await openTenant(graph), "account", left).catch(() => []);
    for (const outcome of outcomes) if ("observed" in outcome) done.add(outcome.key);
    for (const outcome of outcomes.filter((each) => "conflict" in each)) await finish(outcome.key);
  }
  return done;
}

/** Who was made and not licensed is an update for the next plan. */
async function finish(name: string): Promise<void> {
  const tenant = await openTenant(graph);
  const was = (await read(tenant, "account").catch(() => [])).find((each) => each.name === name);
  if (was === undefined) return;
  const fields = [{ field: "class", to: "SPE_E3" }];
  const change = {
    key: name,
    act: "update",
    want: want("account", name, { class: "SPE_E3" }),
    was,
    fields,
    precondition: { none: true },
  };
  await write(tenant, "account", [change as DirectoryChange]).catch(() => []);
}

describe("whatever goes wrong on the way", () => {
  it("a creation that was answered 503 after it had taken effect is found, and made once", async () => {
    await start();
    graph.lag(2);
    graph.faults.next((method, path) => method === "POST" && path === "/users", { status: 503, after: true });
    const outcomes = await write(await openTenant(graph), "account", [
      creation("account", "ana@example.com", { class: "SPE_E3" }),
    ]);
    expect(outcomes).toMatchObject([{ observed: { name: "ana@example.com", fields: { class: "SPE_E3" } } }]);
    expect(graph.objects.users.all()).toHaveLength(1);
  });

  it("a group that was answered 503 after it had taken effect is found, and made once, with its members", async () => {
    await start();
    addPerson(graph, "ana@example.com");
    graph.lag(3);
    graph.faults.next((method, path) => method === "POST" && path === "/groups", { status: 503, after: true });
    const change = creation("list", "sales@example.com", { displayName: "Sales", members: ["ana@example.com"] });
    expect(await write(await openTenant(graph, { lists: "microsoft365" }), "list", [change])).toMatchObject([
      { observed: { fields: { members: ["ana@example.com"] } } },
    ]);
    expect(graph.objects.groups.all()).toHaveLength(1);
  });

  it("somebody who has just been made and does not show yet is waited for, and is in the list", async () => {
    await start();
    const tenant = await openTenant(graph, { lists: "microsoft365" });
    graph.lag(4);
    await write(tenant, "account", [creation("account", "ana@example.com", {})]);
    addPerson(graph, "bo@example.com");
    const change = creation("list", "sales@example.com", { members: ["ana@example.com", "bo@example.com"] });
    expect(await write(tenant, "list", [change])).toMatchObject([
      { observed: { fields: { members: ["ana@example.com", "bo@example.com"] } } },
    ]);
  });

  it("a creation whose outcome nobody learns is told as such, and not sent again", async () => {
    await start();
    graph.faults.next((method, path) => method === "POST" && path === "/users", { status: 503 });
    const outcomes = await write(await openTenant(graph), "account", [creation("account", "ana@example.com", {})]);
    expect(outcomes).toMatchObject([{ fault: { code: "outcome.unknown" } }]);
    expect(graph.requests.filter((each) => each === "POST /users")).toHaveLength(1);
  });

  it("a token that is revoked in mid-run is had anew, and nothing is lost", async () => {
    await start();
    const tenant = await openTenant(graph);
    graph.faults.next((method, path) => (method === "POST" && path === "/users" ? (graph.revoke(), false) : false), {
      status: 500,
    });
    const changes = Array.from({ length: 45 }, (_, at) => creation("account", `p${at}@example.com`, {}));
    const outcomes = await write(tenant, "account", changes);
    expect(outcomes.every((each) => "observed" in each)).toBe(true);
    expect(graph.objects.users.all()).toHaveLength(45);
    expect(graph.tokens.length).toBeGreaterThan(2);
  });

  it("parts of a batch that were put off are sent again, alone, after as long as they were asked to wait", async () => {
    await start();
    graph.faults.next((method, path) => method === "POST" && path === "/users", { status: 429, retryAfter: 5 }, 3);
    const changes = Array.from({ length: 25 }, (_, at) => creation("account", `p${at}@example.com`, {}));
    const outcomes = await write(await openTenant(graph), "account", changes);
    expect(outcomes.every((each) => "observed" in each)).toBe(true);
    expect(graph.requests.filter((each) => each === "POST /users")).toHaveLength(28);
    expect(graph.objects.users.all()).toHaveLength(25);
  });

  it("a right that is missing spoils the endpoint, and says where it is granted", async () => {
    await start();
    const body = {
      error: { code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
    };
    graph.faults.next((method, path) => method === "GET" && path === "/users", { status: 403, body });
    await expect(read(await openTenant(graph), "account")).rejects.toMatchObject({
      code: "permission.missing",
      spoils: "endpoint",
      remedy: expect.stringContaining("https://entra.microsoft.com"),
    });
  });

  it("by chance, nothing is made twice and nothing is lost", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 3 }), async (seed, lag) => {
        graph = await startGraph();
        addDomain(graph, "example.com", true);
        addSkus(graph);
        graph.faults.random(seed, 0.25);
        graph.lag(lag);
        const changes = Array.from({ length: 12 }, (_, at) =>
          creation("account", `p${at}@example.com`, { displayName: `P ${at}`, class: "SPE_E3" }),
        );
        const made = await writeUntil(changes);
        graph.faults.off();
        graph.lag(0);
        const there = await read(await openTenant(graph), "account");
        expect(names(there)).toEqual(changes.map(({ key }) => key).toSorted());
        expect(made.size).toBe(changes.length);
        expect(there.every(({ fields }) => (fields as Fields)["class"] === "SPE_E3")).toBe(true);
        await endTenant(graph);
      }),
      { numRuns: 15 },
    );
    graph = await startGraph();
  });
});
