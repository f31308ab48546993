/** A CloudM list that is imported, whose people go to OpenLDAP and whose mail goes from one Dovecot to another; seen by ldapsearch and an IMAP client. */
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { as } from "./imap-mailbox.ts";
import { openPlace, type Place } from "./run.ts";
import { type Steps, stepsOf } from "./steps.ts";

const people = `ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;
const units =
  ldif(people, { objectClass: "organizationalUnit", ou: "people" }) +
  ldif(groups, { objectClass: "organizationalUnit", ou: "groups" });
const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const mail = ({ port }: Dovecot): string =>
  `{type: imap, host: 127.0.0.1, port: ${port}, tls: none, auth: {method: user, password: {file: ../secret}}}`;
const message = (subject: string): Buffer =>
  Buffer.from(
    `From: a@x.example\r\nTo: b@x.example\r\nMessage-ID: <${subject}@x.example>\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nSubject: ${subject}\r\n\r\nText\r\n`,
  );

const file = "manifests/example.com.yaml";
const users = (domainName: string) => ({
  users: Object.fromEntries(["ana", "bo", "zed", "anna"].map((name) => [`${name}@${domainName}`, "secret"])),
});
const list = `Migrate,ExportName,ImportName,GivenName,FamilyName,Password,MigrateMail
True,ana@old.example,ana@example.com,Ana,"Ruiz, Dr.",,True
True,bo@old.example,bo@example.com,Bo,Ék,,False
True,zed@old.example,zed@example.com,Zed,Zorn,,True
`;
const lists = `  lists:
    sales: {members: [ana, bo]}
    office: {members: [zed]}
`;

describe.skipIf(without("openldap", "dovecot"))(
  "from CloudM's list to OpenLDAP and Dovecot",
  { timeout: 120_000 },
  () => {
    let place: Place;
    let directory: Openldap;
    let from: Dovecot;
    let to: Dovecot;
    let steps: Steps;
    beforeAll(async () => {
      [place, directory, from, to] = await Promise.all([
        openPlace(),
        startOpenldap({ ldif: units }),
        startDovecot(users("old.example")),
        startDovecot(users("example.com")),
      ]);
      for (const name of ["ana", "bo", "zed"])
        await as(from, `${name}@old.example`, (client) => client.append("INBOX", message(name)));
      steps = stepsOf(place, file, { LDAP_PASSWORD: admin.password });
      await place.write({
        secret: "secret\n",
        "old/users.csv": list,
        "manifests/system.yaml": [
          document("Endpoint", "old", "{type: csv, path: ../old, profile: cloudm}"),
          document("Endpoint", "old-mail", mail(from)),
          document("Endpoint", "new-mail", mail(to)),
          document(
            "Endpoint",
            "corp",
            `{type: ldap, url: "ldaps://127.0.0.1:${directory.tlsPort}", ca: ${directory.capath}, base: "${suffix}", bind: {dn: "${admin.dn}", password: {env: LDAP_PASSWORD}}, accounts: {base: "${people}"}, lists: {base: "${groups}"}}`,
          ),
          document(
            "Migration",
            "move",
            "{source: {directory: old, mail: old-mail}, destination: {directory: corp, mail: new-mail}}",
          ),
        ].join("---\n"),
      });
      expectCode(await place.run(["import", "old", "-o", "manifests"]), 0);
    });
    afterAll(() => Promise.all([directory?.stop(), from?.stop(), to?.stop(), place?.remove()]));
    const subjects = (who: string) =>
      as(to, `${who}@example.com`, async (client) =>
        (await client.fetchAll("INBOX")).map(({ body }) => /^Subject: (.*)\r$/mu.exec(body.toString())?.[1]),
      );

    const found = async (filter: string, attribute: string) =>
      (await directory.search(filter, { attributes: [attribute] })).map(
        ({ values }) => values[attribute.toLowerCase()],
      );
    const members = async (name: string) => (await found(`(mail=${name}@example.com)`, "member"))[0]?.toSorted();

    it("writes who is to be there, and whose mail each one gets", async () => {
      const text = await readFile(place.path(file), "utf8");
      expect(text.match(/^ {4}\w.*$/gmu)).toEqual([
        `    ana: {givenName: Ana, familyName: "Ruiz, Dr.", source: {user: ana@old.example}}`,
        `    bo: {givenName: Bo, familyName: Ék, source: false}`,
        `    zed: {givenName: Zed, familyName: Zorn, source: {user: zed@old.example}}`,
      ]);
      await place.write({ [file]: text + lists });
    });

    it("brings people and the mail that is to go, and a second plan is empty", async () => {
      await steps.apply();
      const people = await directory.search("(objectClass=inetOrgPerson)", { attributes: ["mail", "givenName", "sn"] });
      expect(
        people.map(({ values }) => ["mail", "givenname", "sn"].map((name) => values[name]?.[0])).toSorted(),
      ).toEqual([
        ["ana@example.com", "Ana", "Ruiz, Dr."],
        ["bo@example.com", "Bo", "Ék"],
        ["zed@example.com", "Zed", "Zorn"],
      ]);
      expect(await subjects("ana")).toEqual(["ana"]);
      expect(await subjects("bo")).toEqual([]);
      expect(await subjects("zed")).toEqual(["zed"]);
    });

    it("renames as exactly that: the entry stays, and the mailbox by the new name is filled", async () => {
      const before = await found("(mail=ana@example.com)", "entryUUID");
      expect(before).toHaveLength(1);
      await steps.edit("    ana: {", "    anna: {formerly: [ana@example.com], ");
      await steps.edit("[ana, bo]", "[anna, bo]");
      const plan = await steps.shows("~ account/anna@example.com", "~ list/sales@example.com");
      expect(plan).toContain("mailbox/anna@example.com");
      await steps.apply();
      expect(await found("(mail=anna@example.com)", "entryUUID")).toEqual(before);
      expect(await found("(mail=ana@example.com)", "entryUUID")).toEqual([]);
      expect(await members("sales")).toEqual([`uid=anna,${people}`, `uid=bo,${people}`]);
      expect(await subjects("anna")).toEqual(["ana"]);
    });

    it("moves between groups as exactly that", async () => {
      await steps.edit("[anna, bo]", "[anna]");
      await steps.edit("[zed]", "[bo, zed]");
      await steps.shows("~ list/office@example.com", "~ list/sales@example.com");
      await steps.apply("--allow-delete", "member=1");
      expect(await members("sales")).toEqual([`uid=anna,${people}`]);
      expect(await members("office")).toEqual([`uid=bo,${people}`, `uid=zed,${people}`]);
    });

    it("disables as exactly that", async () => {
      await steps.edit("    bo: {", "    bo: {enabled: false, ");
      await steps.shows("~ account/bo@example.com");
      await steps.apply("--allow-disable", "1");
      expect(await found("(mail=bo@example.com)", "accountStatus")).toEqual([["disabled"]]);
    });

    it("deletes by name, and nobody who is protected; the mail stays where it is", async () => {
      const named = ["--allow-delete", "account/zed@example.com", "--allow-delete", "member=1"] as const;
      const zed = "zed: {givenName: Zed, familyName: Zorn, source: {user: zed@old.example}}";
      await steps.edit(zed, "zed: {protect: true, source: false}");
      await steps.edit("[bo, zed]", "[bo]");
      await steps.shows("= account/zed@example.com", "~ list/office@example.com");
      await steps.apply(...named);
      await steps.edit("{protect: true, source: false}", "{absent: true}");
      await steps.shows("! account/zed@example.com");
      expect(await steps.refused(...named)).toContain("It is protected");
      expect(await found("(mail=zed@example.com)", "uid")).toEqual([["zed"]]);
      await steps.edit("{absent: true}", "{protect: false, source: false}");
      await steps.shows("= account/zed@example.com");
      await steps.apply();
      await steps.edit("{protect: false, source: false}", "{absent: true}");
      await steps.shows("! account/zed@example.com");
      expect(await steps.refused()).toContain("Deleting an account destroys its mail");
      await steps.apply(...named);
      expect(await found("(mail=zed@example.com)", "uid")).toEqual([]);
      expect(await subjects("zed")).toEqual(["zed"]);
    });
  },
);
