import { describe, expect, it, onTestFinished } from "vitest";
import type { DovecotOptions } from "../servers/dovecot-options.ts";
import { startDovecot } from "../servers/dovecot.ts";
import { startIntrospection } from "../servers/introspection.ts";
import { started } from "../servers/living.ts";
import { without } from "../servers/packages.ts";
import { addressFor, as, check, letterOf, mailboxFor } from "./imap-check.ts";
import { specOf } from "./imap.ts";

const start = (options?: DovecotOptions) => started(startDovecot(options));
const wire = (server: { readonly host: string; readonly port: number }) => specOf(server);
const people = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "secret"]));

describe.skipIf(without("dovecot"))("a check between two Dovecots", () => {
  it("says who the servers are and what they allow, once for all mailboxes", async () => {
    const users = people("ana", "bo", "cy");
    const [old, fresh] = [await start({ users }), await start({ users, namespace: "prefix-dot", compress: true })];
    const found = await check(
      { old: wire(old), new: wire(fresh) },
      ["ana", "bo", "cy"].map((user) => mailboxFor(user)),
    );
    expect(found.all.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(found.said("imap.software")).toEqual([
      'old: Software: Dovecot; it greets with "Dovecot (Debian) ready."',
      'new: Software: Dovecot; it greets with "Dovecot (Debian) ready."',
    ]);
    expect(found.said("imap.profile")).toContain("old: Profile: Dovecot, for its ID says name Dovecot");
    expect(found.said("imap.append")).toEqual([expect.stringMatching(/^new: .*MULTIAPPEND.*LITERAL\+.*APPENDUID/u)]);
    expect(found.said("imap.delta")).toEqual([
      expect.stringMatching(/^old: .*QRESYNC/u),
      expect.stringMatching(/^new: .*QRESYNC/u),
    ]);
    expect(found.said("imap.edit")).toEqual([expect.stringMatching(/^new: .*MOVE.*UIDPLUS/u)]);
    expect(found.said("imap.offers")[1]).toMatch(/LIST-STATUS.*BINARY.*COMPRESS=DEFLATE is offered/u);
    expect(found.said("imap.namespace")).toEqual([
      'old: Folders: levels are parted by "/", no prefix',
      'new: Folders: levels are parted by ".", the prefix "INBOX."',
    ]);
    expect(found.said("profile.prefix")).toEqual([expect.stringMatching(/^new: .*"INBOX\."/u)]);
    expect(found.said("imap.logins")).toEqual([
      "old: Logged in to 3 of 3 mailboxes",
      "new: Logged in to 3 of 3 mailboxes",
    ]);
    expect(found.said("imap.marks")).toEqual([expect.stringMatching(/^new: .*every flag and keyword/u)]);
    expect(found.said("imap.limit")).toEqual([expect.stringMatching(/^new: Size limit: none is told/u)]);
  });

  it("tells why each login fails, and goes on with the others", async () => {
    const users = {
      ...people("ana", "bo", "cy"),
      shut: { password: "secret", locked: true },
      ill: { password: "secret", tempfail: true },
      sick: { password: "secret", tempfail: true },
    };
    const old = await start({ users: { ...users, bo: "another", cy: "another" } });
    const fresh = await start({ users: people("ana", "bo", "cy", "shut", "ill", "sick") });
    const names = ["ana", "bo", "shut", "ill", "cy", "sick"];
    const found = await check(
      { old: wire(old), new: wire(fresh) },
      names.map((user) => mailboxFor(user)),
    );
    const errors = found.all.filter(({ severity }) => severity === "error");
    const reasons = new Map(errors.map(({ about, code, message }) => [about, `${code} ${message}`]));
    expect([...reasons.keys()].toSorted()).toEqual(["bo", "cy", "ill", "shut", "sick"].map((user) => addressFor(user)));
    expect(reasons.get(addressFor("bo"))).toMatch(
      /^login\.refused Login refused at old: the password is wrong.*AUTHENTICATIONFAILED/u,
    );
    expect(reasons.get(addressFor("shut"))).toMatch(/^login\.refused .*locked.*CONTACTADMIN/u);
    expect(reasons.get(addressFor("ill"))).toMatch(/^server\.busy .*for now.*UNAVAILABLE/u);
    // The same reason is the same words, so that hundreds are one line.
    expect(reasons.get(addressFor("cy"))).toBe(reasons.get(addressFor("bo")));
    expect(reasons.get(addressFor("sick"))).toBe(reasons.get(addressFor("ill")));
    expect(found.said("imap.logins")).toEqual([
      "old: Logged in to 1 of 6 mailboxes",
      "new: Logged in to 6 of 6 mailboxes",
    ]);
    expect(JSON.stringify(found.all)).not.toContain("secret");
  });

  it("tells that a master login is refused a user, or is not known", async () => {
    const old = await start({ users: people("ana") });
    const fresh = await start({ users: people("ana", "zoe") });
    const auth = { method: "admin", user: "master", password: { env: "mastersecret" } } as const;
    const mailboxes = [mailboxFor("ana"), mailboxFor("zoe")];
    const found = await check({ old: specOf(old, { auth }), new: wire(fresh) }, mailboxes);
    expect(found.said("login.refused")).toEqual([
      expect.stringMatching(
        /^mailbox\/zoe@example\.com: .*may not act for this user, or there is no such user.*AUTHORIZATIONFAILED/u,
      ),
    ]);
    const wrong = { method: "master", user: "master", password: { env: "mistaken" } } as const;
    const refused = await check({ old: specOf(old, { auth: wrong }), new: wire(fresh) }, mailboxes);
    expect(refused.said("login.refused")).toHaveLength(2);
    expect(JSON.stringify(refused.all)).not.toContain("mistaken");
  });

  it("tells that an access token is refused for a user", async () => {
    const introspection = await startIntrospection();
    onTestFinished(() => introspection.stop());
    introspection.accept("token-of-ana", "ana");
    const old = await start({ users: people("ana", "bo"), tokensAt: introspection.url });
    const fresh = await start({ users: people("ana", "bo") });
    const auth = { method: "oauth2", accessToken: { env: "token-of-ana" } } as const;
    const found = await check({ old: specOf(old, { auth }), new: wire(fresh) }, [mailboxFor("ana"), mailboxFor("bo")]);
    expect(found.said("login.refused")).toEqual([
      expect.stringMatching(/^mailbox\/bo@example\.com: Login refused at old: the access token was refused/u),
    ]);
    expect(JSON.stringify(found.all)).not.toContain("token-of-ana");
  });

  it("sets the quotas against what will come, by the rules, and the limit against the largest message", async () => {
    const old = await start({ users: people("ana", "bo") });
    const users = { ana: { password: "secret", quota: "100K" }, bo: { password: "secret", quota: "100K" } };
    const fresh = await start({ users, appendLimit: 60_000 });
    const [large, small] = [letterOf(80_000), letterOf(1000)];
    await as(old, "ana", async (client) => {
      await client.create("Trash");
      await client.append("INBOX", large);
      await client.append("INBOX", letterOf(40_000));
      await client.append("Trash", large);
      await client.append("Trash", small);
    });
    await as(old, "bo", async (client) => {
      await client.create("Trash");
      await client.append("INBOX", small);
      await client.append("Trash", large);
    });
    const all = large.length * 2 + letterOf(40_000).length + small.length;
    const bo = mailboxFor("bo", { folders: { exclude: ["Trash"] } });
    const specs = { old: wire(old), new: wire(fresh) };
    const found = await check(specs, [mailboxFor("ana"), bo]);
    expect(found.of("quota.exceeded")).toEqual([
      expect.objectContaining({
        severity: "error",
        about: addressFor("ana"),
        detail: { quota: "User quota", of: "bytes", coming: all, free: 102_400 },
      }),
    ]);
    expect(found.of("item.tooLarge")).toEqual([
      expect.objectContaining({
        severity: "error",
        about: addressFor("ana"),
        detail: { over: 60_000, messages: 2, largest: large.length, limit: 60_000 },
      }),
    ]);
    expect(found.said("imap.limit")).toEqual(["new: Size limit: 58.6 KiB a message (APPENDLIMIT)"]);
    expect(found.of("check.total")).toEqual([
      expect.objectContaining({ about: "new", detail: { coming: { messages: 5, bytes: all + small.length } } }),
    ]);
    const bounded = mailboxFor("ana", { messages: { maxSize: 50_000 } });
    const less = await check(specs, [bounded]);
    expect(less.all.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(less.of("check.total")).toEqual([
      expect.objectContaining({ detail: { coming: { messages: 2, bytes: letterOf(40_000).length + small.length } } }),
    ]);
    expect(less.said("check.total")[0]).toContain("message by message");
  });

  it("counts the messages that the dates let through", async () => {
    const server = await start({ users: people("ana", "old") });
    await as(server, "old", async (client) => {
      for (const day of [1, 2, 3]) await client.append("INBOX", letterOf(500), [], Date.UTC(2020, 0, day, 12));
    });
    const mailbox = mailboxFor("ana", {
      source: { endpoint: "mail", user: "old" },
      destination: { endpoint: "mail", user: "ana" },
      messages: { since: "2020-01-02" },
    });
    const found = await check({ mail: wire(server) }, [mailbox]);
    expect(found.of("check.total")).toEqual([
      expect.objectContaining({ detail: { coming: { messages: 2, bytes: letterOf(500).length * 2 } } }),
    ]);
    // One endpoint for both sides says of itself once what is the same.
    expect(found.of("imap.software")).toHaveLength(1);
    expect(found.of("imap.namespace")).toHaveLength(1);
  });

  it("tells which mailboxes are not empty, without changing anything", async () => {
    const users = people("ana", "bo");
    const [old, fresh] = [
      await start({ users }),
      await start({ users: { ...users, ana: { password: "secret", quota: "4K" } } }),
    ];
    await as(old, "ana", (client) => client.append("INBOX", letterOf(2000)).then(() => undefined));
    await as(fresh, "ana", (client) => client.append("INBOX", letterOf(3000)).then(() => undefined));
    const found = await check({ old: wire(old), new: wire(fresh) }, [mailboxFor("ana"), mailboxFor("bo")]);
    expect(found.of("mailbox.present")).toEqual([
      expect.objectContaining({ about: addressFor("ana"), severity: "info", detail: { messages: 1 } }),
    ]);
    expect(found.of("quota.exceeded")).toEqual([
      expect.objectContaining({ about: addressFor("ana"), severity: "warning" }),
    ]);
    await as(fresh, "ana", async (client) => {
      expect([...(await client.status("INBOX", "MESSAGES", "RECENT"))]).toEqual([
        ["MESSAGES", 1],
        ["RECENT", 1],
      ]);
    });
  });

  it.each(["source", "destination"] as const)("tells a master login that sees INBOX alone, at the %s", async (side) => {
    const users = people("ana", "bo");
    const [trap, plain] = [await start({ users, acl: "own" }), await start({ users })];
    await as(trap, "ana", async (client) => void (await client.create("Kept")));
    const auth = { method: "master", user: "master", password: { env: "mastersecret" } } as const;
    const trapped = specOf(trap, { auth });
    const specs = side === "source" ? { old: trapped, new: wire(plain) } : { old: wire(plain), new: trapped };
    const found = await check(specs, [mailboxFor("ana"), mailboxFor("bo")]);
    expect(found.of("look.denied").map(({ about, severity }) => [about, severity])).toEqual([
      [addressFor("ana"), "error"],
      [addressFor("bo"), "error"],
    ]);
    expect(found.of("look.denied")[0]?.remedy).toContain("acl_user");
    expect(found.of("check.total")).toHaveLength(side === "source" ? 0 : 1);
    const owner = await start({ users, acl: "owner" });
    const free = await check({ old: specOf(owner, { auth }), new: wire(plain) }, [mailboxFor("ana")]);
    expect(free.all.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("tells who named the special folders, and which are views", async () => {
    const users = people("ana", "bo");
    const views = `namespace inbox {\n  mailbox Everything {\n    special_use = \\All\n    auto = create\n  }\n}\n`;
    const old = await start({ users, specialUse: "none" });
    const fresh = await start({ users, specialUse: "created", extra: views });
    await as(old, "ana", async (client) => void (await client.create("Sent Items")));
    const found = await check({ old: wire(old), new: wire(fresh) }, [mailboxFor("ana")]);
    expect(found.said("imap.special")).toEqual([
      'old: Special folders: sent is "Sent Items" (by name)',
      expect.stringMatching(/^new: .*archive is "Archive".*trash is "Trash" \(said by the server\)$/u),
    ]);
    const back = mailboxFor("ana", {
      source: { endpoint: "new", user: "ana" },
      destination: { endpoint: "old", user: "ana" },
    });
    const other = await check({ old: wire(old), new: wire(fresh) }, [back]);
    expect(other.said("folders.views")).toEqual([
      'mailbox/ana@example.com: Left out at new, for they show what is filed elsewhere: "Everything"',
    ]);
  });

  it("says once that a server is not there, or cannot be trusted", async () => {
    const users = people("ana", "bo", "cy");
    const [old, fresh] = [await start({ users, certificate: "expired" }), await start({ users })];
    const tls = { tls: "implicit", ca: old.capath, port: old.tlsPort } as const;
    const mailboxes = ["ana", "bo", "cy"].map((user) => mailboxFor(user));
    const wrong = await check({ old: specOf(old, tls), new: wire(fresh) }, mailboxes);
    expect(wrong.all.filter(({ severity }) => severity === "error").map(({ code, about }) => [code, about])).toEqual([
      ["tls.refused", "old"],
    ]);
    await fresh.kill();
    const gone = await check({ new: wire(fresh) }, mailboxes);
    expect(gone.of("server.unreachable").map(({ about }) => about)).toEqual(["new"]);
  });
});
