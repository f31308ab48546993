/** A company that moves from OpenLDAP and Dovecot to Google Workspace; what is there is seen in the fake's own books. */
import { Buffer } from "node:buffer";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { described } from "../endpoint/google.ts";
import { ldif } from "../endpoint/ldap.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FakeGoogle, startFakeGoogle } from "../servers/google/fake.ts";
import { connectImap } from "../servers/imap-client.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { reader, suffix } from "../servers/openldap-configuration.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const example = join(import.meta.dirname, "../../manifests/imap-to-google");
const people = ["ana", "bo", "cy"];
const address = (name: string): string => `${name}@harbour.example`;
const sent = "Tue, 3 Feb 2015 10:00:00 +0000";

const person = (name: string): string =>
  ldif(`uid=${name},ou=people,${suffix}`, {
    objectClass: "inetOrgPerson",
    uid: name,
    cn: `${name} of Harbour`,
    sn: "Harbour",
    givenName: name,
    mail: address(name),
  });
const directory =
  ldif(`ou=people,${suffix}`, { objectClass: "organizationalUnit", ou: "people" }) +
  people.map(person).join("") +
  ldif(`cn=crew,ou=people,${suffix}`, {
    objectClass: ["groupOfNames", "extensibleObject"],
    cn: "crew",
    mail: address("crew"),
    member: [`uid=ana,ou=people,${suffix}`, `uid=bo,ou=people,${suffix}`],
  });

const letter = (token: string): Buffer =>
  Buffer.from(
    `Message-ID: <${token}@harbour.example>\r\nFrom: bo@harbour.example\r\nSubject: ${token}\r\nDate: ${sent}\r\n\r\n${token}\r\n`,
  );

interface Filed {
  readonly folders: readonly string[];
  readonly flags: readonly string[];
}

/** What each mailbox holds: message to its folders and flags. */
const mail: Readonly<Record<string, Filed>> = {
  plain: { folders: ["INBOX"], flags: [] },
  read: { folders: ["INBOX"], flags: ["\\Seen"] },
  starred: { folders: ["INBOX"], flags: ["\\Seen", "\\Flagged"] },
  filed: { folders: ["Work/2015"], flags: ["\\Seen"] },
  twice: { folders: ["INBOX", "Work"], flags: ["\\Seen"] },
  mine: { folders: ["Sent"], flags: ["\\Seen"] },
  junk: { folders: ["Junk"], flags: [] },
};

const labels: Readonly<Record<string, string>> = { INBOX: "INBOX", Sent: "SENT" };

/** What is to be in Gmail then, as `message: labels`. */
const expected = Object.entries(mail)
  .filter(([name]) => name !== "junk")
  .map(([name, { folders, flags }]) => {
    const marks = [
      ...(flags.includes("\\Seen") ? [] : ["UNREAD"]),
      ...(flags.includes("\\Flagged") ? ["STARRED"] : []),
    ];
    return `${name}: ${[...folders.map((folder) => labels[folder] ?? folder), ...marks].toSorted().join(" ")}`;
  })
  .toSorted();

describe.skipIf(without("openldap") || without("dovecot"))(
  "the example, to Google Workspace",
  { timeout: 240_000 },
  () => {
    let place: Place;
    let ldap: Openldap;
    let dovecot: Dovecot;
    let google: FakeGoogle;
    const env = { LDAP_PASSWORD: reader.password, IMAP_MASTER_PASSWORD: "mastersecret" };
    const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });
    const apply = (file: string) => run("apply", "--auto-approve", "--passwords-out", file);

    beforeAll(async () => {
      const users = Object.fromEntries([...people, "office"].map((name) => [address(name), "secret"]));
      [place, ldap, dovecot, google] = await Promise.all([
        openPlace(),
        startOpenldap({ ldif: directory }),
        startDovecot({ users, specialUse: "created" }),
        startFakeGoogle({ clock: systemClock, admin: "admin@harbour.example" }),
      ]);
      google.directory.domains.set("harbour.example", true);
      google.directory.lag = 400;
      for (const name of people) await fill(address(name));
      await cp(example, place.path("manifests"), { recursive: true });
      await writeFile(place.path("manifests/google-service-account.json"), google.key);
      const file = place.path("manifests/endpoints.yaml");
      const text = (await readFile(file, "utf8"))
        .replace("ldaps://ldap.harbour.example", `ldaps://127.0.0.1:${ldap.tlsPort}\n  ca: ${ldap.capath}`)
        .replaceAll("dc=harbour,dc=example", suffix)
        .replace("host: imap.harbour.example", `host: 127.0.0.1\n  port: ${dovecot.port}\n  tls: none`)
        .replace("user: migrator", "user: master")
        .replace("type: google", `type: google\n  apiUrl: ${google.url}`);
      await writeFile(file, text);
    });
    afterAll(() => Promise.all([ldap?.stop(), dovecot?.stop(), google?.stop(), place?.remove()]));

    async function fill(user: string): Promise<void> {
      const client = await connectImap(dovecot);
      await client.login(user, "secret");
      const folders = new Set(Object.values(mail).flatMap((one) => one.folders));
      for (const folder of folders) await client.create(folder).catch(() => undefined);
      for (const [name, { folders: all, flags }] of Object.entries(mail))
        for (const folder of all) await client.append(folder, letter(name), flags, Date.parse(sent));
      await client.close();
    }

    /** What Gmail holds of somebody, past the API. */
    function held(name: string): readonly string[] {
      const mailbox = google.mailbox(address(name));
      return [...mailbox.messages.values()]
        .map(({ raw, labels: ids }) => {
          const subject = /^Subject: (.*)\r$/m.exec(raw.toString())?.[1] ?? "?";
          expect(raw.equals(letter(subject))).toBe(true);
          return `${subject}: ${[...ids]
            .map((id) => mailbox.labels.get(id)?.name ?? id)
            .toSorted()
            .join(" ")}`;
        })
        .toSorted();
    }

    it("checks, brings people and mail, and then has nothing to do", async () => {
      const check = await run("check");
      expectCode(check, 0);
      expect(check.stdout).toContain("[Gmail]/Sent Mail is SENT");
      expectCode(await run("plan", "--detailed-exitcode"), 2);
      expectCode(await apply("passwords.csv"), 0);

      const { users, groups, orgUnits } = google.directory;
      const accounts = [...users].map(({ primaryEmail, aliases, orgUnitPath }) => [
        primaryEmail,
        aliases.toSorted().join(),
        orgUnitPath,
      ]);
      expect(accounts.toSorted()).toEqual([
        ...people.map((name) => [address(name), "", "/Moved"]),
        [address("office"), address("hello"), "/Moved"],
      ]);
      expect([...orgUnits]).toEqual(["/", "/Moved"]);
      expect(
        [...groups].map(({ email, members }) => [email, members.map((member) => member.email).toSorted()]),
      ).toEqual([[address("crew"), [address("ana"), address("bo")]]]);
      const told = await readFile(place.path("passwords.csv"), "utf8");
      for (const { password, changePasswordAtNextLogin } of users) {
        expect(told).toContain(password);
        expect(changePasswordAtNextLogin).toBe(true);
      }
      for (const name of people) expect(held(name)).toEqual(expected);
      expectCode(await run("plan", "--detailed-exitcode"), 0);
      expectCode(await run("verify"), 0);
      described(google);
    });

    it("follows what comes later, also where Gmail's history is lost meanwhile", async () => {
      for (const name of people) google.mailbox(address(name)).forget();
      const client = await connectImap(dovecot);
      await client.login(address("ana"), "secret");
      await client.append("INBOX", letter("later"), [], Date.parse(sent));
      await client.close();
      expectCode(await apply("more.csv"), 0);
      expect(held("ana")).toEqual([...expected, "later: INBOX UNREAD"].toSorted());
      expect(held("bo")).toEqual(expected);
      expectCode(await run("plan", "--detailed-exitcode"), 0);
      described(google);
    });

    it("through mishaps of every kind nothing is there twice, nothing is lost, and the limits are kept", async () => {
      google.directory.users.clear();
      google.directory.groups.clear();
      for (const name of people) {
        const mailbox = google.mailbox(address(name));
        for (const message of mailbox.messages.values()) mailbox.remove(message);
        mailbox.history.splice(0);
      }
      await place.run(["state", "list"]);
      await writeFile(place.path("manifests/state.yaml"), "");
      google.faults.chance(7, 12);
      const state = ["--state", "other.db"];
      const codes: (number | null)[] = [];
      for (let tries = 0; tries < 6 && codes.at(-1) !== 0; tries += 1) {
        const ended = await run("apply", "--auto-approve", "--passwords-out", `p${tries}.csv`, ...state);
        codes.push(ended.code);
      }
      google.faults.chance(1, 0);
      expect(google.faults.count()).toBeGreaterThan(5);
      expectCode(await run("apply", "--auto-approve", "--passwords-out", "last.csv", ...state), 0);
      expect([...google.directory.users].map(({ primaryEmail }) => primaryEmail).toSorted()).toEqual(
        [...people, "office"].map(address).toSorted(),
      );
      expect(held("ana")).toEqual([...expected, "later: INBOX UNREAD"].toSorted());
      for (const name of ["bo", "cy"]) expect(held(name)).toEqual(expected);
      expectCode(await run("plan", "--detailed-exitcode", ...state), 0);
      expect(google.meter.exceeded()).toBe(0);
      described(google);
    });
  },
);
