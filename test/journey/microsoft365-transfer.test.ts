/**
 * Mail from one tenant to another as Exchange keeps it, by the stand-in: all of it once, then what changes, through faults and a process
 * that dies. The new tenant shows every message as other MIME than the old one, and counts it larger.
 */
import { Buffer } from "node:buffer";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { message } from "../contract/item-store.ts";
import { endTenant, specOf } from "../endpoint/microsoft365.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail, type Kept } from "../servers/graph/mail.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const [old, now] = ["ana@harbour.example", "ana@quay.example"];
const received = "2024-05-17T08:30:15Z";
const document = (kind: string, name: string, spec: object): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${JSON.stringify(spec)}\n`;

const facts = ({ octets, read, flagged, flag, categories, verb, received: at }: Kept): string =>
  JSON.stringify([octets.toString(), read === true, flagged === true, flag, categories, verb, at]);

function held(mail: FakeMail, user: string): readonly string[] {
  return [["INBOX"], ["Projekte"], ["Projekte", "A/B"]]
    .flatMap((path) =>
      mail.held(user, mail.find(user, path) ?? "none").map((kept) => `${path.join(" > ")} ${facts(kept)}`),
    )
    .toSorted();
}

function endpoint(graph: FakeGraph) {
  const spec = specOf(graph, { mail: "transfer", limits: { connections: 2 } });
  return { ...spec, auth: { ...spec.auth, clientSecret: { env: "SECRET" } } };
}

describe("mail from tenant to tenant", { timeout: 240_000 }, () => {
  let [place, from, to, source, destination] = [] as unknown as [Place, FakeGraph, FakeGraph, FakeMail, FakeMail];
  let onImport: (() => void) | undefined;
  const env = { SECRET: fakeSecret };
  const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });

  beforeAll(async () => {
    [place, from, to] = await Promise.all([openPlace(), startGraph(), startGraph()]);
    source = createMail(() => `${from.url}/v1.0`, { page: 7 });
    destination = createMail(() => `${to.url}/v1.0`, {
      page: 7,
      shows: (octets, id) => Buffer.concat([octets, Buffer.from(`made anew for ${id}\r\n`)]),
      grows: () => 37,
      imported: () => onImport?.(),
    });
    from.route(source.route);
    to.route(destination.route);
    await place.write({
      "manifests/all.yaml": [
        document("Endpoint", "old", endpoint(from)),
        document("Endpoint", "new", endpoint(to)),
        document("Migration", "move", {
          source: { mail: "old" },
          destination: { mail: "new" },
          mailboxes: { mode: "mirror" },
        }),
        document("Mailbox", now, { source: { user: old } }),
      ].join("---\n"),
    });
  });
  afterAll(async () => {
    await place?.remove();
    await endTenant(from);
    await endTenant(to);
  });

  const inbox = (): string => source.wellKnown(old, "inbox");
  const put = (name: string, folder = inbox(), more = {}): string =>
    source.put(old, folder, { octets: message(name), received, ...more });

  async function expectSame(): Promise<void> {
    expect(held(destination, now)).toEqual(held(source, old));
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  }

  it("brings all of it, with what no MIME holds, and has nothing to do then", async () => {
    const projects = source.folder(old, "Projekte");
    const flag = { flagStatus: "flagged", dueDateTime: { dateTime: "2024-06-01T00:00:00", timeZone: "UTC" } };
    for (let at = 0; at < 30; at += 1) put(`m${at}`, inbox(), { read: at % 2 === 0 });
    put("p", projects, { categories: ["Rote Kategorie"], flagged: true, flag, verb: 102 });
    put("q", source.folder(old, "A/B", projects));
    put("twin");
    put("twin");
    expectCode(await run("check"), 0);
    expectCode(await run("apply", "--auto-approve"), 0);
    await expectSame();
    expect(source.values() + destination.values()).toBe(0);
    expect(from.requests.filter((each) => !/^(GET |POST \/\$batch$|POST .*\/exportItems$)/.test(each))).toEqual([]);
  });

  it("follows what is new, read, filed and deleted at the old one", async () => {
    const [first, second, third] = source.held(old, inbox());
    if (first === undefined || second === undefined || third === undefined) throw new Error("no mail");
    put("later");
    source.change(old, second.id, { read: true, categories: ["Blue category"] });
    source.move(old, first.id, source.find(old, ["Projekte"]) ?? "none");
    source.remove(old, third.id);
    expectCode(await run("apply", "--auto-approve"), 0);
    await expectSame();
  });

  it("loses nothing and doubles nothing where it is put off, fails and is cut by chance", async () => {
    for (const [round, seed] of [7, 11, 42].entries()) {
      for (let at = 0; at < 12; at += 1) put(`chance-${round}-${at}`);
      for (const graph of [from, to]) graph.faults.random(seed, 0.06);
      to.faults.next((_, path) => path.endsWith("/importItem"), { status: 0, cut: true, after: round > 0 }, 2);
      await run("apply", "--auto-approve");
      for (const graph of [from, to]) graph.faults.off();
      expectCode(await run("apply", "--auto-approve"), 0);
      await expectSame();
    }
  });

  it("loses nothing and doubles nothing where it dies between what it wrote and what it knows", async () => {
    for (const imports of [1, 5, 23]) {
      for (let at = 0; at < 25; at += 1) put(`killed-${imports}-${at}`);
      const { child, ended } = place.start(["apply", "--auto-approve", "-f", "manifests"], { env });
      let left = imports;
      onImport = () => void ((left -= 1) === 0 && child.kill("SIGKILL"));
      await ended;
      onImport = undefined;
      expect(left).toBeLessThanOrEqual(0);
      destination.endSessions();
      expectCode(await run("apply", "--auto-approve"), 0);
      await expectSame();
    }
  });

  it("knows all again once the state is lost, and says what nothing proves", async () => {
    rmSync(place.path("manifests/.reconcile"), { recursive: true });
    source.expire();
    destination.expire();
    // Two equal messages that count otherwise on either side cannot be told apart: they are left out here.
    for (const [mail, user] of [
      [source, old],
      [destination, now],
    ] as const)
      for (const { id, octets } of mail.held(user, mail.wellKnown(user, "inbox")))
        if (octets.equals(message("twin"))) mail.remove(user, id);
    const plan = await run("plan");
    expectCode(plan, 0);
    expect(plan.stdout).toContain("Recognised by header and date");
    expectCode(await run("apply", "--auto-approve"), 0);
    await expectSame();
  });

  it("says in a plan that the other endpoint knows no such form", async () => {
    const spec = specOf(to, { mail: "graph" });
    await place.write({
      "other/all.yaml": [
        document("Endpoint", "old", { ...spec, auth: { ...spec.auth, clientSecret: { env: "SECRET" } } }),
        document("Endpoint", "new", {
          ...specOf(to, { mail: "transfer" }),
          auth: { ...spec.auth, clientSecret: { env: "SECRET" } },
        }),
        document("Migration", "move", { source: { mail: "old" }, destination: { mail: "new" } }),
        document("Mailbox", now, {}),
      ].join("---\n"),
    });
    const plan = await place.run(["plan", "-f", "other"], { env });
    expect(plan.stdout + plan.stderr).toContain("in a form of its own (exchange)");
  });
});
