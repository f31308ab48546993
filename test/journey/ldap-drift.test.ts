/** What others change in OpenLDAP after an apply, and a state that is lost; what is there is seen by ldapsearch. */
import { readFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldif, unit } from "../endpoint/ldap.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";
import { type Steps, stepsOf } from "./steps.ts";

const people = `ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;
const env = { LDAP_PASSWORD: admin.password };
const file = "manifests/people.yaml";
const system = (server: Openldap): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: corp}
spec:
  type: ldap
  url: ldaps://127.0.0.1:${server.tlsPort}
  ca: ${server.capath}
  base: "${suffix}"
  bind: {dn: "${admin.dn}", password: {env: LDAP_PASSWORD}}
  accounts: {base: "${people}"}
  lists: {base: "${groups}"}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: keep}
spec: {destination: {directory: corp}}
`;
const manifest = `apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana Ruiz, familyName: Ruiz}   # since 2019
    bo: {displayName: Bo Ek, familyName: Ek}
    cy: {displayName: Cy Lund, familyName: Lund}
  lists:
    team: {members: [ana, bo]}
`;

describe.skipIf(without("openldap"))("an OpenLDAP that others write to as well", { timeout: 120_000 }, () => {
  let place: Place;
  let server: Openldap;
  let steps: Steps;
  beforeAll(async () => {
    [place, server] = await Promise.all([openPlace(), startOpenldap({ ldif: unit("people") + unit("groups") })]);
    steps = stepsOf(place, file, env);
    await place.write({ "manifests/system.yaml": system(server), [file]: manifest });
    await steps.apply();
  });
  afterAll(() => Promise.all([server?.stop(), place?.remove()]));
  const drift = (...more: readonly string[]) => place.run(["drift", "--detailed-exitcode", ...more], { env });

  it("shows each of their changes as exactly that, and not what the manifests changed", async () => {
    expectCode(await drift(), 0);
    await server.modify(
      `dn: uid=ana,${people}\nchangetype: modify\nreplace: displayName\ndisplayName: Ana Ruiz-Berg\n\ndn: cn=team,${groups}\nchangetype: modify\nadd: member\nmember: uid=cy,${people}\n-\ndelete: member\nmember: uid=bo,${people}\n`,
    );
    await server.modify(`dn: uid=cy,${people}\nchangetype: modrdn\nnewrdn: uid=cyril\ndeleteoldrdn: 1\n`);
    await server.modify(
      `dn: uid=cyril,${people}\nchangetype: modify\nreplace: mail\nmail: cyril@example.com\n\ndn: cn=team,${groups}\nchangetype: modify\ndelete: member\nmember: uid=cy,${people}\n-\nadd: member\nmember: uid=cyril,${people}\n`,
    );
    await steps.edit("displayName: Bo Ek,", "displayName: Bo Ek-Lund,");
    const told = await drift();
    expectCode(told, 2);
    expect(told.stdout).toMatch(/~ account\/ana@example\.com\n\s+displayName +"Ana Ruiz" → "Ana Ruiz-Berg"/u);
    expect(told.stdout).toMatch(/~ account\/cy@example\.com +called cyril@example\.com there/u);
    expect(told.stdout).toMatch(/~ list\/team@example\.com\n\s+members +\+cyril@example\.com -bo@example\.com/u);
    expect(told.stdout).not.toMatch(/~ account\/bo@/u);
    expect(told.stdout).toContain("Drift: 3 resources.");
  });

  it("takes what they changed into the manifests, a field at a time, and a plan has the rest alone", async () => {
    expectCode(await drift("--update-manifests", "--target", "account/ana@example.com"), 2);
    const text = await readFile(place.path(file), "utf8");
    expect(text).toContain("    ana: {displayName: Ana Ruiz-Berg, familyName: Ruiz}   # since 2019\n");
    await steps.edit("    cy: {", "    cyril: {formerly: [cy@example.com], ");
    await steps.edit("[ana, bo]", "[ana, cyril]");
    await steps.shows("~ account/bo@example.com");
    await steps.apply();
  });

  it("is told apart by the entry's own id where an entry was deleted and made anew", async () => {
    await server.modify(`dn: uid=bo,${people}\nchangetype: delete\n`);
    await server.add(
      ldif(`uid=bo,${people}`, {
        objectClass: "inetOrgPerson",
        uid: "bo",
        cn: "Bo Ek-Lund",
        sn: "Ek",
        displayName: "Bo Ek-Lund",
        mail: "bo@example.com",
      }),
    );
    const told = await drift();
    expectCode(told, 2);
    expect(told.stdout).toMatch(/~ account\/bo@example\.com +deleted there and made anew/u);
  });

  it("is taken over by its addresses where the state is lost, and renames go on by the entry", async () => {
    const before = await server.search("(mail=ana@example.com)", { attributes: ["entryUUID"] });
    await rm(place.path("manifests/.reconcile"), { recursive: true });
    const plan = await place.run(["plan", "--detailed-exitcode"], { env });
    expectCode(plan, 0);
    await steps.edit("    ana: {", "    anna: {formerly: [ana@example.com], ");
    await steps.edit("[ana, cyril]", "[anna, cyril]");
    await steps.shows("~ account/anna@example.com", "~ list/team@example.com");
    await steps.apply();
    const after = await server.search("(mail=anna@example.com)", { attributes: ["entryUUID"] });
    expect(after.map(({ values }) => values["entryuuid"])).toEqual(before.map(({ values }) => values["entryuuid"]));
  });
});
