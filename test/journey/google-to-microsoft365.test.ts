/** From the stand-in for Google Workspace to the one for Microsoft 365, whose mail is a real Dovecot. */
import { Buffer } from "node:buffer";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/endpoint/clock.ts";
import { described } from "../endpoint/google.ts";
import { addDomain, addSkus, endTenant } from "../endpoint/microsoft365.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FakeGoogle, startFakeGoogle } from "../servers/google/fake.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { createExchange } from "../servers/graph/exchange.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const example = join(import.meta.dirname, "../../manifests/google-to-microsoft365");
const people = ["ana", "bo"] as const;
const address = (name: string): string => `${name}@harbour.example`;
const date = "Tue, 3 Feb 2015 10:00:00 +0000";

const letter = (token: string): Buffer =>
  Buffer.from(
    `Message-ID: <${token}@harbour.example>\r\nFrom: cy@harbour.example\r\nSubject: ${token}\r\nDate: ${date}\r\n\r\n${token}\r\n`,
  );

describe.skipIf(without("dovecot"))("from Google Workspace to Microsoft 365", { timeout: 180_000 }, () => {
  let [place, mail, google, graph] = [] as unknown as [Place, Dovecot, FakeGoogle, FakeGraph];
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { CLOUD_SECRET: fakeSecret } });

  beforeAll(async () => {
    [google, graph] = await Promise.all([
      startFakeGoogle({ clock: systemClock, admin: address("admin") }),
      startGraph({ tenant: "harbour.onmicrosoft.com" }),
    ]);
    graph.route(createExchange(graph.objects, "harbour.onmicrosoft.com", () => graph.url).route);
    const users = Object.fromEntries(people.map((name) => [address(name), "secret"]));
    [place, mail] = await Promise.all([
      openPlace(),
      startDovecot({ users, tokensAt: graph.introspectionUrl, tokensOpenAll: true, specialUse: "created" }),
    ]);
    addDomain(graph, "harbour.example", true);
    addSkus(graph);
    fill();
    await cp(example, place.path("manifests"), { recursive: true });
    await writeFile(place.path("manifests/google-service-account.json"), google.key);
    const file = place.path("manifests/endpoints.yaml");
    const services = `services: {graph: "${graph.url}", login: "${graph.url}", outlook: "${graph.url}", imap: "imap://127.0.0.1:${mail.port}"}`;
    const text = (await readFile(file, "utf8"))
      .replace("type: google", `type: google\n  apiUrl: ${google.url}`)
      .replace("usageLocation: DE ", `${services}\n  usageLocation: DE `);
    await writeFile(file, text);
  });
  afterAll(async () => {
    await Promise.all([mail?.stop(), google?.stop(), place?.remove()]);
    await endTenant(graph);
  });

  /** Ana and Bo are staff, a robot is not; each has mail under several labels. */
  function fill(): void {
    const { directory } = google;
    directory.domains.set("harbour.example", true);
    directory.orgUnits.add("/Staff").add("/Robots");
    for (const name of [...people, "robot"])
      directory.users.add({
        id: directory.id(),
        primaryEmail: address(name),
        name: { givenName: name, familyName: "Harbour", displayName: `${name} of Harbour` },
        suspended: false,
        orgUnitPath: name === "robot" ? "/Robots" : "/Staff",
        recoveryEmail: "",
        aliases: [],
        password: "",
        hashFunction: undefined,
        changePasswordAtNextLogin: false,
        shows: 0,
      });
    directory.groups.add({
      id: directory.id(),
      email: address("crew"),
      name: "Crew",
      description: "",
      aliases: [],
      members: people.map((name) => ({
        id: directory.id(),
        email: address(name),
        role: "MEMBER",
        delivery: "ALL_MAIL",
      })),
      settings: { includeInGlobalAddressList: "true" },
      shows: 0,
    });
    for (const name of people) {
      const mailbox = google.mailbox(address(name));
      const work = mailbox.label("Work").id;
      mailbox.add(letter("unread"), ["INBOX", "UNREAD"], Date.parse(date));
      mailbox.add(letter("twice"), ["INBOX", work, "STARRED"], Date.parse(date));
      mailbox.add(letter("mine"), ["SENT"], Date.parse(date));
      mailbox.add(letter("archived"), [], Date.parse(date));
      mailbox.add(letter("junk"), ["SPAM"], Date.parse(date));
    }
  }

  async function held(name: string): Promise<readonly string[]> {
    const client = await connectImap(mail);
    await client.login(address(name), "secret");
    const found: string[] = [];
    for (const folder of ["INBOX", "Work", "Sent", "Archive", "Junk"])
      for (const { body, flags, internalDate } of await client.fetchAll(folder).catch(() => [])) {
        const subject = /^Subject: (.*)\r$/m.exec(body.toString())?.[1] ?? "?";
        expect(body.equals(letter(subject))).toBe(true);
        expect(internalDate).toBe(Date.parse(date));
        found.push(
          `${folder}: ${subject} ${flags
            .filter((flag) => flag !== "\\Recent")
            .toSorted()
            .join(" ")}`.trim(),
        );
      }
    await client.close();
    return found.toSorted();
  }

  const expected = [
    "Archive: archived \\Seen",
    "INBOX: twice \\Flagged \\Seen",
    "INBOX: unread",
    "Sent: mine \\Seen",
    "Work: twice \\Flagged \\Seen",
  ];

  it("brings people, lists and mail, writes nothing at Google, and then has nothing to do", async () => {
    expectCode(await run("check"), 0);
    expectCode(await run("apply", "--auto-approve", "--passwords-out", "passwords.csv"), 0);
    expect(graph.objects.users.all().map((user) => user["userPrincipalName"])).toEqual(people.map(address));
    expect(graph.objects.groups.all()).toMatchObject([{ mail: address("crew"), displayName: "Crew" }]);
    for (const name of people) expect(await held(name)).toEqual(expected);
    expect(google.asked.filter((each) => !each.startsWith("GET "))).toEqual([]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    described(google);
  });

  it("follows what comes to Google later", async () => {
    google.mailbox(address("ana")).add(letter("later"), ["INBOX", "UNREAD"], Date.parse(date));
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(await held("ana")).toEqual([...expected, "INBOX: later"].toSorted());
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    described(google);
  });
});
