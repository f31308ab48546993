/** Keywords of an IMAP server become categories of a tenant, and a plan after has nothing to do. */
import { afterAll, beforeAll, expect, describe, it } from "vitest";
import { endTenant, specOf } from "../endpoint/microsoft365.ts";
import { message } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { createFoundMail, type FoundMail } from "../servers/graph/found.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const names = ["a", "b", "c"];
const document = (kind: string, name: string, spec: object): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${JSON.stringify(spec)}\n`;

describe.skipIf(without("dovecot"))("keywords that go to a tenant", { timeout: 180_000 }, () => {
  let [place, old, mail, graph, found, client] = [] as unknown as [
    Place,
    Dovecot,
    Dovecot,
    FakeGraph,
    FoundMail,
    ImapClient,
  ];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { SECRET: fakeSecret, PASSWORD: "secret" } });

  beforeAll(async () => {
    graph = await startGraph();
    found = createFoundMail(() => new Set(names.map((name) => `<${name}@example.com>`)));
    graph.route(found.route);
    [place, old, mail] = await Promise.all([
      openPlace(),
      startDovecot({ users: { [user]: "secret" } }),
      startDovecot({ users: { [user]: "secret" }, tokensAt: graph.introspectionUrl, tokensOpenAll: true }),
    ]);
    const services = { graph: graph.url, login: graph.url, outlook: graph.url, imap: `imap://127.0.0.1:${mail.port}` };
    const spec = specOf(graph, { services, categories: true, limits: { connections: 1 } });
    const from = {
      type: "imap",
      host: "127.0.0.1",
      port: old.tlsPort,
      ca: old.capath,
      auth: { method: "user", password: { env: "PASSWORD" } },
    };
    await place.write({
      "manifests/all.yaml": [
        document("Endpoint", "old", from),
        document("Endpoint", "cloud", { ...spec, auth: { ...spec.auth, clientSecret: { env: "SECRET" } } }),
        document("Migration", "move", { source: { mail: "old" }, destination: { mail: "cloud" } }),
        document("Mailbox", user, {}),
      ].join("---\n"),
    });
    client = await connectImap(old);
    await client.login(user, "secret");
    for (const [at, name] of names.entries())
      await client.append("INBOX", message(name), at === 0 ? ["VIP", "\\Seen"] : []);
  });
  afterAll(async () => {
    await client?.close();
    await Promise.all([old?.stop(), mail?.stop(), place?.remove()]);
    await endTenant(graph);
  });

  it("become categories, and then there is nothing to do", async () => {
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(found.categories(user, "<a@example.com>")).toEqual(["VIP"]);
    for (let pass = 0; pass < 2; pass += 1) {
      expectCode(await run("plan", "--detailed-exitcode"), 0);
      expectCode(await run("apply", "--auto-approve"), 0);
    }
    expect(graph.requests.filter((each) => each.startsWith("PATCH "))).toHaveLength(1);
  });

  it("that come later follow, once", async () => {
    await client.select("INBOX");
    await client.store("INBOX", 2, "+FLAGS", ["Urgent"]);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(found.categories(user, "<b@example.com>")).toEqual(["Urgent"]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    expect(graph.requests.filter((each) => each.startsWith("PATCH "))).toHaveLength(2);
  });
});
