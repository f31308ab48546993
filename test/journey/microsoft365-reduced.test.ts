/** Mail from an archive to a tenant whose IMAP is closed: by explicit word alone, and said in every plan. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { message } from "../contract/item-store.ts";
import { endTenant, specOf } from "../endpoint/microsoft365.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail } from "../servers/graph/mail.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const document = (kind: string, name: string, spec: object): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${JSON.stringify(spec)}\n`;

const letter = (name: string, folder = ""): Readonly<Record<string, string>> => ({
  [`mail/${user}/${folder}cur/${name}:2,S`]: message(name).toString(),
});

describe("mail that a tenant makes anew", { timeout: 120_000 }, () => {
  let [place, graph, mail] = [] as unknown as [Place, FakeGraph, FakeMail];
  const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env: { SECRET: fakeSecret } });
  const manifests = (more: object): string => {
    const spec = specOf(graph, { mail: "graph", limits: { connections: 1 }, ...more });
    return [
      document("Endpoint", "old", { type: "archive", path: "../mail", format: "maildir" }),
      document("Endpoint", "cloud", { ...spec, auth: { ...spec.auth, clientSecret: { env: "SECRET" } } }),
      document("Migration", "move", { source: { mail: "old" }, destination: { mail: "cloud" } }),
      document("Mailbox", user, {}),
    ].join("---\n");
  };
  const held = (): readonly string[] =>
    [["INBOX"], ["Work"]]
      .flatMap((path) =>
        mail
          .held(user, mail.find(user, path) ?? "none")
          .map(({ made, read }) => `${path.join("/")} ${String(made?.["subject"])} ${read}`),
      )
      .toSorted();

  beforeAll(async () => {
    [place, graph] = await Promise.all([openPlace(), startGraph()]);
    mail = createMail(() => `${graph.url}/v1.0`);
    graph.route(mail.route);
    await place.write({
      ...letter("1000.a"),
      ...letter("1001.b"),
      ...letter("1002.c", ".Work/"),
      [`mail/${user}/new/.keep`]: "",
      [`mail/${user}/.Work/new/.keep`]: "",
    });
  });
  afterAll(async () => {
    await place?.remove();
    await endTenant(graph);
  });

  it("is not written without the word", async () => {
    await place.write({ "manifests/all.yaml": manifests({}) });
    const plan = await run("plan");
    expect(plan.stdout + plan.stderr).toContain("reducedFidelity");
    expect(held()).toEqual([]);
  });

  it("is written with it, once, and the plan says what is lost", async () => {
    await place.write({ "manifests/all.yaml": manifests({ reducedFidelity: true }) });
    const plan = await run("plan");
    expectCode(plan, 0);
    expect(plan.stdout).toMatch(/warning\s+mailbox\/ana@example\.com: Reduced fidelity: .*signatures/);
    graph.faults.next((method, path) => method === "POST" && path.endsWith("/messages"), { status: 503, after: true });
    expectCode(await run("apply", "--auto-approve"), 0);
    const all = ["INBOX 1000.a true", "INBOX 1001.b true", "Work 1002.c true"];
    expect(held()).toEqual(all);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    rmSync(place.path("manifests/.reconcile"), { recursive: true });
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(held()).toEqual(all);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
