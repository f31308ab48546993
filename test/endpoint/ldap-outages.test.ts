/** Servers that stop, fall silent, lead in circles or cannot be trusted while people are read and written: a clear word, and nothing lost. */
import { join } from "node:path";
import { mkdtemp } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeBatch } from "../../src/apply/directory.ts";
import type { DirectoryChange, Endpoint } from "../../src/contract/endpoint.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import { writeCertificates } from "../servers/certificates.ts";
import { startFaultProxy } from "../servers/fault-proxy.ts";
import { started } from "../servers/living.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import * as ad from "./active-directory.ts";
import { ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const fresh = `ou=new,${suffix}`;
/** AddResponse: success (RFC 4511, 4.7). */
const addedTag = "\x69\x07\x0a\x01\x00";

const creation = (name: string): DirectoryChange => ({
  key: name,
  act: "create",
  want: { kind: "account", name, address: addressOf("account", name), labels: {}, fields: { displayName: name } },
  precondition: { absent: true },
});
const crowd = Array.from({ length: 60 }, (_, index) => creation(`n${index}@example.com`));

const write = async (endpoint: Endpoint, changes: readonly DirectoryChange[]): Promise<unknown> =>
  endpoint.directory.account?.write?.(changes as never, options);

const alias = (name: string, to: string) =>
  ldif(`cn=${name},ou=people,${suffix}`, {
    objectClass: ["alias", "extensibleObject"],
    cn: name,
    aliasedObjectName: `cn=${to},ou=people,${suffix}`,
  });

/** As `apply` writes, trying again as often as it does; `meanwhile` is what happens while it would wait. */
async function carryOut(endpoint: Endpoint, changes: readonly DirectoryChange[], meanwhile = async () => {}) {
  const clock = { now: () => 0, wait: meanwhile };
  const context = { ...options, clock, patience: options.signal };
  return writeBatch(endpoint.directory.account as never, changes, context);
}

describe.skipIf(without("openldap"))("an LDAP server that fails", () => {
  test("stopped while it is written to, and up again: everybody is there once", async () => {
    const server = await started(startOpenldap({ ldif: unit("new") }));
    const proxy = await started(startFaultProxy({ to: server.port }));
    const url = { url: `ldap://127.0.0.1:${proxy.port}`, tls: "none", accounts: { base: fresh } } as const;
    const endpoint = await openSpec(specOf(server, url));
    // In the midst of the batch the line ends, and the server with it.
    proxy.use({ traps: [{ way: "down", on: new RegExp(addedTag), skip: 20, times: 1 }] });
    let stops = 0;
    const { outcomes, fault } = await carryOut(endpoint, crowd, async () => {
      stops += 1;
      await (stops === 1 ? server.kill() : server.restart());
    });
    expect(fault).toBeUndefined();
    expect(stops).toBeGreaterThan(1);
    expect([...outcomes.values()].filter((outcome) => "observed" in outcome)).toHaveLength(crowd.length);
    const truth = await server.search("(uid=*)", { attributes: ["mail"] });
    expect(truth.map(({ values }) => values["mail"]?.[0]).toSorted()).toEqual(crowd.map(({ key }) => key).toSorted());
  });

  test("stopped for good: what was not written is said to be open, with the reason, and can be written later", async () => {
    const server = await started(startOpenldap({ ldif: unit("new") }));
    const endpoint = await openSpec(specOf(server, { accounts: { base: fresh } }));
    await server.kill();
    const { outcomes, fault } = await carryOut(endpoint, crowd);
    expect(outcomes.size).toBe(0);
    expect(fault).toMatchObject({
      code: "server.unreachable",
      message: expect.stringContaining("refuses connections"),
    });
    await server.restart();
    const again = await carryOut(endpoint, crowd);
    expect(again.fault).toBeUndefined();
    expect(await server.search("(uid=*)")).toHaveLength(crowd.length);
  });

  test("silent in the midst of a write: given up in words, and found done", async () => {
    const server = await started(startOpenldap({ ldif: unit("new") }));
    const proxy = await started(startFaultProxy({ to: server.port }));
    const url = { url: `ldap://127.0.0.1:${proxy.port}`, tls: "none", timeout: 1, accounts: { base: fresh } } as const;
    const endpoint = await openSpec(specOf(server, url));
    proxy.use({ traps: [{ way: "down", on: new RegExp(addedTag), ending: "stall", times: 1 }] });
    await expect(write(endpoint, crowd.slice(0, 5))).rejects.toMatchObject({
      code: "line.lost",
      message: expect.stringContaining("said nothing"),
    });
    proxy.use({});
    const { outcomes, fault } = await carryOut(endpoint, crowd.slice(0, 5));
    expect([fault, outcomes.size]).toEqual([undefined, 5]);
    expect(await server.search("(uid=*)")).toHaveLength(5);
  });

  test("referring to itself, and to one that refers back: told, read around, and never followed", async () => {
    const server = await started(startOpenldap({ ldif: unit("people") + person("ana") }));
    const proxy = await started(startFaultProxy({ to: server.port }));
    const refer = (name: string, to: string) =>
      ldif(`ou=${name},${suffix}`, {
        objectClass: ["referral", "extensibleObject"],
        ou: name,
        ref: `ldap://127.0.0.1:${proxy.port}/ou=${to},${suffix}`,
      });
    await server.add(refer("self", "self") + refer("there", "back") + refer("back", "there"));
    const url = { url: `ldap://127.0.0.1:${proxy.port}`, tls: "none" } as const;
    const findings: Finding[] = [];
    const endpoint = await openSpec(specOf(server, url), findings);
    const before = proxy.connections.length;
    expect((await readKind(endpoint, "account")).map(({ name }) => name)).toEqual(["ana@example.com"]);
    expect(findings).toMatchObject([{ code: "referral.ignored", message: expect.stringContaining("ou=self") }]);
    const within = await openSpec(specOf(server, { ...url, accounts: { base: `ou=there,${suffix}` } }));
    await expect(readKind(within, "account")).rejects.toMatchObject({
      code: "directory.referral",
      message: expect.stringContaining("referrals are not followed"),
    });
    await expect(write(within, [creation("x@example.com")])).rejects.toMatchObject({ code: "directory.referral" });
    // One for each reading, opening and writing, and none for a referral.
    expect(proxy.connections.length - before).toBeLessThanOrEqual(4);
  });

  test("with alias entries in a circle: they are not followed either", async () => {
    const ldifs = unit("people") + person("ana") + alias("one", "two") + alias("two", "one");
    const server = await started(startOpenldap({ ldif: ldifs }));
    const all = await readKind(await openSpec(specOf(server)), "account");
    expect(all.map(({ name }) => name)).toEqual(["ana@example.com"]);
  });
});

describe.skipIf(without("samba"))("an Active Directory that fails", () => {
  let server: Samba;
  beforeAll(async () => {
    server = await startSamba({ tlsRequired: true });
  });
  afterAll(() => server?.stop());

  test("that cannot be trusted gets no login", async () => {
    const other = await writeCertificates(await mkdtemp(join(server.folder, "other-")));
    await expect(ad.openSpec(ad.specOf(server, { ca: other.authority }))).rejects.toMatchObject({
      code: "tls.refused",
      remedy: expect.stringContaining("no login was sent"),
    });
  });

  test("that wants the line secured says so, in words and with what to do", async () => {
    const open = ad.openSpec(ad.specOf(server, { url: `ldap://127.0.0.1:${server.port}`, tls: "none" }));
    await expect(open).rejects.toMatchObject({
      code: "login.refused",
      message: expect.stringContaining("stronger login"),
      remedy: expect.stringContaining("starttls"),
    });
  });

  test("without Exchange's attributes holds no fields of theirs, and reads everything else", async () => {
    const endpoint = await ad.openSpec(ad.specOf(server));
    expect(endpoint.directory.account?.fields.has("forwarding")).toBe(false);
    expect(endpoint.directory.list?.fields).toEqual(new Set(["displayName", "members", "owners"]));
    expect((await readKind(endpoint, "account")).length).toBe(60);
  });

  test("that is stopped is told, and read whole once it is back", async () => {
    const endpoint = await ad.openSpec(ad.specOf(server));
    await server.kill();
    await expect(readKind(endpoint, "account")).rejects.toMatchObject({ code: "server.unreachable" });
    await server.restart();
    expect((await readKind(endpoint, "account")).length).toBe(60);
  });
});
