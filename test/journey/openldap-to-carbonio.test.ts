/** A company that moves from OpenLDAP to Carbonio's bulk files, from its import to its leavers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";
import { type Steps, stepsOf } from "./steps.ts";

const people = `ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;
const unit = (dn: string, ou: string): string => ldif(dn, { objectClass: "organizationalUnit", ou });
const person = (uid: string, cn: string): string =>
  ldif(`uid=${uid},${people}`, {
    objectClass: "inetOrgPerson",
    uid,
    cn,
    sn: cn.split(" ").at(-1) ?? "",
    mail: `${uid}@example.com`,
  });
const group = (cn: string, members: readonly string[]): string =>
  ldif(`cn=${cn},${groups}`, {
    objectClass: ["groupOfNames", "extensibleObject"],
    cn,
    mail: `${cn}@example.com`,
    member: members.map((uid) => `uid=${uid},${people}`),
  });
const company =
  unit(people, "people") +
  unit(groups, "groups") +
  person("ana", "Ana Ruiz") +
  person("bo", 'Bo "B" Ék') +
  person("cy", "Cy Lund") +
  person("zed", "Zed Zorn") +
  group("sales", ["ana", "bo"]) +
  group("office", ["cy"]);

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
kind: Endpoint
metadata: {name: bulk}
spec: {type: csv, path: ../bulk, profile: carbonio}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: move}
spec: {source: {directory: corp}, destination: {directory: bulk}}
`;

describe.skipIf(without("openldap"))("from OpenLDAP to Carbonio", { timeout: 120_000 }, () => {
  let place: Place;
  let server: Openldap;
  let steps: Steps;
  const env = { LDAP_PASSWORD: admin.password };
  beforeAll(async () => {
    [place, server] = await Promise.all([openPlace(), startOpenldap({ ldif: company })]);
    steps = stepsOf(place, "manifests/example.com.yaml", env);
    await place.write({ "manifests/system.yaml": system(server), "bulk/.keep": "" });
    expectCode(await place.run(["import", "corp", "-o", "manifests"], { env }), 0);
  });
  afterAll(() => Promise.all([server?.stop(), place?.remove()]));
  const emails = async () => (await rows(place, "bulk/accounts.csv")).map(({ email }) => email).toSorted();
  const members = async () =>
    Object.fromEntries(
      (await rows(place, "bulk/lists.csv")).map(({ address = "", members: all = "" }) => [
        address.split("@")[0],
        all.split(" ").toSorted(),
      ]),
    );

  it("brings who is in the directory, and a second plan is empty", async () => {
    await steps.shows(
      ...["ana", "bo", "cy", "zed"].map((name) => `+ account/${name}@example.com`),
      ...["sales", "office"].map((name) => `+ list/${name}@example.com`),
    );
    await steps.apply();
    const truth = await server.search("(objectClass=inetOrgPerson)", { attributes: ["mail", "cn", "sn"] });
    expect(truth).toHaveLength(4);
    expect(
      (await rows(place, "bulk/accounts.csv")).map(({ email, displayName, sn }) => [email, displayName, sn]).toSorted(),
    ).toEqual(truth.map(({ values }) => ["mail", "cn", "sn"].map((name) => values[name]?.[0])).toSorted());
    expect(await members()).toEqual({ sales: ["ana@example.com", "bo@example.com"], office: ["cy@example.com"] });
  });

  it("renames as exactly that, and the lists follow", async () => {
    await steps.edit("    ana: {", "    anna: {formerly: [ana@example.com], ");
    await steps.edit("[ana, bo]", "[anna, bo]");
    await steps.shows("~ account/anna@example.com", "~ list/sales@example.com");
    await steps.apply();
    expect(await emails()).toEqual(["anna", "bo", "cy", "zed"].map((name) => `${name}@example.com`));
    expect((await members())["sales"]).toEqual(["anna@example.com", "bo@example.com"]);
  });

  it("says that Carbonio's files cannot disable anybody, and changes nothing", async () => {
    await steps.edit("    cy: {", "    cy: {enabled: false, ");
    expect(await steps.shows()).toContain("cannot hold the enabled of accounts");
    await steps.apply();
  });

  it("moves between groups as exactly that", async () => {
    await steps.edit("[anna, bo]", "[anna]");
    await steps.edit("[cy]", "[bo, cy]");
    await steps.shows("~ list/office@example.com", "~ list/sales@example.com");
    await steps.apply("--allow-delete", "member=1");
    expect(await members()).toEqual({ sales: ["anna@example.com"], office: ["bo@example.com", "cy@example.com"] });
  });

  it("deletes by name, and nobody who is protected", async () => {
    const named = ["--allow-delete", "account/zed@example.com"] as const;
    await steps.edit("    zed: {", "    zed: {protect: true, ");
    await steps.shows("= account/zed@example.com");
    await steps.apply();
    await steps.edit("    zed: {protect: true, displayName: Zed Zorn, familyName: Zorn}", "    zed: {absent: true}");
    await steps.shows("! account/zed@example.com");
    expect(await steps.refused(...named)).toContain("It is protected");
    expect(await emails()).toContain("zed@example.com");
    await steps.edit("    zed: {absent: true}", "    zed: {protect: false}");
    await steps.shows("= account/zed@example.com");
    await steps.apply();
    await steps.edit("    zed: {protect: false}", "    zed: {absent: true}");
    await steps.refused();
    await steps.apply(...named);
    expect(await emails()).toEqual(["anna", "bo", "cy"].map((name) => `${name}@example.com`));
  });
});
