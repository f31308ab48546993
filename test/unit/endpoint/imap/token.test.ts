/** Access tokens against a real HTTP server, with time that passes when it is told to. */
import { afterEach, describe, expect, it } from "vitest";
import type { OpenContext } from "../../../../src/contract/endpoint.ts";
import type { Tokens } from "../../../../src/endpoint/http/token.ts";
import { createOauthTokens } from "../../../../src/endpoint/imap/token.ts";
import { Fault } from "../../../../src/model/fault.ts";
import type { ImapOauth2Auth } from "../../../../src/model/spec.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../../../endpoint/authorization-server.ts";
import { contextOf } from "../../../endpoint/imap.ts";

const servers: AuthorizationServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

interface Scene {
  readonly server: AuthorizationServer;
  readonly tokens: Tokens;
  /** Lets so many seconds pass. */
  pass(seconds: number): void;
  /** How often each reference was resolved. */
  readonly resolved: string[];
}

interface Wish {
  readonly expiresIn?: number | string;
  readonly auth?: Partial<ImapOauth2Auth>;
  readonly context?: Partial<OpenContext>;
}

async function scene({ expiresIn, auth, context }: Wish = {}): Promise<Scene> {
  const server = await startAuthorizationServer({ client: "ana", ...(expiresIn === undefined ? {} : { expiresIn }) });
  servers.push(server);
  let now = 1_000_000;
  const resolved: string[] = [];
  const world = contextOf({
    clock: { now: () => now, wait: () => Promise.reject(new Error("nothing is waited for")) },
    secret: async (ref) => {
      const value = "env" in ref ? ref.env : "";
      resolved.push(value);
      return value;
    },
    ...context,
  });
  const spec: ImapOauth2Auth = {
    method: "oauth2",
    tokenUrl: server.tokenUrl,
    clientId: "us",
    clientSecret: { env: "client-secret" },
    refreshToken: { env: server.refreshToken("ana") },
    ...auth,
  };
  return {
    server,
    tokens: createOauthTokens("mail", spec, world),
    pass: (seconds) => void (now += seconds * 1000),
    resolved,
  };
}

async function faultOf(trying: Promise<unknown>): Promise<Fault> {
  const thrown = await trying.then(
    (value: unknown) => new Error(`it went well: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

describe("a token", () => {
  it("is kept until shortly before its end, then had anew", async () => {
    const { server, tokens, pass } = await scene({ expiresIn: 3600 });
    const first = await tokens.get();
    pass(3539);
    expect(await tokens.get()).toBe(first);
    pass(1);
    const second = await tokens.get();
    expect(second).not.toBe(first);
    expect(server.issued).toEqual([first, second]);
  });

  it.each<[number | string | undefined, number]>([
    ["3600", 3540],
    [undefined, 240],
    [0, 240],
    [-5, 240],
    ["soon", 240],
    [20, 10],
  ])("that says it lasts %j seconds is had anew after %j", async (expiresIn, seconds) => {
    const { server, tokens, pass } = await scene(expiresIn === undefined ? {} : { expiresIn });
    await tokens.get();
    pass(seconds - 1);
    await tokens.get();
    expect(server.issued).toHaveLength(1);
    pass(1);
    await tokens.get();
    expect(server.issued).toHaveLength(2);
  });

  it("is asked for once by all who want it at a time", async () => {
    const { server, tokens, pass } = await scene({ expiresIn: 3600 });
    expect(new Set(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).size).toBe(1);
    pass(4000);
    expect(new Set(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).size).toBe(1);
    expect(server.issued).toHaveLength(2);
  });

  it("that was refused is had anew once, however many say so, and also while it is under way", async () => {
    const { server, tokens } = await scene({ expiresIn: 3600 });
    const refused = await tokens.get();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.hold(promise);
    const renew = async () => {
      await tokens.drop(refused);
      return tokens.get();
    };
    const first = renew();
    await expect.poll(() => server.asked.length).toBe(2);
    const others = [renew(), renew()];
    resolve();
    expect(new Set(await Promise.all([first, ...others]))).toEqual(new Set([server.issued[1]]));
    await tokens.drop(refused);
    expect(await tokens.get()).toBe(server.issued[1]);
    expect(server.issued).toHaveLength(2);
  });

  it("by reference is resolved once, and again when it was refused", async () => {
    const auth: ImapOauth2Auth = { method: "oauth2", accessToken: { env: "fixed" } };
    const resolved: string[] = [];
    const context = contextOf({
      secret: async (ref) => {
        resolved.push("env" in ref ? ref.env : "");
        return `token ${resolved.length}`;
      },
    });
    const tokens = createOauthTokens("mail", auth, context);
    expect([await tokens.get(), await tokens.get()]).toEqual(["token 1", "token 1"]);
    await tokens.drop("token 1");
    expect(await tokens.get()).toBe("token 2");
  });
});

describe("a refresh token", () => {
  it("that is good for one use is followed by the one that came with the answer", async () => {
    const { server, tokens, pass, resolved } = await scene({ expiresIn: 3600 });
    for (let turn = 0; turn < 3; turn += 1) {
      await tokens.get();
      pass(3600);
    }
    expect(server.issued).toHaveLength(3);
    const used = server.asked.map((form) => form.get("refresh_token"));
    expect(new Set(used).size).toBe(3);
    expect(resolved.filter((each) => each === used[0])).toHaveLength(1);
  });

  it("is sent with the client's id, its secret and the scope", async () => {
    const { server, tokens } = await scene({ auth: { scope: "mail offline_access" } });
    await tokens.get();
    expect(Object.fromEntries(server.asked[0] ?? [])).toEqual({
      client_id: "us",
      client_secret: "client-secret",
      grant_type: "refresh_token",
      refresh_token: expect.stringMatching(/^refresh-/),
      scope: "mail offline_access",
    });
  });

  it("is not lost by an answer that failed", async () => {
    const { server, tokens } = await scene();
    server.answer({ status: 503, body: "busy" });
    await faultOf(tokens.get());
    server.answer(undefined);
    expect(await tokens.get()).toBe(server.issued[0]);
  });
});

const secrets = (server: AuthorizationServer): readonly string[] => [
  "client-secret",
  ...server.asked.flatMap((form) => form.get("refresh_token") ?? []),
];

describe("a token that is not had", () => {
  it.each<[string, number, string, string, string, RegExp, RegExp]>([
    [
      "a refresh token that has ended",
      400,
      '{"error":"invalid_grant","error_description":"AADSTS700082"}',
      "token.refused",
      "endpoint",
      /invalid_grant$/,
      /new refresh token/,
    ],
    [
      "a client that is not known",
      401,
      '{"error":"invalid_client"}',
      "token.refused",
      "endpoint",
      /invalid_client$/,
      /clientSecret/,
    ],
    ["a scope that is none", 400, '{"error":"invalid_scope"}', "token.refused", "endpoint", /invalid_scope$/, /scope/],
    [
      "an error of its own",
      400,
      '{"error":"interaction_required"}',
      "token.refused",
      "endpoint",
      /interaction_required$/,
      /client's id/,
    ],
    ["a page", 404, "<html>not here</html>", "token.refused", "endpoint", /status 404 and no token$/, /client's id/],
    [
      "no token",
      200,
      '{"token_type":"bearer"}',
      "token.refused",
      "endpoint",
      /status 200 and no token$/,
      /client's id/,
    ],
    ["a token that is none", 200, '{"access_token":7}', "token.refused", "endpoint", /no token$/, /client's id/],
    ["null", 200, "null", "token.refused", "endpoint", /no token$/, /client's id/],
    ["a server that is down", 503, "down", "token.unreachable", "mailbox", /status 503$/, /tokenUrl/],
    ["a server that is busy", 429, '{"error":"slow_down"}', "token.unreachable", "mailbox", /status 429$/, /tokenUrl/],
    ["a redirection", 302, "", "token.unreachable", "mailbox", /redirect|status 302/, /tokenUrl/],
  ])("for %s", async (_, status, body, code, spoils, message, remedy) => {
    const { server, tokens } = await scene();
    server.answer({ status, body });
    const fault = await faultOf(tokens.get());
    expect(fault).toMatchObject({ code, spoils, about: "mail", message: expect.stringMatching(message) });
    expect(fault.remedy).toMatch(remedy);
    expect(typeof fault.retry).toBe(code === "token.refused" ? "string" : "object");
  });

  it("for an answer that repeats what was sent is told without it", async () => {
    const { server, tokens } = await scene();
    server.answer({ status: 500, body: "" });
    await faultOf(tokens.get());
    const sent = secrets(server);
    expect(sent).toHaveLength(2);
    for (const body of [
      JSON.stringify({ error: `unknown ${sent.join(" ")}`, error_description: sent.join(" ") }),
      JSON.stringify({ error: sent[0] }),
      sent.join(" "),
    ]) {
      server.answer({ status: 400, body });
      const fault = await faultOf(tokens.get());
      for (const secret of sent)
        expect(fault.message + fault.remedy + fault.stack + String(fault.cause)).not.toContain(secret);
    }
  });

  it("for a server that is not there can be tried again", async () => {
    const { server, tokens } = await scene();
    servers.splice(0);
    await server.stop();
    const fault = await faultOf(tokens.get());
    expect(fault).toMatchObject({ code: "token.unreachable", spoils: "mailbox" });
    expect(fault.message).toMatch(/127\.0\.0\.1:\d+ was not reached \(.*ECONNREFUSED/);
  });

  it("for an interruption is told as one", async () => {
    const controller = new AbortController();
    const { server, tokens } = await scene({ context: { signal: controller.signal } });
    server.hold(new Promise(() => undefined));
    const fault = faultOf(tokens.get());
    await expect.poll(() => server.asked.length).toBe(1);
    controller.abort();
    expect(await fault).toMatchObject({ code: "run.interrupted" });
  });

  it("for a manifest that names no way", async () => {
    const fault = await faultOf(createOauthTokens("mail", { method: "oauth2" }, contextOf()).get());
    expect(fault).toMatchObject({ code: "token.refused", remedy: expect.stringMatching(/`auth`/) });
  });

  it("asks anew for what it is made of once one was refused, and only then", async () => {
    const asked: (string | undefined)[] = [];
    const { tokens } = await scene({
      auth: { tokenUrl: undefined as never, accessToken: { env: "token" } },
      context: {
        secret: async (_, anew) => {
          asked.push(anew);
          return `token ${asked.length}`;
        },
      },
    });
    expect([await tokens.get(), await tokens.get()]).toEqual(["token 1", "token 1"]);
    await tokens.drop("token 1");
    expect(await tokens.get()).toBe("token 2");
    expect(asked).toEqual([undefined, "anew"]);
  });
});
