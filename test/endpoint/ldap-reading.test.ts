/** Accounts as they are read from an slapd. */
import { Buffer } from "node:buffer";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { collect } from "../contract/collect.ts";
import { writeCertificates } from "../servers/certificates.ts";
import { started } from "../servers/living.ts";
import { admin, reader, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { asReader, ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const people = `ou=people,${suffix}`;
const crowd = Array.from({ length: 700 }, (_, index) =>
  person(`p${index}`, { departmentNumber: String(index % 7) }),
).join("");

describe.skipIf(without("openldap"))("an LDAP endpoint reads accounts", () => {
  let server: Openldap;
  beforeAll(async () => {
    const special = [
      ldif(`cn=Ruiz\\2C Ana \\22A\\22\\5C,${people}`, {
        objectClass: ["inetOrgPerson", "qmailUser"],
        cn: 'Ruiz, Ana "A"\\',
        displayName: "陳美 Ruiz",
        givenName: "Ana",
        sn: "Ruíz",
        mail: "Ana@Example.COM",
        accountStatus: "disabled",
        mailQuotaSize: "53687091200",
        mailForwardingAddress: ["Z@home.example", "b@home.example"],
        deliveryMode: "nolocal",
      }),
      ldif(`uid=bo,${people}`, {
        objectClass: "inetOrgPerson",
        uid: "bo",
        cn: "Bo Ek",
        sn: "Ek",
        mail: "bo@example.com",
      }),
      ldif(`uid=nobody,${people}`, { objectClass: "inetOrgPerson", uid: "nobody", cn: "Nobody", sn: "Nobody" }),
    ];
    server = await startOpenldap({
      ldif: unit("people") + special.join("") + crowd,
      limits: "sizelimit size.soft=500 size.hard=500 size.pr=100 size.prtotal=unlimited",
    });
  });
  afterAll(() => server?.stop());

  test("field by field, in normal form, with the entry's own id", async () => {
    const all = await readKind(await openSpec(specOf(server)), "account");
    const [truth] = await server.search("(mail=ana@example.com)", { attributes: ["entryUUID"] });
    expect(all).toHaveLength(702);
    expect(all.find(({ name }) => name === "ana@example.com")).toEqual({
      kind: "account",
      name: "ana@example.com",
      id: truth?.values["entryuuid"]?.[0],
      revision: expect.any(String),
      fields: {
        displayName: "陳美 Ruiz",
        givenName: "Ana",
        familyName: "Ruíz",
        enabled: false,
        quota: 53_687_091_200,
        forwarding: { to: ["b@home.example", "z@home.example"], keepCopy: false },
      },
    });
    expect(all.find(({ name }) => name === "bo@example.com")?.fields).toEqual({
      displayName: "Bo Ek",
      familyName: "Ek",
    });
  });

  test("whole, past the server's size limit, in pages of what the server allows", async () => {
    const all = await readKind(await openSpec(specOf(server, { ...asReader, pageSize: 5000 })), "account");
    expect(all).toHaveLength(702);
    expect(new Set(all.map(({ name }) => name)).size).toBe(702);
  });

  test("that a filter lets through, as text or as a map; from other attributes where the map says so", async () => {
    const endpoint = await openSpec(specOf(server));
    expect(await readKind(endpoint, "account", { filter: "(&(departmentNumber=3)(uid=p*))" })).toHaveLength(100);
    expect(await readKind(endpoint, "account", { filter: { departmentNumber: "3", uid: "p1*" } })).toHaveLength(17);
    const [bo] = await readKind(endpoint, "account", { filter: "uid=bo", map: { displayName: "sn" } });
    expect(bo?.fields).toMatchObject({ displayName: "Ek" });
    await expect(readKind(endpoint, "account", { filter: "(uid=bo)(uid=ana)" })).rejects.toMatchObject({
      code: "filter.invalid",
    });
  });

  test("no matter how the line is secured", async () => {
    const one = { filter: "uid=bo" };
    for (const more of [
      { url: `ldaps://127.0.0.1:${server.tlsPort}` },
      { tls: "none" },
      { url: server.socketUrl, bind: { mechanism: "external" } },
    ] as const)
      expect(await readKind(await openSpec(specOf(server, more)), "account", one)).toHaveLength(1);
  });

  test("as whom its client certificate says", async () => {
    const own = await started(startOpenldap({ ldif: unit("people") + person("ana"), clientCertificates: true }));
    const { certificate, key } = own.client;
    const spec = specOf(own, { bind: { mechanism: "external" }, clientCertificate: { certificate, key } });
    const findings = await collect(
      (await openSpec(spec)).check({ use: "source", mailboxes: [], seen: () => {} }, options),
    );
    expect(findings.map(({ message }) => message)).toContain(`Logged in as ${admin.dn}`);
    expect(await readKind(await openSpec(spec), "account")).toHaveLength(1);
    const { clientCertificate: _, ...bare } = spec;
    await expect(openSpec(bare)).rejects.toMatchObject({
      code: expect.stringMatching(/^(tls\.refused|line\.lost|server\.unreachable)$/),
    });
  });

  test("nothing of a value is taken for text that is none", async () => {
    await server.modify(
      ldif(`uid=odd,${people}`, {
        objectClass: "inetOrgPerson",
        uid: "odd",
        cn: "Odd",
        sn: "Odd",
        mail: "odd@example.com",
        userPassword: Buffer.from([0xff, 0xfe, 0x41]),
      }).replace("\n", "\nchangetype: add\n"),
    );
    const findings: Finding[] = [];
    const endpoint = await openSpec(specOf(server), findings);
    const [odd] = await readKind(endpoint, "account", { filter: "uid=odd", map: { displayName: "userPassword" } });
    expect(odd?.fields).toEqual({ familyName: "Odd" });
    expect(findings).toMatchObject([
      { code: "value.unreadable", message: expect.stringContaining(`uid=odd,${people}`) },
    ]);
  });

  test("what keeps it from reading is said in words, with no secret", async () => {
    const stranger = join(server.folder, "stranger");
    await writeFile(stranger, "no certificate");
    const other = await writeCertificates(await mkdtemp(join(server.folder, "other-")));
    const wrong = async (more: Parameters<typeof specOf>[1]) => {
      const endpoint = await openSpec(specOf(server, more));
      return readKind(endpoint, "account");
    };
    await expect(wrong({ ca: stranger })).rejects.toMatchObject({ code: "ca.unreadable" });
    await expect(wrong({ ca: other.authority })).rejects.toMatchObject({
      code: "tls.refused",
      remedy: expect.stringContaining("no login was sent"),
    });
    const refused = wrong({ bind: { dn: reader.dn, password: { env: "WRONG" } } });
    await expect(refused).rejects.toMatchObject({ code: "login.refused", message: expect.stringContaining(reader.dn) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining("wrong-password") });
    await expect(wrong({ bind: { dn: reader.dn, password: { env: "EMPTY" } } })).rejects.toMatchObject({
      code: "login.refused",
    });
    await expect(wrong({ base: `ou=nowhere,${suffix}` })).rejects.toMatchObject({
      code: "entry.missing",
      message: expect.stringContaining(`ou=nowhere,${suffix}`),
    });
    await expect(wrong({ url: "ldap://ldap.example.com", tls: "none" })).rejects.toMatchObject({
      code: "tls.required",
    });
    await expect(wrong({ url: `ldaps://127.0.0.1:${server.port}` })).rejects.toMatchObject({
      code: expect.stringMatching(/^(tls\.refused|server\.unreachable)$/),
    });
  });

  test("and says in a check what it found, and what will not work", async () => {
    const check = async (more: Parameters<typeof specOf>[1]) => {
      const endpoint = await openSpec(specOf(server, { ...asReader, ...more }));
      return collect(endpoint.check({ use: "source", mailboxes: [], seen: () => {} }, options));
    };
    const truth = await server.search("(objectClass=inetOrgPerson)", { attributes: ["1.1"] });
    const fine = await check({});
    expect(fine.filter(({ severity }) => severity !== "info")).toEqual([]);
    const words = fine.map(({ message }) => message).join("\n");
    expect(words).toContain(`127.0.0.1:${server.port} answers over TLS (StartTLS)`);
    expect(words).toContain(`Logged in as ${reader.dn}`);
    expect(words).toContain(
      `${truth.length} entries for accounts below ${suffix}; without pages a limit of the server would end it at 500`,
    );
    const wrong = await check({
      accounts: { base: `ou=nowhere,${suffix}`, attributes: { quota: "mailQotaSize" } },
      lists: { objectClasses: ["noSuchClass"] },
    });
    expect(wrong.filter(({ severity }) => severity === "error")).toMatchObject([
      { code: "schema.unfit", message: expect.stringContaining("mailQotaSize"), remedy: "did you mean mailQuotaSize?" },
      { code: "schema.unfit", message: expect.stringContaining("noSuchClass") },
      { code: "entry.missing", message: expect.stringContaining(`ou=nowhere,${suffix}`) },
    ]);
  });

  test("an incomplete reading is a fault, and gives nothing", async () => {
    const limited = await started(
      startOpenldap({
        ldif: unit("people") + crowd,
        limits: "sizelimit size.soft=500 size.hard=500 size.prtotal=hard",
      }),
    );
    const endpoint = await openSpec(specOf(limited, asReader));
    await expect(readKind(endpoint, "account")).rejects.toMatchObject({
      code: "read.incomplete",
      message: expect.stringContaining("size limit"),
    });
  });

  test("what a server gives up on or puts off is a fault in words, and nobody is taken to be gone", async () => {
    // slapo-retcode: entries that answer with a code, in place of a server that is truly late.
    const codes = [
      ["late", 3, "read.incomplete", "time limit"],
      ["administered", 11, "read.incomplete", "limit of the server's administrator"],
      ["busy", 51, "server.busy", "busy"],
    ] as const;
    const items = codes.map(([name, number]) => `retcode-item "cn=${name}" ${number} op=search`);
    const odd = await started(
      startOpenldap({
        ldif: unit("people") + person("ana"),
        before: "moduleload retcode",
        extra: ["overlay retcode", `retcode-parent "ou=people,${suffix}"`, ...items].join("\n"),
      }),
    );
    for (const [name, , code, words] of codes) {
      const endpoint = await openSpec(specOf(odd, { accounts: { base: `cn=${name},ou=people,${suffix}` } }));
      await expect(readKind(endpoint, "account")).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words),
      });
    }
  });

  test("what was stopped is there again when the server is", async () => {
    const own = await started(startOpenldap({ ldif: unit("people") + person("ana") }));
    const endpoint = await openSpec(specOf(own));
    await own.kill();
    await expect(readKind(endpoint, "account")).rejects.toMatchObject({
      code: "server.unreachable",
      retry: { afterMs: expect.any(Number) },
    });
    await own.restart();
    expect(await readKind(endpoint, "account")).toHaveLength(1);
  });
});
