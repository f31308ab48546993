/** Moves to Microsoft 365: the examples, against the stand-in for the tenant, with real servers for the old house and for the mail. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { letterOf } from "../endpoint/imap-check.ts";
import { addDomain, addPerson, addSkus, endTenant, licence } from "../endpoint/microsoft365.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { createExchange } from "../servers/graph/exchange.ts";
import { createMail, type FakeMail } from "../servers/graph/mail.ts";
import { connectImap } from "../servers/imap-client.ts";
import { reader, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const examples = join(import.meta.dirname, "../../manifests");
const people = ["ana", "bo", "office"] as const;

/** An example in a place of its own, with these words in it in place of those. */
async function bring(place: Place, name: string, words: Readonly<Record<string, string>>): Promise<void> {
  await cp(join(examples, name), place.path("manifests"), { recursive: true });
  const file = place.path("manifests/endpoints.yaml");
  let text = await readFile(file, "utf8");
  for (const [from, to] of Object.entries(words)) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  await writeFile(file, text);
}

async function fill(server: Dovecot, user: string, letters: number): Promise<void> {
  const client = await connectImap(server);
  await client.login(user, "secret");
  await client.create("Projects").catch(() => undefined);
  for (let at = 0; at < letters; at += 1)
    await client.append(at % 2 === 0 ? "INBOX" : "Projects", letterOf(500, `${user} ${at}`));
  await client.close();
}

async function subjectsOf(server: Dovecot, user: string): Promise<readonly string[]> {
  const client = await connectImap(server);
  await client.login(user, "secret");
  const found: string[] = [];
  for (const name of ["INBOX", "Projects"])
    for (const { body } of await client.fetchAll(name))
      found.push(`${name}: ${/^Subject: (.*)\r$/m.exec(body.toString())?.[1]}`);
  await client.close();
  return found.toSorted();
}

const serviceLines = (graph: FakeGraph, mail: Dovecot): string =>
  `services: {graph: "${graph.url}", login: "${graph.url}", outlook: "${graph.url}", imap: "imap://127.0.0.1:${mail.port}"}`;

const secrets = (names: readonly string[], domain: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [`${name}@${domain}`, "secret"]));

const entries = (): string => {
  const [staff, groups] = [`ou=people,${suffix}`, `ou=groups,${suffix}`];
  const person = (name: string): string =>
    ldif(`uid=${name},${staff}`, {
      objectClass: "inetOrgPerson",
      uid: name,
      cn: `${name} of Harbour`,
      sn: name,
      mail: `${name}@harbour.example`,
    });
  return [
    ldif(staff, { objectClass: "organizationalUnit", ou: "people" }),
    ldif(groups, { objectClass: "organizationalUnit", ou: "groups" }),
    ...people.map(person),
    ldif(`cn=team,${groups}`, {
      objectClass: ["groupOfNames", "extensibleObject"],
      cn: "team",
      mail: "team@harbour.example",
      member: [`uid=ana,${staff}`, `uid=bo,${staff}`],
    }),
  ].join("");
};

describe.skipIf(without("dovecot", "openldap"))(
  "from OpenLDAP and Dovecot to Microsoft 365",
  { timeout: 240_000 },
  () => {
    let [place, ldap, old, mail, graph] = [] as unknown as [Place, Openldap, Dovecot, Dovecot, FakeGraph];
    const env = { LDAP_PASSWORD: reader.password, OLD_MASTER_PASSWORD: "master", CLOUD_SECRET: fakeSecret };
    const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });

    beforeAll(async () => {
      graph = await startGraph({ tenant: "harbour.onmicrosoft.com", page: 2 });
      [place, ldap, old, mail] = await Promise.all([
        openPlace(),
        startOpenldap({ ldif: entries() }),
        startDovecot({ users: secrets(people, "harbour.example"), master: { user: "migrator", password: "master" } }),
        startDovecot({
          users: secrets(people, "harbour.example"),
          tokensAt: graph.introspectionUrl,
          tokensOpenAll: true,
        }),
      ]);
      addSkus(graph, 5);
      await bring(place, "imap-to-microsoft365", {
        "ldaps://ldap.harbour.example": `ldaps://127.0.0.1:${ldap.tlsPort}\n  ca: ${ldap.capath}`,
        "dc=harbour,dc=example": suffix,
        "host: imap.harbour.example": `host: 127.0.0.1\n  port: ${old.tlsPort}\n  ca: ${old.capath}`,
        "usageLocation: DE ": `${serviceLines(graph, mail)}\n  usageLocation: DE `,
      });
      for (const name of people) await fill(old, `${name}@harbour.example`, 5);
    });
    afterAll(async () => {
      await Promise.all([ldap?.stop(), old?.stop(), mail?.stop(), place?.remove()]);
      await endTenant(graph);
    });

    it("waits for the domain, and says what to publish", async () => {
      expectCode(await run("check"), 0);
      const applied = await run("apply", "--auto-approve", "--passwords-out", "early.csv");
      expectCode(applied, 4);
      expect(applied.stdout + applied.stderr).toContain("MS=msharbour-example");
      expect(graph.objects.users.all()).toEqual([]);
    });

    it("without cmdlets, brings people and mail, and leaves the rest to a person", async () => {
      graph.objects.published.add("harbour.example");
      const file = place.path("manifests/endpoints.yaml");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace(/^ {2}exchange: .*$/m, ""));
      const applied = await run("apply", "--auto-approve", "--passwords-out", "passwords.csv");
      expectCode(applied, 4);
      const plan = await run("plan");
      expect(plan.stdout).toContain(
        "Set-Mailbox -Identity 'office@harbour.example' -EmailAddresses @{Add='smtp:info@harbour.example'}",
      );
      expect(plan.stdout).toContain("New-DistributionGroup -Name 'team'");
      expect(plan.stdout).toMatch(/0 to add, 0 to change/);
      for (const name of people) {
        const user = `${name}@harbour.example`;
        expect(await subjectsOf(mail, user)).toEqual(await subjectsOf(old, user));
        expect(graph.objects.passwords.get(user)?.mustChange).toBe(true);
      }
      await writeFile(file, text);
    });

    it("with cmdlets, does the rest, and has nothing to do then", async () => {
      const exchange = createExchange(graph.objects, "harbour.onmicrosoft.com", () => graph.url, 2);
      graph.route(exchange.route);
      expectCode(await run("apply", "--auto-approve"), 0);
      expect(exchange.ran).toContain("New-DistributionGroup");
      const plan = await run("plan", "--detailed-exitcode");
      expectCode(plan, 0);
      expect(plan.stdout).toContain("No changes");
      const [team] = graph.objects.groups.all();
      expect(team).toMatchObject({ mail: "team@harbour.example", displayName: "team" });
      expect(graph.objects.people.get(`members ${String(team?.["id"])}`)?.size).toBe(2);
    });

    it("brings what came since, and nobody's licence twice", async () => {
      await fill(old, "ana@harbour.example", 2);
      expectCode(await run("plan", "--detailed-exitcode"), 2);
      expectCode(await run("apply", "--auto-approve"), 0);
      expect(await subjectsOf(mail, "ana@harbour.example")).toHaveLength(7);
      expectCode(await run("plan", "--detailed-exitcode"), 0);
      expect(graph.objects.users.all().map((user) => user["assignedLicenses"])).toEqual(
        people.map(() => [{ skuId: licence("EXCHANGESTANDARD"), disabledPlans: [] }]),
      );
    });
  },
);

/** Three people and a list of them in the one tenant, and licences for them in the other. */
function fillTenants(from: FakeGraph, to: FakeGraph): void {
  for (const [graph, domain] of [
    [from, "harbour.example"],
    [to, "quay.example"],
  ] as const) {
    addDomain(graph, domain, true);
    addSkus(graph);
  }
  const ids = people.map((name) => addPerson(from, `${name}@harbour.example`, { displayName: name }));
  const id = from.objects.newId();
  from.objects.groups.set(id, {
    id,
    mail: "team@harbour.example",
    mailNickname: "team",
    mailEnabled: true,
    securityEnabled: false,
    groupTypes: [],
    proxyAddresses: [],
    displayName: "Team",
  });
  from.objects.people.set(`members ${id}`, new Set(ids));
}

const startTenants = () =>
  Promise.all([
    startGraph({ tenant: "harbour.onmicrosoft.com" }),
    startGraph({ tenant: "quay.onmicrosoft.com", clientId: "66666666-7777-8888-9999-000000000000" }),
  ]);

describe.skipIf(without("dovecot"))("from one tenant to another", { timeout: 180_000 }, () => {
  let [place, oldMail, newMail, from, to] = [] as unknown as [Place, Dovecot, Dovecot, FakeGraph, FakeGraph];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { OLD_SECRET: fakeSecret, NEW_SECRET: fakeSecret } });

  beforeAll(async () => {
    [from, to] = await startTenants();
    to.route(createExchange(to.objects, "quay.onmicrosoft.com", () => to.url).route);
    [place, oldMail, newMail] = await Promise.all([
      openPlace(),
      startDovecot({ users: secrets(people, "harbour.example"), tokensAt: from.introspectionUrl, tokensOpenAll: true }),
      startDovecot({ users: secrets(people, "quay.example"), tokensAt: to.introspectionUrl, tokensOpenAll: true }),
    ]);
    fillTenants(from, to);
    await bring(place, "tenant-to-tenant", {
      // Both tenants are on one host, and neither waits for the other's connections.
      "limits: {connections: 4}": "limits: {connections: 1}",
      "clientSecret: {env: OLD_SECRET}}": `clientSecret: {env: OLD_SECRET}}\n  ${serviceLines(from, oldMail)}`,
      "clientSecret: {env: NEW_SECRET}}": `clientSecret: {env: NEW_SECRET}}\n  ${serviceLines(to, newMail)}`,
    });
    for (const name of people) await fill(oldMail, `${name}@harbour.example`, 4);
  });
  afterAll(async () => {
    await Promise.all([oldMail?.stop(), newMail?.stop(), place?.remove()]);
    await endTenant(from);
    await endTenant(to);
  });

  it("brings people, lists and mail under the new domain, and then has nothing to do", async () => {
    expectCode(await run("check"), 0);
    expectCode(await run("apply", "--auto-approve", "--passwords-out", "passwords.csv"), 0);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    expect(to.objects.users.all().map((user) => user["userPrincipalName"])).toEqual(
      people.map((name) => `${name}@quay.example`),
    );
    expect(to.objects.groups.all()).toMatchObject([{ mail: "team@quay.example", displayName: "Team" }]);
    for (const name of people)
      expect(await subjectsOf(newMail, `${name}@quay.example`)).toEqual(
        await subjectsOf(oldMail, `${name}@harbour.example`),
      );
    expect(from.requests.filter((each) => !each.startsWith("GET ") && each !== "POST /$batch")).toEqual([]);
  });

  it("can be written down as manifests, which a plan has nothing to add to", async () => {
    const endpoints = await readFile(place.path("manifests/endpoints.yaml"), "utf8");
    await place.write({
      "written/endpoints.yaml": endpoints,
      "written/migration.yaml":
        "apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: kept}\nspec: {destination: {directory: new-tenant}}\n",
    });
    const env = { OLD_SECRET: fakeSecret, NEW_SECRET: fakeSecret };
    expectCode(await place.run(["import", "new-tenant", "-o", "written", "-f", "written"], { env }), 0);
    const plan = await place.run(["plan", "-f", "written", "--detailed-exitcode"], { env });
    expectCode(plan, 0);
    expect(plan.stdout).toContain("No changes");
  });
});

const services = ({ url }: FakeGraph): string =>
  `mail: transfer\n  services: {graph: "${url}", login: "${url}", outlook: "${url}"}`;

describe("from one tenant to another, mail as Exchange keeps it", { timeout: 180_000 }, () => {
  let [place, from, to, oldMail, newMail] = [] as unknown as [Place, FakeGraph, FakeGraph, FakeMail, FakeMail];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { OLD_SECRET: fakeSecret, NEW_SECRET: fakeSecret } });

  beforeAll(async () => {
    [[from, to], place] = await Promise.all([startTenants(), openPlace()]);
    to.route(createExchange(to.objects, "quay.onmicrosoft.com", () => to.url).route);
    oldMail = createMail(() => `${from.url}/v1.0`);
    newMail = createMail(() => `${to.url}/v1.0`);
    from.route(oldMail.route);
    to.route(newMail.route);
    fillTenants(from, to);
    await bring(place, "tenant-to-tenant", {
      "limits: {connections: 4}": "limits: {connections: 2}",
      "clientSecret: {env: OLD_SECRET}}": `clientSecret: {env: OLD_SECRET}}\n  ${services(from)}`,
      "clientSecret: {env: NEW_SECRET}}": `clientSecret: {env: NEW_SECRET}}\n  ${services(to)}`,
    });
    for (const name of people) {
      const user = `${name}@harbour.example`;
      const more = { received: "2024-05-17T08:30:15Z", categories: ["Red category"] };
      oldMail.put(user, oldMail.wellKnown(user, "inbox"), { octets: letterOf(500, `${name} in`), ...more });
      oldMail.put(user, oldMail.folder(user, "Projects"), { octets: letterOf(500, `${name} filed`), ...more });
    }
  });
  afterAll(async () => {
    await place?.remove();
    await endTenant(from);
    await endTenant(to);
  });

  it("brings people, lists and mail, of mailboxes that are yet to be made too, and then has nothing to do", async () => {
    expectCode(await run("check"), 0);
    expectCode(await run("apply", "--auto-approve", "--passwords-out", "passwords.csv"), 0);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    for (const name of people)
      for (const path of [["INBOX"], ["Projects"]]) {
        const held = (mail: FakeMail, user: string) =>
          mail
            .held(user, mail.find(user, path) ?? "none")
            .map(({ octets, categories, received }) => [octets.toString(), categories, received]);
        const there = held(newMail, `${name}@quay.example`);
        expect(there).toHaveLength(1);
        expect(there).toEqual(held(oldMail, `${name}@harbour.example`));
      }
  });
});
