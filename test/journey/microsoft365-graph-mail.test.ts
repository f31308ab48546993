/** Out of a tenant whose IMAP is closed, by Graph, to a real Dovecot: all of it, once, and then what changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endTenant, specOf } from "../endpoint/microsoft365.ts";
import { message } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail } from "../servers/graph/mail.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const document = (kind: string, name: string, spec: object): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${JSON.stringify(spec)}\n`;

const subject = (body: Buffer): string => /^Subject: (.*)\r$/m.exec(body.toString())?.[1] ?? "";

describe.skipIf(without("dovecot"))("out of a tenant by Graph", { timeout: 240_000 }, () => {
  let [place, server, graph, mail] = [] as unknown as [Place, Dovecot, FakeGraph, FakeMail];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { SECRET: fakeSecret, PASSWORD: "secret" } });

  beforeAll(async () => {
    [place, server, graph] = await Promise.all([
      openPlace(),
      startDovecot({ users: { [user]: "secret" } }),
      startGraph(),
    ]);
    mail = createMail(() => `${graph.url}/v1.0`, { page: 7 });
    graph.route(mail.route);
    const spec = specOf(graph, { mail: "graph", limits: { connections: 1 } });
    const there = {
      type: "imap",
      host: "127.0.0.1",
      port: server.tlsPort,
      ca: server.capath,
      auth: { method: "user", password: { env: "PASSWORD" } },
    };
    await place.write({
      "manifests/all.yaml": [
        document("Endpoint", "cloud", { ...spec, auth: { ...spec.auth, clientSecret: { env: "SECRET" } } }),
        document("Endpoint", "there", there),
        document("Migration", "out", {
          source: { mail: "cloud" },
          destination: { mail: "there" },
          mailboxes: { mode: "mirror" },
        }),
        document("Mailbox", user, {}),
      ].join("---\n"),
    });
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), place?.remove()]);
    await endTenant(graph);
  });

  async function held(folder: string): Promise<readonly (readonly [string, readonly string[]])[]> {
    const client = await connectImap(server);
    await client.login(user, "secret");
    const all = await client.fetchAll(folder);
    await client.close();
    return all
      .map(({ body, flags }) => [subject(body), flags.filter((flag) => flag !== "\\Recent").toSorted()] as const)
      .toSorted();
  }

  it("brings all of it, and has nothing to do then", async () => {
    const inbox = mail.wellKnown(user, "inbox");
    for (let at = 0; at < 20; at += 1)
      mail.put(user, inbox, {
        octets: message(`m${String(at).padStart(2, "0")}`),
        received: "2024-05-17T08:30:15Z",
        read: at % 2 === 0,
      });
    mail.put(user, mail.folder(user, "Projekte"), {
      octets: message("p"),
      received: "2024-05-17T08:30:15Z",
      categories: ["VIP"],
      flagged: true,
      flag: { dueDateTime: { dateTime: "2024-06-01T00:00:00", timeZone: "UTC" } },
    });
    expectCode(await run("check"), 0);
    const applied = await run("apply", "--auto-approve");
    expectCode(applied, 0);
    expect(applied.stdout).toContain("no place for when a flag is due or was done; so many messages go without: 1");
    expect((await held("INBOX")).map(([, flags]) => flags)).toEqual(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? ["\\Seen"] : [])),
    );
    expect(await held("Projekte")).toEqual([["p", ["VIP", "\\Flagged"]]]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    expect(mail.values()).toBe(21);
  });

  it("brings what changed, and takes no other size for another message", async () => {
    const inbox = mail.wellKnown(user, "inbox");
    const later = mail.put(user, inbox, { octets: message("z-later"), received: "2024-06-17T08:30:15Z" });
    expectCode(await run("apply", "--auto-approve"), 0);
    mail.change(user, later, {
      read: true,
      categories: ["A category that makes the message larger than it was"],
    });
    const before = mail.values();
    expectCode(await run("apply", "--auto-approve"), 0);
    const found = await held("INBOX");
    expect(found).toHaveLength(21);
    expect(found.at(-1)?.[1]).toContain("\\Seen");
    // The one that got another size is read to be recognised, by plan and pass; nobody else is.
    expect(mail.values() - before).toBeLessThanOrEqual(4);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });

  it("goes on where the service forgot the cursors, and where it puts off and fails by chance", async () => {
    const inbox = mail.wellKnown(user, "inbox");
    mail.expire();
    for (let at = 0; at < 10; at += 1)
      mail.put(user, inbox, { octets: message(`late-${at}`), received: "2024-07-17T08:30:15Z" });
    graph.faults.random(42, 0.05);
    expectCode(await run("apply", "--auto-approve"), 0);
    graph.faults.off();
    expect(await held("INBOX")).toHaveLength(31);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
