/** What is written to a real Samba AD DC, as ldapsearch and logins show it. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { DirectoryChange, Handler, NewPassword, Outcome } from "../../src/contract/endpoint.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { type Entry, ldapmodify, ldapsearch } from "../servers/ldapsearch.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import { limited, openSpec, specOf } from "./active-directory.ts";
import { options, readKind } from "./ldap.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

type Fields = Readonly<Record<string, unknown>>;

const want = (kind: DirectoryKind, name: string, fields: Fields) =>
  ({ kind, name, address: addressOf(kind, name), labels: {}, fields }) as never;
const secret = (value: string, mustChange = false): NewPassword => ({ from: "secret", value, mustChange });

const wish = (password: object) => ({ ...(want("account", "a@four.test", {}) as object), password }) as never;

describe.skipIf(without("samba"))("an LDAP endpoint writes to Active Directory", () => {
  let server: Samba;
  let count = 0;
  beforeAll(async () => {
    server = await startSamba({ schema: "exchange" });
  });
  afterAll(() => server?.stop());

  /** A unit of its own. */
  async function begin(more: Partial<LdapEndpointSpec> = {}) {
    count += 1;
    const base = `OU=own${count},${server.base}`;
    await ldapmodify(server.own, `dn: ${base}\nchangetype: add\nobjectClass: organizationalUnit\n`);
    const spec = specOf(server, { base, ...more });
    const endpoint = await openSpec(spec);
    const write = async (kind: DirectoryKind, ...changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> => {
      const handler = endpoint.directory[kind] as unknown as Handler<DirectoryKind>;
      return (await handler.write?.(changes, options)) ?? [];
    };
    const one = async (filter: string, attributes: readonly string[] = ["*"]): Promise<Entry> => {
      const found = await ldapsearch(server.own, base, filter, attributes);
      expect(found).toHaveLength(1);
      return found[0] as Entry;
    };
    return {
      base,
      spec,
      one,
      create: (kind: DirectoryKind, name: string, fields: Fields = {}, password?: NewPassword) =>
        write(kind, {
          key: `create ${name}`,
          act: "create",
          want: want(kind, name, fields),
          precondition: { absent: true },
          ...(password === undefined ? {} : { password }),
        } as DirectoryChange),
      async update(
        kind: DirectoryKind,
        name: string,
        fields: Fields,
        { to = name, password }: { to?: string; password?: NewPassword } = {},
      ) {
        const was = (await readKind(endpoint, kind)).find((each) => each.name === name);
        return write(kind, {
          key: `update ${name}`,
          act: "update",
          want: want(kind, to, fields),
          was,
          fields: Object.entries(fields).map(([field, value]) => ({ field, to: value })),
          precondition: { revision: was?.revision },
          ...(to === name ? {} : { renamed: name }),
          ...(password === undefined ? {} : { password }),
        } as DirectoryChange);
      },
      async remove(kind: DirectoryKind, name: string) {
        const was = (await readKind(endpoint, kind)).find((each) => each.name === name);
        return write(kind, {
          key: `delete ${name}`,
          act: "delete",
          was,
          precondition: { revision: was?.revision },
        } as DirectoryChange);
      },
      read: (kind: DirectoryKind) => readKind(endpoint, kind),
    };
  }
  const login = (dn: string, password: string) =>
    ldapsearch(
      { url: `ldaps://127.0.0.1:${server.tlsPort}`, ca: server.capath, bind: { dn, password } },
      server.base,
      "(cn=large)",
      ["cn"],
    );

  test("a person who can log in at once, by address and password", async () => {
    const { create, one } = await begin();
    await create(
      "account",
      "zoë.o'neil@one.test",
      { displayName: "O'Neil, Zoë", enabled: true },
      secret("Grün-Käse-17!"),
    );
    const { attributes } = await one("(objectClass=user)");
    expect(attributes).toMatchObject({
      mail: ["zoë.o'neil@one.test"],
      proxyAddresses: ["SMTP:zoë.o'neil@one.test"],
      userPrincipalName: ["zoë.o'neil@one.test"],
      displayName: ["O'Neil, Zoë"],
      sAMAccountName: ["zoë.o'neil"],
      userAccountControl: ["512"],
    });
    expect(await login("zoë.o'neil@one.test", "Grün-Käse-17!")).toHaveLength(1);
    await expect(login("zoë.o'neil@one.test", "Grün-Käse-18!")).rejects.toThrow(/data 52e/);
  });

  test("a person who must change the password first, and a new password later", async () => {
    const { create, update } = await begin();
    await create("account", "must@two.test", {}, secret("Passw0rd!First", true));
    await expect(login("must@two.test", "Passw0rd!First")).rejects.toThrow(/data 773/);
    await update("account", "must@two.test", {}, { password: secret("Passw0rd!Second") });
    expect(await login("must@two.test", "Passw0rd!Second")).toHaveLength(1);
    await update("account", "must@two.test", {}, { password: secret("Passw0rd!Third", true) });
    await expect(login("must@two.test", "Passw0rd!Third")).rejects.toThrow(/data 773/);
  });

  test("a person without a password has one that nobody knows, and not none", async () => {
    const { create, one } = await begin();
    await create("account", "quiet@three.test");
    const { attributes } = await one("(objectClass=user)", ["userAccountControl", "pwdLastSet"]);
    // 512 and no PASSWD_NOTREQD (32).
    expect(attributes["userAccountControl"]).toEqual(["512"]);
    expect(attributes["pwdLastSet"]?.[0]).not.toBe("0");
    await expect(login("quiet@three.test", "x")).rejects.toThrow(/data 52e/);
  });

  test("no password over a line in the clear, none that breaks the rules, and no hash", async () => {
    const open = await begin({ url: `ldap://127.0.0.1:${server.port}`, tls: "none" });
    expect(await open.create("account", "a@four.test", {}, secret("Passw0rd!Good"))).toMatchObject([
      { fault: { code: "password.exposed", message: expect.stringContaining("over TLS alone") } },
    ]);
    const { create, read } = await begin();
    const [weak] = await create("account", "b@four.test", {}, secret("abc"));
    expect(weak).toMatchObject({ fault: { message: expect.stringContaining("password") } });
    expect(JSON.stringify(weak)).not.toContain('abc"');
    expect(
      await create("account", "c@four.test", {}, { from: "hash", value: "{SSHA}x", mustChange: false }),
    ).toMatchObject([{ fault: { code: "field.unholdable", message: expect.stringContaining("no hash") } }]);
    expect(await read("account")).toEqual([]);
  });

  test("it takes no hash and gives none, and has nothing to say of a password to be changed", async () => {
    const { spec } = await begin();
    const accounts = (await openSpec(spec)).directory.account;
    expect(accounts?.passwords).toEqual({ hashes: new Set() });
    expect(accounts?.hashes).toBeUndefined();
    expect(accounts?.assess(wish({ from: "generate", mustChange: true }))).toEqual([]);
  });

  test("disabled and enabled by one bit, and no other is touched", async () => {
    const { create, update, one, base } = await begin();
    await create("account", "bits@five.test", { enabled: true });
    const control = async () =>
      (await one("(objectClass=user)", ["userAccountControl"])).attributes["userAccountControl"]?.[0];
    // DONT_EXPIRE_PASSWORD and NOT_DELEGATED.
    await ldapmodify(
      server.own,
      `dn: CN=bits,${base}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${512 + 65_536 + 1_048_576}\n`,
    );
    await update("account", "bits@five.test", { enabled: false });
    expect(Number(await control())).toBe(512 + 65_536 + 1_048_576 + 2);
    await update("account", "bits@five.test", { enabled: true });
    expect(Number(await control())).toBe(512 + 65_536 + 1_048_576);
  });

  test("a rename takes along the name, the login and the groups, and leaves every other address", async () => {
    const { create, update, one, base, read } = await begin();
    await create("account", "old@six.test", { displayName: "Ana" });
    await create("list", "team@six.test", { members: ["old@six.test"] });
    const more = ["X500:/o=Old/cn=ana", "sip:ana@six.test", "smtp:Info@six.test"];
    await ldapmodify(
      server.own,
      `dn: CN=old,${base}\nchangetype: modify\nadd: proxyAddresses\n${more.map((each) => `proxyAddresses: ${each}\n`).join("")}`,
    );
    const [before] = await read("account");
    expect(await update("account", "old@six.test", {}, { to: "new@six.test" })).toMatchObject([
      { observed: { name: "new@six.test", id: before?.id } },
    ]);
    const { dn, attributes } = await one("(objectClass=user)");
    expect(dn).toMatch(/^CN=new,/i);
    expect(attributes).toMatchObject({ mail: ["new@six.test"], userPrincipalName: ["new@six.test"] });
    expect(attributes["proxyAddresses"]?.toSorted()).toEqual(["SMTP:new@six.test", ...more].toSorted());
    expect(await read("list")).toMatchObject([{ fields: { members: ["new@six.test"] } }]);
    expect(await read("alias")).toMatchObject([{ name: "info@six.test", fields: { target: "new@six.test" } }]);
  });

  test("a login that is not the address stays through a rename", async () => {
    const { create, update, one, base } = await begin();
    await create("account", "old@seven.test");
    await ldapmodify(
      server.own,
      `dn: CN=old,${base}\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: k17@ad.example.test\n`,
    );
    await update("account", "old@seven.test", {}, { to: "new@seven.test" });
    expect((await one("(objectClass=user)")).attributes["userPrincipalName"]).toEqual(["k17@ad.example.test"]);
  });

  test("aliases come and go in proxyAddresses, and nothing else does", async () => {
    const { create, remove, one, base } = await begin();
    await create("account", "ana@eight.test");
    await ldapmodify(
      server.own,
      `dn: CN=ana,${base}\nchangetype: modify\nadd: proxyAddresses\nproxyAddresses: X500:/o=Old/cn=ana\n`,
    );
    await create("alias", "info@eight.test", { target: "ana@eight.test" });
    await create("alias", "sales@eight.test", { target: "ana@eight.test" });
    await remove("alias", "info@eight.test");
    expect((await one("(objectClass=user)")).attributes["proxyAddresses"]?.toSorted()).toEqual([
      "SMTP:ana@eight.test",
      "X500:/o=Old/cn=ana",
      "smtp:sales@eight.test",
    ]);
  });

  test("names of at most twenty characters that nobody else has", async () => {
    const { create, one } = await begin();
    const names = [
      "nina@nine.test",
      "nina@nine-b.test",
      "bartholomaeus.featherstonehaugh@nine.test",
      "bartholomaeus.featherstonehaugh@nine-b.test",
    ];
    for (const name of names) expect(await create("account", name)).toMatchObject([{ observed: { name } }]);
    const accounts = await Promise.all(
      names.map(async (name) => (await one(`(mail=${name})`)).attributes["sAMAccountName"]?.[0] ?? ""),
    );
    expect(accounts[0]).toBe("nina");
    expect(new Set(accounts).size).toBe(4);
    expect(accounts.filter((each) => each.length > 20)).toEqual([]);
    // It may be the same person, who has no address yet.
    await ldapmodify(
      server.own,
      `dn: CN=Carl,OU=Company,${server.base}\nchangetype: add\nobjectClass: user\nsAMAccountName: carl\n`,
    );
    expect(await create("account", "carl@nine.test")).toMatchObject([{ fault: { code: "entry.taken" } }]);
  });

  test("contacts are made for members elsewhere, once, and leave a list without being deleted", async () => {
    const { create, update, one, read, base } = await begin();
    await create("list", "a@ten.test", { members: ["partner@elsewhere.test", "u00001@example.test"] });
    await create("list", "b@ten.test", { members: ["partner@elsewhere.test", "a@ten.test"] });
    const contact = await one("(objectClass=contact)");
    expect(contact.attributes).toMatchObject({
      mail: ["partner@elsewhere.test"],
      proxyAddresses: ["SMTP:partner@elsewhere.test"],
    });
    expect((await one("(mail=a@ten.test)")).attributes).toMatchObject({
      groupType: ["8"],
      member: expect.arrayContaining([contact.dn]),
    });
    const members = async () =>
      Object.fromEntries(
        (await read("list")).map(({ name, fields }) => [name, (fields as { members?: unknown }).members]),
      );
    expect(await members()).toEqual({
      "a@ten.test": ["partner@elsewhere.test", "u00001@example.test"],
      "b@ten.test": ["a@ten.test", "partner@elsewhere.test"],
    });
    await update("list", "a@ten.test", { members: ["u00001@example.test"] });
    expect(await members()).toMatchObject({ "a@ten.test": ["u00001@example.test"] });
    expect((await ldapsearch(server.own, base, "(objectClass=contact)")).length).toBe(1);
  });

  test("one more and one less in a group of thousands, read through the limits", async () => {
    const thousands = await startSamba({ size: "large", schema: "exchange" });
    onTestFinished(() => thousands.stop());
    const { front, spec } = await limited(thousands);
    const endpoint = await openSpec(spec);
    const was = (await readKind(endpoint, "list")).find(({ name }) => name === "large@example.test");
    const { members: before = [] } = (was?.fields ?? {}) as { readonly members?: readonly string[] };
    const members = [...before.filter((each) => each !== "u00007@example.test"), "u02999@example.test"].toSorted();
    const change = {
      key: "k",
      act: "update",
      want: { ...was, address: "list/large@example.test", labels: {} },
      was,
      fields: [{ field: "members", to: members }],
      precondition: { revision: was?.revision },
    } as never;
    expect(await endpoint.directory.list?.write?.([change], options)).toMatchObject([
      { observed: { fields: { members } } },
    ]);
    const { own, company } = thousands;
    const inIt = await ldapsearch(own, company, `(memberOf=CN=large,OU=Groups,${company})`, ["mail"]);
    expect(inIt.flatMap(({ attributes }) => attributes["mail"] ?? []).toSorted()).toEqual(members);
    expect(front.cut.attributes).toBeGreaterThan(0);
  });

  test("an owner, and no second one, for whom there is no place", async () => {
    const { create, read, one } = await begin();
    await create("account", "ana@twelve.test");
    await create("account", "bo@twelve.test");
    await create("list", "a@twelve.test", { members: [], owners: ["ana@twelve.test"] });
    expect((await one("(objectClass=group)")).attributes["managedBy"]).toEqual([expect.stringMatching(/^CN=ana,/i)]);
    expect(await create("list", "b@twelve.test", { owners: ["ana@twelve.test", "bo@twelve.test"] })).toMatchObject([
      { fault: { code: "field.unholdable", message: expect.stringContaining("managedBy") } },
    ]);
    expect((await read("list")).map(({ name }) => name)).toEqual(["a@twelve.test"]);
  });

  test("who may write to a list: people in one attribute, lists whose members may in the other", async () => {
    const { create, update, one, read, base } = await begin();
    await create("account", "ana@thirteen.test");
    await create("list", "team@thirteen.test", { members: [] });
    await create("list", "news@thirteen.test", { members: [], senders: ["ana@thirteen.test", "team@thirteen.test"] });
    const attributes = async () => (await one("(mail=news@thirteen.test)")).attributes;
    expect(await attributes()).toMatchObject({
      authOrig: [expect.stringMatching(/^CN=ana,/i)],
      dLMemSubmitPerms: [expect.stringMatching(/^CN=team,/i)],
    });
    const senders = async () =>
      (await read("list"))
        .filter(({ name }) => name === "news@thirteen.test")
        .map(({ fields }) => (fields as { senders?: unknown }).senders)[0];
    expect(await senders()).toEqual(["ana@thirteen.test", "team@thirteen.test"]);
    await update("list", "news@thirteen.test", { senders: ["ana@thirteen.test"] });
    expect((await attributes())["dLMemSubmitPerms"]).toBeUndefined();
    await ldapmodify(
      server.own,
      `dn: CN=news,${base}\nchangetype: modify\nreplace: dLMemSubmitPerms\ndLMemSubmitPerms: CN=team,${base}\n-\ndelete: authOrig\n`,
    );
    expect(await senders()).toEqual(["team@thirteen.test"]);
  });

  test("forwarding to who has an entry by its name, with a copy or without, and to others by address", async () => {
    const { create, update, one, read, base } = await begin();
    await create("account", "ana@fourteen.test");
    await create("account", "bo@fourteen.test", {
      forwarding: { to: ["ana@fourteen.test"], keepCopy: true },
    });
    const attributes = async () => (await one("(mail=bo@fourteen.test)")).attributes;
    const forwarding = async () =>
      (await read("account"))
        .filter(({ name }) => name === "bo@fourteen.test")
        .map(({ fields }) => (fields as { forwarding?: unknown }).forwarding)[0];
    expect(await attributes()).toMatchObject({
      altRecipient: [expect.stringMatching(/^CN=ana,/i)],
      deliverAndRedirect: ["TRUE"],
    });
    expect(await forwarding()).toEqual({ to: ["ana@fourteen.test"], keepCopy: true });
    // The same under another name of its aim: nothing changes that a plan has to write.
    const bo = async () => (await read("account")).find(({ name }) => name === "bo@fourteen.test");
    const before = await bo();
    await update("account", "ana@fourteen.test", {}, { to: "anna@fourteen.test" });
    expect(await bo()).toMatchObject({
      revision: before?.revision,
      fields: { forwarding: { to: ["anna@fourteen.test"], keepCopy: true } },
    });
    expect(
      await update("account", "bo@fourteen.test", { forwarding: { to: ["bo@home.test"], keepCopy: false } }),
    ).toMatchObject([{ observed: { name: "bo@fourteen.test" } }]);
    expect(await attributes()).toMatchObject({ targetAddress: ["SMTP:bo@home.test"] });
    expect(await attributes()).not.toHaveProperty("altRecipient");
    expect(await forwarding()).toEqual({ to: ["bo@home.test"], keepCopy: false });
    await update("account", "bo@fourteen.test", { forwarding: { to: ["anna@fourteen.test"], keepCopy: false } });
    expect(await attributes()).not.toHaveProperty("targetAddress");
    expect(await attributes()).not.toHaveProperty("deliverAndRedirect");
    // A contact outside of where people are looked for.
    await ldapmodify(
      server.own,
      `dn: CN=partner14,OU=Company,${server.base}\nchangetype: add\nobjectClass: contact\nmail: partner@outside.test\n\ndn: CN=bo,${base}\nchangetype: modify\nreplace: altRecipient\naltRecipient: CN=partner14,OU=Company,${server.base}\n`,
    );
    expect(await forwarding()).toEqual({ to: ["partner@outside.test"], keepCopy: false });
    await update("account", "bo@fourteen.test", { forwarding: { to: [], keepCopy: true } });
    expect(await forwarding()).toBeUndefined();
  });

  test("a login that may make nobody: a plan and a check say so before anything is written, and writing does", async () => {
    const { create, spec } = await begin();
    await create("account", "plain@fifteen.test", { enabled: true }, secret("Passw0rd!User"));
    const bound = { ...spec, bind: { dn: "plain@fifteen.test", password: { env: "USER" } } };
    const endpoint = await openSpec(bound);
    const { account, list } = endpoint.directory;
    const denied = { code: "entry.denied", severity: "error", message: expect.stringContaining("may make no") };
    expect(account?.assess(want("account", "new@fifteen.test", {}))).toMatchObject([denied]);
    expect(list?.assess(want("list", "news@fifteen.test", {}))).toMatchObject([denied]);
    const there = (await readKind(endpoint, "account"))[0] as never;
    expect(account?.assess(want("account", "plain@fifteen.test", {}), there)).toEqual([]);
    const told = await collect(endpoint.check({ use: "destination", mailboxes: [], seen: () => {} }, options));
    expect(told.filter(({ code }) => code === "ldap.rights").map(({ message }) => message)).toEqual([
      expect.stringContaining("may not make accounts"),
      expect.stringContaining("may not make lists"),
    ]);
    const change = {
      key: "k",
      act: "create",
      want: want("account", "new@fifteen.test", {}),
      precondition: { absent: true },
    };
    expect(await account?.write?.([change as never], options)).toMatchObject([{ fault: { code: "entry.denied" } }]);
    const own = (await openSpec(spec)).directory;
    expect(own.account?.assess(want("account", "new@fifteen.test", {}))).toEqual([]);
    expect(own.list?.assess(want("list", "news@fifteen.test", {}))).toEqual([]);
  });

  test("what is hidden from address books", async () => {
    const { create, update, one } = await begin();
    const hidden = async () => (await one("(objectClass=group)")).attributes["msExchHideFromAddressLists"];
    await create("list", "quiet@eleven.test", { members: [], hidden: true });
    expect(await hidden()).toEqual(["TRUE"]);
    await update("list", "quiet@eleven.test", { hidden: false });
    expect(await hidden()).toEqual(["FALSE"]);
  });
});
