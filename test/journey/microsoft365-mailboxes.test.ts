/** A mailbox that several share at Microsoft 365: asked of a person, and then done by cmdlets. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addDomain, addPerson, addSkus, endTenant } from "../endpoint/microsoft365.ts";
import { type FakeGraph, fakeClient, fakeSecret, fakeTenant, startGraph } from "../servers/graph.ts";
import { createExchange, type FakeExchange } from "../servers/graph/exchange.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const head = "apiVersion: reconcile/v1\nkind:";

const manifests = (url: string, exchange: string, spec: string): string => `${head} Endpoint
metadata: {name: cloud}
spec:
  type: microsoft365
  tenant: ${fakeTenant}
  auth: {clientId: "${fakeClient}", clientSecret: {env: CLOUD_SECRET}}
  usageLocation: DE
  services: {graph: "${url}", login: "${url}", outlook: "${url}"}
  ${exchange}
---
${head} Migration
metadata: {name: house}
spec: {destination: {directory: cloud}}
---
${head} Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana}
    info: ${spec}
`;

const shared =
  "{displayName: Info, class: EXCHANGESTANDARD, mailbox: shared, fullAccess: [ana], forwarding: {to: [x@home.example]}}";

describe("a shared mailbox of a tenant", { timeout: 60_000 }, () => {
  let [place, graph, exchange] = [] as unknown as [Place, FakeGraph, FakeExchange];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { CLOUD_SECRET: fakeSecret } });
  const bring = (how: string, spec = shared) =>
    place.write({ "manifests/house.yaml": manifests(graph.url, how, spec) });

  beforeAll(async () => {
    [place, graph] = await Promise.all([openPlace(), startGraph()]);
    addDomain(graph, "example.com", true);
    addSkus(graph);
    addPerson(graph, "ana@example.com", { displayName: "Ana" });
    exchange = createExchange(graph.objects, fakeTenant, () => graph.url);
    graph.route(exchange.route);
  });
  afterAll(async () => {
    await place?.remove();
    await endTenant(graph);
  });

  it("is made by Graph, and the rest is asked of a person, with the lines to paste", async () => {
    await bring("");
    const planned = await run("plan");
    for (const line of [
      "Set-Mailbox -Identity 'info@example.com' -Type 'Shared'",
      "Set-Mailbox -Identity 'info@example.com' -ForwardingSmtpAddress 'smtp:x@home.example' -DeliverToMailboxAndForward:$true",
      "Add-MailboxPermission -Identity 'info@example.com' -User 'ana@example.com' -AccessRights 'FullAccess' -Confirm:$false",
    ])
      expect(planned.stdout).toContain(line);
    expectCode(await run("apply", "--auto-approve", "--passwords-out", "passwords.csv"), 4);
    expect(graph.objects.users.all().map((user) => user["userPrincipalName"])).toContain("info@example.com");
    expect(exchange.ran).toEqual([]);
  });

  it("is asked for once: the next plan has no step, and says that nobody can see it", async () => {
    const plan = await run("plan", "--detailed-exitcode");
    expectCode(plan, 0);
    expect(plan.stdout).toContain("does not show forwarding, fullAccess, mailbox of accounts");
    expect(plan.stdout).not.toContain("Set-Mailbox");
  });

  it("is asked for again where the manifests say otherwise", async () => {
    await bring("", shared.replace("fullAccess: [ana]", "fullAccess: []"));
    expect((await run("plan")).stdout).toContain(
      "Remove-MailboxPermission -Identity 'info@example.com' -User 'ana@example.com' -AccessRights 'FullAccess' -Confirm:$false",
    );
  });

  it("is looked at and done once somebody runs cmdlets, and then there is nothing to do", async () => {
    await bring("exchange: invokeCommand");
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(exchange.rightsTo("info@example.com", "FullAccess")).toEqual(["ana@example.com"]);
    expect([...exchange.mailboxes.values()]).toEqual([{ type: "Shared", to: "smtp:x@home.example", keep: true }]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });

  it("gives its licence up, and stays", async () => {
    await bring("exchange: invokeCommand", shared.replace("class: EXCHANGESTANDARD", 'class: ""'));
    expectCode(await run("apply", "--auto-approve"), 0);
    const info = graph.objects.users.all().find((user) => user["userPrincipalName"] === "info@example.com");
    expect(info?.["assignedLicenses"]).toEqual([]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
