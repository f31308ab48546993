/** Who gets in, as whom, and what is said of who does not: on real servers. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Clock, OpenContext } from "../../src/contract/endpoint.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import type { Event } from "../../src/model/event.ts";
import { Fault } from "../../src/model/fault.ts";
import type { Owner } from "../../src/model/resource.ts";
import type { ImapAuth, ImapEndpointSpec } from "../../src/model/spec.ts";
import { type Cyrus, startCyrus } from "../servers/cyrus.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts";
import { contextOf, type Reach, specOf } from "./imap.ts";

const odd = `"p:w*% \\üß`;
const options = { signal: new AbortController().signal };
const stores: ItemStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

interface Wish {
  readonly owner?: Partial<Owner>;
  readonly context?: OpenContext;
  readonly more?: Partial<ImapEndpointSpec>;
}

/** Opens a mailbox; whatever comes of it. */
async function enter(server: Reach, user: string, auth: ImapAuth, { owner, context = contextOf(), more }: Wish = {}) {
  const endpoint = await open("mail", specOf(server, { auth, ...more }), context);
  if (endpoint.items.message === undefined) throw new Error("the endpoint holds no mail");
  const store = await endpoint.items.message({ user, ...owner }, { signal: context.signal, use: "destination" });
  stores.push(store);
  return store;
}

/** Whose mailbox it is, by a folder that nobody else has. */
async function ownerOf(store: ItemStore): Promise<readonly string[]> {
  const { places } = await store.look(options);
  return places.map(({ path }) => path.join("/")).filter((path) => path.startsWith("of-"));
}

async function faultOf(trying: Promise<unknown>): Promise<Fault> {
  const thrown = await trying.then(
    () => new Error("it was let in"),
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

async function markOwners(server: Reach, users: Readonly<Record<string, string>>): Promise<void> {
  for (const [user, password] of Object.entries(users)) {
    const client = await connectImap(server);
    await client.login(user, password);
    await client.create(`of-${user.replaceAll("/", "-")}`);
    await client.close();
  }
}

const secret = { env: "secret" };
const master: ImapAuth = { method: "master", user: "master", password: { env: "mastersecret" } };
const admin = (user: string, password: string): ImapAuth => ({ method: "admin", user, password: { env: password } });
const refused = { code: "login.refused", spoils: "mailbox", retry: "later", about: "mail" };

const refreshing = (tokens: AuthorizationServer, user: string): ImapAuth => ({
  method: "oauth2",
  tokenUrl: tokens.tokenUrl,
  clientId: "us",
  refreshToken: { env: tokens.refreshToken(user) },
});

/** Time that passes when it is told to. */
function createClock(): Clock & { passed: number } {
  const start = Date.now();
  const clock = {
    passed: 0,
    now: () => start + clock.passed,
    wait: async (ms: number) => {
      clock.passed += ms;
    },
  };
  return clock;
}

/** Ends a user's sessions, and waits until they are gone: the server is told to, and takes its time. */
async function kicked(server: Dovecot, user: string): Promise<void> {
  await server.doveadm(["kick", user]);
  while ((await server.doveadm(["who", "-1", user])).includes(user));
}

describe.skipIf(without("dovecot"))("logging in to Dovecot", () => {
  let server: Dovecot;
  let tokens: AuthorizationServer;
  let folder: string;
  beforeAll(async () => {
    tokens = await startAuthorizationServer({ expiresIn: 3600, client: "ana" });
    const users = {
      ana: "secret",
      bo: odd,
      "team/ana": "secret",
      shut: { password: "secret", locked: true },
      ill: { password: "secret", tempfail: true },
    };
    server = await startDovecot({ users, tokensAt: tokens.introspectionUrl });
    folder = await mkdtemp(join(tmpdir(), "reconcile-login-"));
    await markOwners(server, { ana: "secret", bo: odd, "team/ana": "secret" });
  });
  afterAll(async () => {
    await Promise.all([server.stop(), tokens.stop(), rm(folder, { recursive: true })]);
  });

  const passwords = async (text: string): Promise<string> => {
    const path = join(folder, "passwords.csv");
    await writeFile(path, text);
    await chmod(path, 0o600);
    return path;
  };

  it("takes one password by reference for all", async () => {
    expect(await ownerOf(await enter(server, "ana", { method: "user", password: secret }))).toEqual(["of-ana"]);
  });

  it("takes a login name with a slash", async () => {
    const auth: ImapAuth = { method: "user", password: secret };
    expect(await ownerOf(await enter(server, "team/ana", auth))).toEqual(["of-team-ana"]);
    expect(await ownerOf(await enter(server, "team/ana", admin("master", "mastersecret")))).toEqual(["of-team-ana"]);
  });

  it("takes each user's own from the passwords file, whatever its characters", async () => {
    const file = await passwords(`address,password\nANA,secret\nbo,"${odd.replaceAll('"', '""')}"\n`);
    const auth: ImapAuth = { method: "user", passwords: { file } };
    expect(await ownerOf(await enter(server, "ana", auth))).toEqual(["of-ana"]);
    expect(await ownerOf(await enter(server, "bo", auth))).toEqual(["of-bo"]);
    expect(await faultOf(enter(server, "nobody", auth))).toMatchObject({ code: "login.unknown", spoils: "mailbox" });
  });

  it("takes a mailbox's own credentials before the endpoint's", async () => {
    const auth: ImapAuth = { method: "user", password: { env: "wrong" } };
    const owner = { credentials: { password: { env: odd } } };
    expect(await ownerOf(await enter(server, "bo", auth, { owner }))).toEqual(["of-bo"]);
    const token = { credentials: { accessToken: { env: tokens.token("ana") } } };
    expect(await ownerOf(await enter(server, "ana", auth, { owner: token }))).toEqual(["of-ana"]);
  });

  it("logs in as a master user, and as an administrator on behalf of a user", async () => {
    for (const auth of [master, admin("master", "mastersecret")])
      expect(await ownerOf(await enter(server, "bo", auth))).toEqual(["of-bo"]);
  });

  it.each(["XOAUTH2", "OAUTHBEARER", undefined] as const)("logs in with an access token by %s", async (mechanism) => {
    const auth: ImapAuth = {
      method: "oauth2",
      accessToken: { env: tokens.token("ana") },
      ...(mechanism === undefined ? {} : { mechanism }),
    };
    expect(await ownerOf(await enter(server, "ana", auth))).toEqual(["of-ana"]);
    const used = () =>
      server
        .log()
        .match(/method=X?OAUTH\w+/g)
        ?.at(-1);
    await expect.poll(used).toBe(`method=${mechanism ?? "OAUTHBEARER"}`);
  });

  describe("says who is not let in, and why", () => {
    it.each<[string, string, ImapAuth, RegExp, RegExp]>([
      [
        "a wrong password",
        "ana",
        { method: "user", password: { env: "wrong-password" } },
        /^Logging in as ana: the server said "\[AUTHENTICATIONFAILED\] Authentication failed\."$/,
        /name and password/,
      ],
      [
        "a locked account",
        "shut",
        { method: "user", password: secret },
        /^Logging in as shut: the server said "\[CONTACTADMIN\] locked"$/,
        /administrator: the account may be locked/,
      ],
      [
        "a wrong master password",
        "ana",
        { method: "master", user: "master", password: { env: "wrong-password" } },
        /^Logging in as ana\*master: /,
        /name and password/,
      ],
      ["a master for nobody", "nobody", master, /AUTHORIZATIONFAILED/, /whether the user exists/],
      [
        "an administrator's wrong password",
        "ana",
        admin("master", "wrong-password"),
        /^Logging in as master on behalf of ana: /,
        /administrator/,
      ],
      [
        "a user who is no administrator",
        "ana",
        admin("bo", odd),
        /^Logging in as bo on behalf of ana: /,
        /may act for others/,
      ],
      [
        "a refused token",
        "ana",
        { method: "oauth2", accessToken: { env: "wrong-token" } },
        /invalid_token/,
        /access token/,
      ],
      [
        "a refused token by XOAUTH2",
        "ana",
        { method: "oauth2", accessToken: { env: "wrong-token" }, mechanism: "XOAUTH2" },
        /AUTHENTICATIONFAILED/,
        /access token/,
      ],
      [
        "a token with a line end",
        "ana",
        { method: "oauth2", accessToken: { env: "two\nlines" } },
        /control character/,
        /line end/,
      ],
      [
        "an empty password",
        "ana",
        { method: "user", password: { env: "" } },
        /password is empty/,
        /write the password/,
      ],
    ])("%s", async (_, user, auth, message, remedy) => {
      const fault = await faultOf(enter(server, user, auth));
      expect(fault).toMatchObject({ ...refused, message: expect.stringMatching(message) });
      expect(fault.remedy).toMatch(remedy);
    });

    it("a token of another user", async () => {
      const auth: ImapAuth = { method: "oauth2", accessToken: { env: tokens.token("bo") } };
      expect(await faultOf(enter(server, "ana", auth))).toMatchObject(refused);
    });

    it("and tries again later where the server cannot tell for now", async () => {
      const events: Event[] = [];
      const clock = createClock();
      const context = contextOf({ clock }, events);
      const fault = await faultOf(enter(server, "ill", { method: "user", password: secret }, { context }));
      expect(fault).toMatchObject({ code: "server.busy", spoils: "mailbox", retry: { afterMs: expect.any(Number) } });
      expect(fault.message).toMatch(/UNAVAILABLE/);
    });
  });

  describe("with tokens that are renewed", () => {
    it("asks for a new one when the old one has ended, also in the middle of a store", async () => {
      const clock = createClock();
      const asked = tokens.asked.length;
      const store = await enter(server, "ana", refreshing(tokens, "ana"), { context: contextOf({ clock }) });
      expect(await ownerOf(store)).toEqual(["of-ana"]);
      tokens.revoke(tokens.issued.at(-1) ?? "");
      clock.passed += 3_600_000;
      await kicked(server, "ana");
      const again = await store.look(options);
      expect(again.places.map(({ id }) => id)).toContain("of-ana");
      const forms = tokens.asked.slice(asked);
      expect(forms.map((form) => form.get("grant_type"))).toEqual(["refresh_token", "refresh_token"]);
      expect(new Set(forms.map((form) => form.get("refresh_token"))).size).toBe(2);
    });

    it("asks once for all who were refused with a token that ended before its time", async () => {
      const endpoint = await open("mail", specOf(server, { auth: refreshing(tokens, "ana") }), contextOf());
      const openOne = async () => {
        const store = await endpoint.items.message?.({ user: "ana" }, { ...options, use: "source" });
        if (store !== undefined) stores.push(store);
      };
      await openOne();
      tokens.revoke(tokens.issued.at(-1) ?? "");
      const asked = tokens.asked.length;
      await Promise.all([openOne(), openOne(), openOne()]);
      expect(tokens.asked.length - asked).toBe(1);
    });

    it("asks by client credentials where there is no refresh token", async () => {
      const auth: ImapAuth = {
        method: "oauth2",
        tokenUrl: tokens.tokenUrl,
        clientId: "us",
        clientSecret: { env: "client-secret" },
        scope: "mail",
      };
      expect(await ownerOf(await enter(server, "ana", auth))).toEqual(["of-ana"]);
      expect(Object.fromEntries(tokens.asked.at(-1) ?? [])).toEqual({
        client_id: "us",
        client_secret: "client-secret",
        grant_type: "client_credentials",
        scope: "mail",
      });
    });

    it("looks again where a token by reference is refused, and tries no token twice", async () => {
      const auth: ImapAuth = { method: "oauth2", accessToken: { env: "asked for" } };
      const given = ["wrong-token", "wrong-token", "another", tokens.token("ana")];
      const context = contextOf({ secret: async () => given.shift() ?? "" });
      expect(await faultOf(enter(server, "ana", auth, { context }))).toMatchObject(refused);
      expect(given).toHaveLength(2);
      expect(await ownerOf(await enter(server, "ana", auth, { context }))).toEqual(["of-ana"]);
    });
  });

  it("does not copy from or to a mailbox whose master is shown no more than its name", async () => {
    const trap = await startDovecot({ acl: "own" });
    try {
      await markOwners(trap, { ana: "secret" });
      for (const auth of [master, admin("master", "mastersecret")]) {
        const store = await enter(trap, "ana", auth);
        const fault = await faultOf(store.look(options));
        expect(fault).toMatchObject({ code: "look.denied", spoils: "mailbox", retry: "later" });
        expect(fault.message).toMatch(/Mailbox doesn't exist: INBOX/);
        expect(fault.remedy).toMatch(/ACL/);
      }
    } finally {
      await trap.stop();
    }
  });
});

describe.skipIf(without("cyrus"))("logging in to Cyrus", () => {
  let server: Cyrus;
  beforeAll(async () => {
    server = await startCyrus({ users: { ana: "secret", bo: odd } });
    await markOwners(server, { ana: "secret", bo: odd });
  });
  afterAll(async () => {
    await server.stop();
  });

  it("logs in as a user, and as an administrator on behalf of a user", async () => {
    const auth: ImapAuth = { method: "user", password: { env: odd } };
    expect(await ownerOf(await enter(server, "bo", auth))).toEqual(["of-bo"]);
    expect(await ownerOf(await enter(server, "ana", admin("proxy", "secret")))).toEqual(["of-ana"]);
  });

  it.each<[string, ImapAuth, RegExp]>([
    [
      "a wrong password",
      { method: "user", password: { env: "wrong-password" } },
      /^Logging in as ana: the server said "/,
    ],
    ["an administrator's wrong password", admin("proxy", "wrong-password"), /^Logging in as proxy on behalf of ana: /],
    ["a user who is no administrator", admin("bo", odd), /^Logging in as bo on behalf of ana: /],
  ])("refuses %s", async (_, auth, message) => {
    const fault = await faultOf(enter(server, "ana", auth));
    expect(fault).toMatchObject({ ...refused, message: expect.stringMatching(message) });
  });

  it("is told of no administrator where it offers no way to act for others", async () => {
    const shy = await startCyrus({ users: { ana: "secret" }, extra: "imap_sasl_mech_list: LOGIN\n" });
    try {
      await markOwners(shy, { ana: "secret" });
      expect(await ownerOf(await enter(shy, "ana", { method: "user", password: secret }))).toEqual(["of-ana"]);
      const fault = await faultOf(enter(shy, "ana", admin("proxy", "secret")));
      expect(fault).toMatchObject({ ...refused, message: expect.stringMatching(/no AUTH=PLAIN.*it offers LOGIN$/) });
      expect(fault.remedy).toMatch(/method: master/);
    } finally {
      await shy.stop();
    }
  });
});
