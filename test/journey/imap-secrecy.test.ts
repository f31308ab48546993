/** What we log in with is told to the server alone: not to whoever reads what was printed, planned or kept, with --debug or without. */
import { Buffer } from "node:buffer";
import { chmod, readdir, readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "../endpoint/authorization-server.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { type Peer, type Scripted, startScripted } from "../unit/endpoint/imap/scripted.ts";
import { openPlace, type Place } from "./run.ts";

const right = "correct-horse-battery-staple";
const wrong = "tr0ub4dor-and-three-others";
const master = "master-of-them-all-1234";
const clientSecret = "client-secret-abcdef-987";

/** A secret, alone and inside of what SASL makes of it, in all three places where base 64 can cut it. */
function forms(secret: string): readonly string[] {
  return [
    secret,
    ...[0, 1, 2].map((shift) => {
      const encoded = Buffer.from(`${"\0".repeat(shift)}${secret}`).toString("base64");
      // The first and the last characters depend on the neighbours.
      return encoded.slice(shift === 0 ? 0 : 4, -4);
    }),
  ];
}

/** A source to move from. */
interface Source {
  readonly auth: string;
  readonly port: number;
}

const row = (password: string) => `address,password\nana,${password}\n`;

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

const endpoint = (name: string, { auth, port }: Source): string =>
  document("Endpoint", name, `{type: imap, host: 127.0.0.1, port: ${port}, tls: none, timeout: 5, auth: ${auth}}`);

const mailbox = (name: string): string =>
  document("Mailbox", `${name}@example.com`, `{source: {endpoint: ${name}, user: ana}}`);

/** Moves ana's mailbox from each of these, to a name of its own in one archive. */
async function writeMoves(sources: Readonly<Record<string, Source>>, secrets: Readonly<Record<string, string>>) {
  const names = Object.keys(sources);
  const documents = [
    ...Object.entries(sources).map(([name, source]) => endpoint(name, source)),
    document("Endpoint", "new", "{type: archive, path: ../new, format: maildir}"),
    document("Migration", "move", `{source: {mail: ${names[0]}}, destination: {mail: new}, mailboxes: {mode: copy}}`),
    ...names.map(mailbox),
  ];
  const files = Object.entries(secrets).map(([name, text]) => [`secrets/${name}`, text] as const);
  await place.write({ "manifests/mail.yaml": documents.join("---\n"), "new/README": "", ...Object.fromEntries(files) });
  for (const [name] of files) await chmod(place.path(name), 0o600);
}

/** Everything below the place but what the test wrote there. */
async function kept(): Promise<readonly string[]> {
  const entries = await readdir(place.folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/secrets"));
  return Promise.all(files.map(({ parentPath, name }) => readFile(`${parentPath}/${name}`, "latin1")));
}

/** Runs each command with --debug; hands back all that was printed and the exit codes. */
async function play(
  ...commands: readonly string[]
): Promise<{ readonly codes: readonly (number | null)[]; readonly printed: string }> {
  const printed: string[] = [];
  const codes: (number | null)[] = [];
  for (const command of commands) {
    const { code, stdout, stderr } = await place.run([...command.split(" "), "--debug"]);
    codes.push(code);
    printed.push(stdout, stderr);
  }
  return { codes, printed: printed.join("\n") };
}

async function expectNoneTold(printed: string, secrets: readonly string[]): Promise<void> {
  for (const text of [printed, ...(await kept())])
    for (const secret of secrets)
      for (const form of forms(secret)) {
        const at = text.indexOf(form);
        expect(at < 0 ? "" : text.slice(Math.max(0, at - 200), at + 200), `${form}, of ${secret}`).toBe("");
      }
}

it("looks for what SASL sends", () => {
  for (const [authorization, user] of [
    ["", "ana"],
    ["ana", "master"],
    ["", "bo"],
  ] as const) {
    const blob = Buffer.from(`${authorization}\0${user}\0${right}`).toString("base64");
    expect(forms(right).some((form) => blob.includes(form))).toBe(true);
  }
});

describe.skipIf(without("dovecot"))("what we log in with", () => {
  let server: Dovecot;
  let tokens: AuthorizationServer;
  beforeAll(async () => {
    tokens = await startAuthorizationServer({ expiresIn: 3600, lasting: true });
    server = await startDovecot({
      users: { ana: right },
      master: { user: "master", password: master },
      tokensAt: tokens.introspectionUrl,
    });
    const client = await connectImap(server);
    await client.login("ana", right);
    await client.append("INBOX", Buffer.from("Subject: hello\r\n\r\nworld\r\n"));
    await client.close();
  });
  afterAll(async () => {
    await Promise.all([server.stop(), tokens.stop()]);
  });

  const refreshing = () =>
    `{method: oauth2, tokenUrl: "${tokens.tokenUrl}", clientId: us, clientSecret: {file: ../secrets/client}, refreshToken: {file: ../secrets/refresh}}`;
  const fromFile = "{method: user, passwords: {file: ../secrets/passwords.csv}}";

  it("is told to the server alone", async () => {
    const refresh = tokens.refreshToken("ana");
    const { port } = server;
    await writeMoves(
      {
        mine: { port, auth: fromFile },
        masters: { port, auth: "{method: master, user: master, password: {file: ../secrets/master}}" },
        behalf: { port, auth: "{method: admin, user: master, password: {file: ../secrets/master}}" },
        tokens: { port, auth: refreshing() },
      },
      { "passwords.csv": `address,password\nana,${right}\nbo,${wrong}\n`, master, client: clientSecret, refresh },
    );
    const { codes, printed } = await play("plan --out a.plan", "apply a.plan --progress json");
    expect(codes).toEqual([0, 0]);
    expect(printed).toMatch(/4 of 4 steps done/);
    await expectNoneTold(printed, [right, wrong, master, clientSecret, refresh, ...tokens.issued]);
  });

  it("is not told where it is refused, or cannot be read", async () => {
    const refresh = tokens.refreshToken("ana");
    const { port } = server;
    const secrets = { client: clientSecret, token: tokens.token("ana") };
    const sources = {
      mine: { port, auth: fromFile },
      broken: { port, auth: "{method: user, passwords: {file: ../secrets/broken.csv}}" },
      behalf: { port, auth: "{method: admin, user: master, password: {file: ../secrets/master}}" },
      given: { port, auth: "{method: oauth2, accessToken: {file: ../secrets/token}}" },
      tokens: { port, auth: refreshing() },
    };
    await writeMoves(sources, { ...secrets, refresh, master, "passwords.csv": row(right), "broken.csv": row(right) });
    const planned = await play("plan --out a.plan");
    expect(planned.codes).toEqual([0]);
    const gone = { token: "no-such-access-token-123", refresh: "no-such-refresh-token-456", master: `${master}-wrong` };
    await writeMoves(sources, {
      ...secrets,
      ...gone,
      "passwords.csv": row(wrong),
      "broken.csv": `address,password\nana,"${wrong}\n`,
    });
    const { codes, printed } = await play("apply a.plan --progress json", "status");
    expect(codes).toEqual([4, 0]);
    for (const code of ["login.refused", "passwords.unfit", "token.refused"]) expect(printed).toContain(code);
    const all = [right, wrong, master, clientSecret, refresh, ...Object.values(gone), ...tokens.issued];
    await expectNoneTold(planned.printed + printed, all);
  });
});

describe("what we log in with at a server that repeats what it was sent", () => {
  const playing: Scripted[] = [];
  afterEach(async () => {
    for (const server of playing.splice(0)) await server.stop();
  });

  /** Offers these capabilities, and answers every login by `answer`. */
  async function repeating(capabilities: string, answer: (line: string, peer: Peer) => Promise<void>): Promise<number> {
    const server = await startScripted(async (peer) => {
      await peer.say("* OK ready\r\n");
      for (;;) {
        const line = await peer.line().catch(() => undefined);
        if (line === undefined) return;
        const [tag, verb] = line.split(" ");
        if (verb === "CAPABILITY") await peer.say(`* CAPABILITY IMAP4rev1 ${capabilities}\r\n`);
        if (verb === "AUTHENTICATE" || verb === "LOGIN") await answer(line, peer);
        else await peer.say(`${tag} OK done\r\n`);
      }
    });
    playing.push(server);
    return server.port;
  }

  it("is told by nobody else", async () => {
    const token = "ya29-an-access-token-of-nobody";
    const password = "{method: user, password: {file: ../secrets/password}}";
    await writeMoves(
      {
        login: {
          auth: password,
          port: await repeating("", async (line, peer) =>
            peer.say(`${line.split(" ")[0]} BAD Unknown command: ${line}\r\n`),
          ),
        },
        plain: {
          auth: password,
          port: await repeating("AUTH=PLAIN", async (line, peer) => {
            await peer.say("+ \r\n");
            await peer.say(`${line.split(" ")[0]} NO I do not understand ${await peer.line()}\r\n`);
          }),
        },
        bearer: {
          auth: "{method: oauth2, accessToken: {file: ../secrets/token}}",
          port: await repeating("SASL-IR AUTH=XOAUTH2", async (line, peer) =>
            peer.say(`${line.split(" ")[0]} NO [ALERT] ${line}\r\n`),
          ),
        },
        farewell: {
          auth: password,
          port: await repeating("", async (line, peer) => {
            await peer.say(`* BYE I do not understand ${line}\r\n`);
            peer.end();
          }),
        },
        cut: { auth: password, port: await repeating("AUTH=PLAIN", async (_, peer) => peer.reset()) },
      },
      { password: right, token },
    );
    const { codes, printed } = await play("plan --progress json");
    expect(codes).toEqual([4]);
    expect(printed).toMatch(/do not understand/);
    await expectNoneTold(printed, [right, token]);
  });
});
