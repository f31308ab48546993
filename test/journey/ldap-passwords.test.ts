/** Passwords that go from one OpenLDAP to another, and those that are made up there: who would have no way in is told, and no secret is. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { admin, reader, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { peopleFile, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const people = `ou=people,${suffix}`;
const unit = ldif(people, { objectClass: "organizationalUnit", ou: "people" });
const known = "correct horse 7";

async function person(uid: string, scheme?: string): Promise<string> {
  const hash =
    scheme === undefined
      ? undefined
      : (await promisify(execFile)("doveadm", ["pw", "-s", scheme, "-p", known])).stdout.trim();
  return ldif(`uid=${uid},${people}`, {
    objectClass: "inetOrgPerson",
    uid,
    cn: uid,
    sn: uid,
    mail: `${uid}@example.com`,
    ...(hash === undefined ? {} : { userPassword: hash }),
  });
}

const readable = `access to * by dn.exact="${reader.dn}" read by users read by anonymous auth`;

const endpoint = (name: string, server: Openldap, dn: string): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: ${name}}
spec:
  type: ldap
  url: ldaps://127.0.0.1:${server.tlsPort}
  ca: ${server.capath}
  base: ${suffix}
  bind: {dn: "${dn}", password: {env: ${name.toUpperCase()}}}
  accounts: {base: "${people}"}
`;

describe.skipIf(without("openldap"))("from one OpenLDAP to another", { timeout: 120_000 }, () => {
  let place: Place;
  let old: Openldap;
  let fresh: Openldap;
  const run = (...args: readonly string[]) => place.run(args, { env: { OLD: reader.password, FRESH: admin.password } });
  beforeAll(async () => {
    const entries = [person("ana", "SSHA"), person("bo", "SHA512-CRYPT"), person("cy", "SSHA512"), person("di")];
    [place, old, fresh] = await Promise.all([
      openPlace(),
      startOpenldap({ ldif: unit + (await Promise.all(entries)).join(""), access: readable }),
      startOpenldap({ ldif: unit }),
    ]);
    await place.write({
      "manifests/endpoints.yaml": `${endpoint("old", old, reader.dn)}---\n${endpoint("fresh", fresh, admin.dn)}`,
      "manifests/migration.yaml":
        "apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: move}\nspec: {source: {directory: old}, destination: {directory: fresh}}\n",
      "manifests/people.yaml": peopleFile(`accountsFrom: {defaults: {password: {hash: source}}}
accounts:
  ed: {password: {generate: true}}
  flo: {password: {external: true}}
  gus: {}`),
    });
  });
  afterAll(() => Promise.all([old?.stop(), fresh?.stop(), place?.remove()]));

  it("names who would have no way in, lets in who has one, and tells no secret", async () => {
    const planned = await run("plan", "--format", "json", "--out", "made.plan");
    expectCode(planned, 0);
    const { findings } = JSON.parse(planned.stdout) as {
      findings: readonly { code: string; about: string; message: string; detail?: { addresses?: string[] } }[];
    };
    const told = findings
      .filter(({ code }) => code.startsWith("password."))
      .map(({ code, about, detail }) => [code, detail?.addresses?.toSorted() ?? [about]]);
    expect(Object.fromEntries(told)).toEqual({
      "password.scheme": ["account/cy@example.com"],
      "password.missing": ["account/di@example.com", "account/gus@example.com"],
      "password.generated": ["account/ed@example.com"],
      "password.external": ["account/flo@example.com"],
    });
    expect(findings.find(({ code }) => code === "password.scheme")?.message).toContain("SSHA512");

    const ended = await run("apply", "made.plan", "--passwords-out", "told.csv", "--progress", "json");
    expectCode(ended, 0);
    for (const uid of ["ana", "bo"])
      expect(await fresh.whoami(`uid=${uid},${people}`, known)).toBe(`dn:uid=${uid},${people}`);
    const [{ password: made = "" } = {}] = await rows(place, "told.csv");
    expect(await fresh.whoami(`uid=ed,${people}`, made)).toBe(`dn:uid=ed,${people}`);
    const without = await fresh.search("(&(uid=*)(!(userPassword=*)))", { attributes: ["uid"] });
    expect(without.flatMap(({ values }) => values["uid"]).toSorted()).toEqual(["cy", "di", "flo", "gus"]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);

    const all = await readdir(place.path("."), { recursive: true, withFileTypes: true });
    const files = all.filter((each) => each.isFile() && each.name !== "told.csv");
    const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")));
    const shown = [planned.stdout, planned.stderr, ended.stdout, ended.stderr, ...texts].join("\n");
    const hashes = (await old.search("(userPassword=*)", { attributes: ["userPassword"] })).flatMap(
      ({ values }) => values["userpassword"] ?? [],
    );
    expect(hashes.length).toBeGreaterThanOrEqual(3);
    for (const secret of [made, known, ...hashes.map((hash) => hash.replace(/^\{.*?\}/, ""))])
      expect(shown).not.toContain(secret);
  });
});
