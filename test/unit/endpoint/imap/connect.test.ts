/** What is sent to a server that offers this or that, and what is made of its answers. */
import { Buffer } from "node:buffer";
import { afterEach, describe, expect, it } from "vitest";
import { connect, type Server } from "../../../../src/endpoint/imap/connect.ts";
import type { Login } from "../../../../src/endpoint/imap/login.ts";
import { Fault } from "../../../../src/model/fault.ts";
import { type Peer, type Scripted, startScripted } from "./scripted.ts";

const running: Scripted[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

const tagOf = (line: string): string => line.split(" ")[0] ?? "";

/** Greets, tells what it can, and answers each line by `answer`; what that leaves open is OK. */
function serve(
  capabilities: string,
  answer: (line: string, peer: Peer) => Promise<string | undefined> | string | undefined,
  greeting = "* OK ready\r\n",
) {
  const lines: string[] = [];
  const dialogue = async (peer: Peer): Promise<void> => {
    await peer.say(greeting);
    for (;;) {
      const line = await peer.line().catch(() => undefined);
      if (line === undefined) return;
      lines.push(line);
      const [tag, verb] = line.split(" ");
      if (verb === "CAPABILITY") await peer.say(`* CAPABILITY IMAP4rev1 ${capabilities}\r\n`);
      const said = await answer(line, peer);
      await peer.say(said ?? `${tag} OK done\r\n`);
    }
  };
  return { lines, dialogue };
}

async function started(dialogue: (peer: Peer) => Promise<void>): Promise<Server> {
  const server = await startScripted(dialogue);
  running.push(server);
  return { about: "mail", host: "127.0.0.1", port: server.port, tls: "none", ca: undefined, silence: 2000 };
}

interface Outcome {
  readonly fault: Fault | undefined;
  readonly lines: readonly string[];
}

async function trying(
  login: Login,
  { lines, dialogue }: ReturnType<typeof serve>,
  signal = new AbortController().signal,
): Promise<Outcome> {
  const to = await started(dialogue);
  try {
    const line = await connect(to, login, signal);
    line.wire.destroy();
    return { fault: undefined, lines };
  } catch (thrown) {
    if (thrown instanceof Fault) return { fault: thrown, lines };
    throw thrown;
  }
}

const password = "correct-horse-battery";
const token = "ya29.correct-horse-token";
const user: Login = { user: "ana", password };
const admin: Login = { user: "boss", password, authorization: "ana" };
const bearer = (mechanism?: "XOAUTH2" | "OAUTHBEARER"): Login => ({ user: "ana", token, mechanism });

const verbs = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.split(" ").slice(1, 3).join(" "));
const isLogin = (line: string): boolean => /^\S+ (?:AUTHENTICATE|LOGIN)\b/.test(line);

describe("a login that this server cannot take", () => {
  it.each<[string, Login, string, RegExp, RegExp]>([
    [
      "an administrator, without PLAIN",
      admin,
      "AUTH=LOGIN AUTH=CRAM-MD5",
      /no AUTH=PLAIN.*it offers LOGIN, CRAM-MD5$/,
      /master/,
    ],
    ["an administrator, without SASL", admin, "", /no AUTH=PLAIN.*it names no mechanism$/, /master/],
    [
      "a token, by neither mechanism",
      bearer(),
      "AUTH=PLAIN",
      /no access token by OAUTHBEARER or XOAUTH2; it offers PLAIN$/,
      /method/,
    ],
    [
      "a token, by the other mechanism",
      bearer("XOAUTH2"),
      "AUTH=OAUTHBEARER",
      /no access token by XOAUTH2;/,
      /mechanism/,
    ],
    ["a password, where none is taken", user, "LOGINDISABLED STARTTLS", /LOGINDISABLED/, /starttls/],
    ["a password with NUL", { user: "ana", password: "a\0b" }, "AUTH=PLAIN", /control character/, /second line/],
    ["a name with NUL", { user: "ana\0boss", password }, "AUTH=PLAIN", /control character/, /second line/],
  ])("%s: nothing of it is sent", async (_, login, capabilities, message, remedy) => {
    const { fault, lines } = await trying(
      login,
      serve(capabilities, () => undefined),
    );
    expect(fault).toMatchObject({ code: "login.refused", spoils: "mailbox", message: expect.stringMatching(message) });
    expect(fault?.remedy).toMatch(remedy);
    expect(lines.filter(isLogin)).toEqual([]);
  });

  it("is not asked for by a server that lets in whoever comes", async () => {
    const { fault } = await trying(
      user,
      serve("AUTH=PLAIN", () => undefined, "* PREAUTH welcome, somebody\r\n"),
    );
    expect(fault).toMatchObject({ code: "login.refused", message: expect.stringMatching(/PREAUTH/) });
  });
});

async function takingPlain(line: string, peer: Peer): Promise<string | undefined> {
  if (!line.endsWith(" AUTHENTICATE PLAIN")) return undefined;
  await peer.say("+ \r\n");
  await peer.line();
  return `${tagOf(line)} OK in\r\n`;
}

const saying = (words: string) =>
  serve("AUTH=FOO", (line) => (isLogin(line) ? `${tagOf(line)} ${words}\r\n` : undefined));

describe("the way of logging in", () => {
  it.each<[string, Login, string, string]>([
    ["PLAIN before LOGIN", user, "AUTH=PLAIN", "AUTHENTICATE PLAIN"],
    ["LOGIN for a name with a slash", { user: "x/ana", password }, "AUTH=PLAIN", 'LOGIN "x/ana"'],
    [
      "PLAIN for a name with a slash, where LOGIN is disabled",
      { user: "x/ana", password },
      "AUTH=PLAIN LOGINDISABLED",
      "AUTHENTICATE PLAIN",
    ],
    ["PLAIN for an administrator", admin, "AUTH=PLAIN AUTH=LOGIN", "AUTHENTICATE PLAIN"],
    ["OAUTHBEARER by itself", bearer(), "SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER", "AUTHENTICATE OAUTHBEARER"],
    ["XOAUTH2 where it alone is there", bearer(), "SASL-IR AUTH=XOAUTH2", "AUTHENTICATE XOAUTH2"],
    ["XOAUTH2 where it is wanted", bearer("XOAUTH2"), "SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER", "AUTHENTICATE XOAUTH2"],
  ])("is %s", async (_, login, capabilities, verb) => {
    const { fault, lines } = await trying(login, serve(capabilities, takingPlain));
    expect(fault).toBeUndefined();
    expect(verbs(lines.filter(isLogin))).toEqual([verb]);
  });
});

describe("what a server says to a login", () => {
  it.each<[string, string, string, RegExp]>([
    ["NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", "login.refused", "mailbox", /name and password/],
    [
      "NO [ALERT] Application-specific password required: https://x.example/ (Failure)",
      "login.refused",
      "mailbox",
      /name and password/,
    ],
    ["NO [WEBALERT https://x.example/] Web login required.", "login.refused", "mailbox", /name and password/],
    ["NO [EXPIRED] Your password has expired", "login.refused", "mailbox", /new password/],
    ["NO [PRIVACYREQUIRED] Plaintext authentication disallowed", "login.refused", "mailbox", /starttls/],
    ["NO [CONTACTADMIN] Account is disabled", "login.refused", "mailbox", /locked or disabled/],
    ["NO [AUTHORIZATIONFAILED] Not yours", "login.refused", "mailbox", /act for it/],
    ["NO LOGIN failed.", "login.refused", "mailbox", /name and password/],
    ["BAD Command received in invalid state.", "login.refused", "mailbox", /name and password/],
    ["NO [UNAVAILABLE] Temporary authentication failure.", "server.busy", "mailbox", /limits/],
    ["NO [LIMIT] Maximum number of connections from user+IP exceeded", "server.busy", "mailbox", /limits/],
    ["NO [ALERT] Too many simultaneous connections. (Failure)", "server.busy", "mailbox", /limits/],
  ])("%s", async (words, code, spoils, remedy) => {
    const { fault } = await trying(user, saying(words));
    expect(fault).toMatchObject({ code, spoils, about: "mail" });
    expect(fault?.message).toBe(
      `Logging in as ana: the server said ${JSON.stringify(words.replace(/^(?:NO|BAD) /, "").replace(/^\[WEBALERT [^\]]+\]/, "[WEBALERT]"))}`,
    );
    expect(fault?.remedy).toMatch(remedy);
  });

  it.each<[string, string]>([
    ["* BYE Too many connections, try again later\r\n", "server.busy"],
    ["* BYE Autologout; you are not welcome\r\n", "server.unreachable"],
    ["220 mail.example.com ESMTP\r\n", "server.unreachable"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "server.unreachable"],
    ["\x15\x03\x01\x00\x02\x02\x50", "server.unreachable"],
  ])("instead of a greeting: %j", async (greeting, code) => {
    const { fault } = await trying(user, {
      lines: [],
      dialogue: async (peer) => {
        await peer.say(greeting);
        peer.end();
        await peer.closed();
      },
    });
    expect(fault).toMatchObject({ code, spoils: "mailbox", retry: { afterMs: expect.any(Number) } });
  });

  it.each([
    ["in its refusal", user, (line: string) => `${tagOf(line)} NO wrong: ${line}\r\n`],
    [
      "in its refusal of a blob",
      bearer(),
      (line: string) => `${tagOf(line)} NO [AUTHENTICATIONFAILED] I got ${line}\r\n`,
    ],
    [
      "as it is no command of its own",
      user,
      (line: string) => `${tagOf(line)} BAD Unknown: ${line.split(" ").slice(2).join(" ")}\r\n`,
    ],
    ["in its farewell", user, (line: string) => `* BYE what is ${line}\r\n`],
  ] as const)("may hold what was sent, %s, and is told without it", async (_, login, echo) => {
    const auth = "token" in login ? "SASL-IR AUTH=OAUTHBEARER" : "AUTH=FOO";
    const { fault, lines } = await trying(
      login,
      serve(auth, (line, peer) => {
        if (!isLogin(line)) return undefined;
        const said = echo(line);
        if (said.startsWith("* BYE")) void peer.say(said).then(() => peer.end());
        return said.startsWith("* BYE") ? "" : said;
      }),
    );
    expect(lines.some(isLogin)).toBe(true);
    const told: string[] = [];
    for (let at: unknown = fault; at instanceof Error; at = at.cause) told.push(at.message, at.stack ?? "");
    const all = told.join("\n") + JSON.stringify(fault);
    expect(all).not.toContain(password);
    expect(all).not.toContain(token);
    const [sent = ""] = lines.filter(isLogin).map((line) => line.split(" ").at(-1) ?? "");
    expect(all).not.toContain(sent.replaceAll('"', ""));
    expect(Buffer.from(sent, "base64").length).toBeGreaterThan(10);
  });
});

/** Opens a line, and gives it before it is closed. */
async function introduced(dialogue: (peer: Peer) => Promise<void>) {
  const to = await started(dialogue);
  const line = await connect(to, user, new AbortController().signal);
  line.wire.destroy();
  return line;
}

describe("a server that let us in", () => {
  it("is told and asked all at once, and no answer is waited for between", async () => {
    const { dialogue, lines } = serve("AUTH=FOO ID NAMESPACE ENABLE QRESYNC", async (line, peer) => {
      if (!/ (?:ID|NAMESPACE|ENABLE) ?/.test(line)) return undefined;
      const asked = lines.filter((each) => / (?:ID|NAMESPACE|ENABLE) ?/.test(each));
      if (asked.length < 3) return "";
      const [id = "", namespace = "", enable = ""] = asked.map(tagOf);
      await peer.say(`* ID ("Name" "Post" "version" NIL "os" {3}\r\nBSD)\r\n${id} OK\r\n`);
      await peer.say(
        `* NAMESPACE (("INBOX." ".")) (("~" "/")("" "/" "X-PARAM" ("a"))) (("#shared" "."))\r\n${namespace} OK\r\n`,
      );
      return `* ENABLED qresync\r\n${enable} OK\r\n`;
    });
    const line = await introduced(dialogue);
    expect(verbs(lines).slice(-3)).toEqual(['ID ("name"', "NAMESPACE", "ENABLE QRESYNC"]);
    expect(line).toMatchObject({
      id: { name: "Post", os: "BSD" },
      namespaces: {
        personal: { prefix: "INBOX.", separator: "." },
        others: [
          { prefix: "~/", separator: "/" },
          { prefix: "", separator: "/" },
          { prefix: "#shared.", separator: "." },
        ],
      },
      enabled: { condstore: true, qresync: true },
    });
    expect(line.id).not.toHaveProperty("version");
  });

  it.each<[string, string, object]>([
    ["no personal namespace", "* NAMESPACE NIL NIL NIL\r\n", { personal: { prefix: "", separator: "." }, others: [] }],
    ["no hierarchy", '* NAMESPACE (("" NIL)) NIL NIL\r\n', { personal: { prefix: "", separator: "" }, others: [] }],
    ["nothing at all", "", { personal: { prefix: "", separator: "." }, others: [] }],
  ])("may name %s", async (_, said, namespaces) => {
    const { dialogue } = serve("AUTH=FOO NAMESPACE", (line) =>
      line.endsWith(" NAMESPACE") ? `${said}${tagOf(line)} OK done\r\n` : undefined,
    );
    expect((await introduced(dialogue)).namespaces).toEqual(namespaces);
  });

  it("may know no NAMESPACE, and tell by LIST", async () => {
    const { dialogue } = serve("AUTH=FOO", (line) =>
      line.includes(' LIST "" ""') ? `* LIST (\\Noselect) "/" ""\r\n${tagOf(line)} OK done\r\n` : undefined,
    );
    expect((await introduced(dialogue)).namespaces).toEqual({ personal: { prefix: "", separator: "/" }, others: [] });
  });

  it("may refuse to say who it is and where folders are", async () => {
    const { dialogue } = serve("AUTH=FOO ID NAMESPACE", (line) =>
      / (?:ID|NAMESPACE)\b/.test(line) ? `${tagOf(line)} NO not now\r\n` : undefined,
    );
    expect(await introduced(dialogue)).toMatchObject({ id: {}, namespaces: { personal: { prefix: "" }, others: [] } });
  });

  it("has let in nobody where it has no mailbox for the user", async () => {
    const { fault } = await trying(
      user,
      serve("AUTH=FOO ID NAMESPACE", (line) =>
        / (?:ID|NAMESPACE)\b/.test(line)
          ? `${tagOf(line)} BAD User is authenticated but not connected.\r\n`
          : undefined,
      ),
    );
    expect(fault).toMatchObject({
      code: "login.refused",
      spoils: "mailbox",
      message: 'Logging in as ana: the server said "User is authenticated but not connected."',
    });
  });
});

describe("a line that breaks on the way in", () => {
  it("spoils the mailbox, also after the login", async () => {
    const { fault } = await trying(
      user,
      serve("AUTH=FOO ENABLE CONDSTORE NAMESPACE", (line, peer) => {
        if (!/ ENABLE /.test(line)) return undefined;
        peer.reset();
        return "";
      }),
    );
    expect(fault).toMatchObject({ code: "connection.lost", spoils: "mailbox" });
  });

  it("is no fault of the server where the run was interrupted", async () => {
    const controller = new AbortController();
    const { fault } = await trying(
      user,
      serve("AUTH=FOO", (line) => {
        if (isLogin(line)) controller.abort();
        return isLogin(line) ? "" : undefined;
      }),
      controller.signal,
    );
    expect(fault).toMatchObject({ code: "run.interrupted" });
  });

  it("is ours until the run is interrupted, and then tells of that", async () => {
    const controller = new AbortController();
    const { dialogue } = serve("AUTH=FOO", (line) => {
      if (line.endsWith(" IDLE")) controller.abort();
      return line.endsWith(" IDLE") ? "+ idling\r\n" : undefined;
    });
    const to = await started(dialogue);
    const { wire } = await connect(to, user, controller.signal);
    await expect(wire.run(["IDLE"])).rejects.toMatchObject({ code: "run.interrupted" });
    await expect(wire.run(["NOOP"])).rejects.toMatchObject({ code: "run.interrupted" });
  });
});
