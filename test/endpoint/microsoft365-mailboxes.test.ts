/** What is a mailbox's own at Exchange Online: what it is, who may open it and send for it, and where its mail is sent on to. */
import { afterEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint, Outcome, PlannedChange } from "../../src/contract/endpoint.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";
import { type FakeGraph, fakeTenant, startGraph } from "../servers/graph.ts";
import { createExchange, type FakeExchange } from "../servers/graph/exchange.ts";
import { addDomain, addPerson, addSkus, endTenant, openTenant } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
const [info, ana, bo] = ["info@example.com", "ana@example.com", "bo@example.com"] as const;
let graph: FakeGraph;
let exchange: FakeExchange;

afterEach(() => endTenant(graph));

async function start(): Promise<Endpoint> {
  graph = await startGraph();
  addDomain(graph, "example.com", true);
  addSkus(graph);
  exchange = createExchange(graph.objects, fakeTenant, () => graph.url);
  graph.route(exchange.route);
  for (const name of [info, ana, bo]) addPerson(graph, name);
  return openTenant(graph, { exchange: "invokeCommand" });
}

type Fields = Readonly<Record<string, Json>>;

const want = (name: string, fields: Fields) =>
  ({ kind: "account", name, address: addressOf("account", name), labels: {}, fields }) as never;

async function seen(tenant: Endpoint, asked?: readonly string[]): Promise<Observed> {
  const names = new Map((asked ?? []).map((field) => [field, new Set<string>([info])]));
  const scope = asked === undefined ? {} : { asked: names };
  const all: readonly Observed[] = await collect(tenant.directory.account?.read(scope, options));
  return all.find(({ name }) => name === info) as Observed;
}

async function update(tenant: Endpoint, fields: Fields): Promise<Outcome | undefined> {
  const was = await seen(tenant, Object.keys(fields));
  const has = was.fields as Fields;
  const changes = Object.entries(fields).map(([field, to]) => ({ field, from: has[field], to }));
  const change = {
    key: "u",
    act: "update",
    want: want(info, fields),
    was,
    fields: changes,
    precondition: { revision: was.revision },
  };
  return (await tenant.directory.account?.write?.([change as unknown as DirectoryChange<"account">], options))?.[0];
}

/** How often rights were asked for. */
const asked = () => exchange.ran.filter((each) => /^Get-\w+Permission/.test(each)).length;

const rights = () =>
  Object.fromEntries(["FullAccess", "SendAs", "SendOnBehalf"].map((right) => [right, exchange.rightsTo(info, right)]));

describe("a mailbox that several share", () => {
  it("is made of a person's own, with who may open it and send for it", async () => {
    const tenant = await start();
    const fields = { mailbox: "shared", fullAccess: [ana, bo], sendAs: [ana], sendOnBehalf: [bo] };
    expect(await update(tenant, fields)).toMatchObject({ observed: { fields } });
    expect([...exchange.mailboxes.values()]).toMatchObject([{ type: "Shared" }]);
    expect(rights()).toEqual({ FullAccess: [ana, bo], SendAs: [ana], SendOnBehalf: [bo] });
    expect(await update(tenant, { mailbox: "user" })).toMatchObject({ observed: { fields: { mailbox: "user" } } });
    expect([...exchange.mailboxes.values()]).toMatchObject([{ type: "User" }]);
  });

  it("keeps its mailbox when its licence is taken away", async () => {
    const tenant = await start();
    await update(tenant, { mailbox: "shared" });
    expect(await update(tenant, { class: "" })).toMatchObject({ observed: { fields: { mailbox: "shared" } } });
    expect(graph.objects.users.all().find((user) => user["userPrincipalName"] === info)?.["assignedLicenses"]).toEqual(
      [],
    );
    expect((await seen(tenant)).fields).not.toHaveProperty("class");
  });

  it("wants a licence to begin with: it is told that a new one without has no mailbox", async () => {
    const tenant = await start();
    await seen(tenant);
    const codes = (fields: Fields) =>
      tenant.directory.account?.assess(want("new@example.com", fields)).map(({ code }) => code);
    expect(codes({ mailbox: "shared" })).toEqual(["mailbox.licence"]);
    expect(codes({ mailbox: "shared", class: "EXCHANGESTANDARD" })).toEqual([]);
    expect(codes({ mailbox: "user" })).toEqual([]);
  });
});

describe("rights to a mailbox", () => {
  it("are the whole set: who was let in by another hand, and is not written, goes", async () => {
    const tenant = await start();
    for (const right of ["FullAccess", "SendAs", "SendOnBehalf"]) exchange.grant(info, right, bo);
    expect((await seen(tenant)).fields).toMatchObject({ fullAccess: [bo], sendAs: [bo], sendOnBehalf: [bo] });
    await update(tenant, { fullAccess: [ana], sendAs: [ana], sendOnBehalf: [] });
    expect(rights()).toEqual({ FullAccess: [ana], SendAs: [ana], SendOnBehalf: [] });
  });

  it("of one kind leave those of another alone", async () => {
    const tenant = await start();
    exchange.grant(info, "SendAs", bo);
    await update(tenant, { fullAccess: [ana] });
    expect(rights()).toEqual({ FullAccess: [ana], SendAs: [bo], SendOnBehalf: [] });
  });

  it("are asked for, a request each, of those alone whose are wanted", async () => {
    const tenant = await start();
    expect((await seen(tenant, [])).fields).not.toHaveProperty("fullAccess");
    expect(asked()).toBe(0);
    expect((await seen(tenant, ["fullAccess"])).fields).toMatchObject({ fullAccess: [] });
    expect(asked()).toBe(1);
    await seen(tenant);
    expect(asked()).toBe(1 + 2 * 3);
  });

  it("that changed since are a conflict, and nothing is written", async () => {
    const tenant = await start();
    const was = await seen(tenant, ["fullAccess"]);
    exchange.grant(info, "FullAccess", bo);
    const fields = [{ field: "fullAccess", to: [ana] }];
    const change = {
      key: "u",
      act: "update",
      want: want(info, { fullAccess: [ana] }),
      was,
      fields,
      precondition: { revision: was.revision },
    };
    const outcomes = await tenant.directory.account?.write?.(
      [change as unknown as DirectoryChange<"account">],
      options,
    );
    expect(outcomes).toMatchObject([{ conflict: expect.any(String) }]);
    expect(rights()).toMatchObject({ FullAccess: [bo] });
  });
});

const lines = async (change: PlannedChange) => {
  await start();
  const { account } = (await openTenant(graph)).directory;
  expect(account?.fields.has("mailbox")).toBe(false);
  return account?.unseen?.lines(change as never);
};

describe("without anybody who runs cmdlets", () => {
  it("they are a person's to set, by lines to paste", async () => {
    const fields = {
      mailbox: "shared",
      forwarding: { to: ["o'neil@home.example"], keepCopy: false },
      fullAccess: [ana],
      sendAs: [ana],
      sendOnBehalf: [ana, bo],
    };
    expect(await lines({ act: "create", want: want(info, { ...fields, displayName: "Info" }) })).toEqual([
      "Set-Mailbox -Identity 'info@example.com' -Type 'Shared'",
      "Set-Mailbox -Identity 'info@example.com' -ForwardingSmtpAddress 'smtp:o''neil@home.example' -DeliverToMailboxAndForward:$false",
      "Add-MailboxPermission -Identity 'info@example.com' -User 'ana@example.com' -AccessRights 'FullAccess' -Confirm:$false",
      "Add-RecipientPermission -Identity 'info@example.com' -Trustee 'ana@example.com' -AccessRights 'SendAs' -Confirm:$false",
      "Set-Mailbox -Identity 'info@example.com' -GrantSendOnBehalfTo @{Add='ana@example.com','bo@example.com'}",
    ]);
  });

  it("who was asked to be let in is asked to go", async () => {
    const fields = [{ field: "fullAccess", from: [ana], to: [bo] }];
    const was = { kind: "account", name: info, fields: {} } as Observed;
    expect(await lines({ act: "update", want: want(info, { fullAccess: [bo] }), was, fields })).toEqual([
      "Remove-MailboxPermission -Identity 'info@example.com' -User 'ana@example.com' -AccessRights 'FullAccess' -Confirm:$false",
      "Add-MailboxPermission -Identity 'info@example.com' -User 'bo@example.com' -AccessRights 'FullAccess' -Confirm:$false",
    ]);
  });

  it("nobody is asked for what a new mailbox is anyway", async () => {
    const fields = { mailbox: "user", forwarding: { to: [], keepCopy: true }, fullAccess: [], displayName: "Info" };
    expect(await lines({ act: "create", want: want(info, fields) })).toEqual([]);
  });
});
