/** Requests that are tried again, against a real HTTP server that answers by a script, in virtual time. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createRounds, type RoundSettings, type Work } from "../../../../src/endpoint/http/round.ts";
import { createThrottle } from "../../../../src/endpoint/http/throttle.ts";
import { createTokens } from "../../../../src/endpoint/http/token.ts";
import { backoff, retryAfter } from "../../../../src/endpoint/http/wait.ts";
import { createVirtualClock } from "../../../endpoint/virtual-clock.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

/** A status, with a Retry-After where it has one; `cut` takes the request and breaks the line. */
type Said = number | readonly [status: number, retryAfter: string] | "cut";

async function scene(script: readonly Said[], settings: Partial<RoundSettings> = {}) {
  const left = [...script];
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(request.headers.authorization ?? "");
    const said = left.shift() ?? 200;
    if (said === "cut") return void request.socket.destroy();
    const [status, after] = typeof said === "number" ? [said] : said;
    response.writeHead(status, { ...(after !== undefined && { "retry-after": after }), connection: "close" }).end();
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const clock = createVirtualClock(Date.parse("2026-11-28T12:00:00Z"));
  let had = 0;
  const tokens = createTokens(async () => ({ value: `t${++had}`, renewAt: Number.POSITIVE_INFINITY }), clock);
  const told: string[] = [];
  const rounds = createRounds({
    about: "cloud",
    tokens,
    throttle: createThrottle(() => ({}), clock),
    clock,
    emit: (event) => void told.push(event.type),
    random: () => 0.5,
    ...settings,
  });
  const work = (facts: Partial<Work<Response>> = {}): Work<Response> => ({
    what: "GET /people",
    repeatable: true,
    charges: [{ name: "tenant" }],
    spoils: "endpoint",
    once: (token, signal) => fetch(url, { headers: { authorization: `Bearer ${token}` }, signal }),
    ...facts,
  });
  const run = (facts?: Partial<Work<Response>>, signal = new AbortController().signal) =>
    rounds.run(work(facts), signal);
  return { run, came, clock, told, url };
}

/** Where nobody listens any more. */
async function nobody(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/`;
}

const faultOf = (trying: Promise<unknown>): Promise<unknown> =>
  trying.then(
    () => "it went well",
    (thrown: unknown) => thrown,
  );

const write = { what: "POST /people", repeatable: false };

describe("a request is tried again", () => {
  it("after as long as the server asked for, in seconds or by a date", async () => {
    const { run, clock, told } = await scene([
      [429, "7"],
      [503, "Sat, 28 Nov 2026 12:00:30 GMT"],
    ]);
    expect((await run()).status).toBe(200);
    expect(clock.waits).toEqual([7000, 24_000]);
    expect(told).toEqual(["waiting", "waiting"]);
  });

  it("after twice as long each time where the server says nothing", async () => {
    const { run, clock } = await scene([429, 429, 504]);
    expect((await run()).status).toBe(200);
    expect(clock.waits).toEqual([750, 1500, 3000]);
  });

  it.each([500, 502, 503, 504, 509, 408, "cut"] as const)("after %s, where twice is as good as once", async (said) => {
    const { run, came } = await scene([said]);
    expect((await run()).status).toBe(200);
    expect(came).toHaveLength(2);
  });

  it.each([400, 403, 404, 409, 412])("not after %s, which is for who asked", async (said) => {
    const { run, came } = await scene([said]);
    expect((await run()).status).toBe(said);
    expect(came).toHaveLength(1);
  });
});

describe("a request that must not be sent twice", () => {
  it.each([500, 503, 504, "cut"] as const)("is not after %s: it may have been done", async (said) => {
    const { run, came } = await scene([said]);
    expect(await faultOf(run(write))).toMatchObject({ code: "outcome.unknown", about: "cloud", spoils: "endpoint" });
    expect(came).toHaveLength(1);
  });

  it("is not where no answer came in time", async () => {
    const { run } = await scene([]);
    const silent = { ...write, once: () => Promise.reject(new DOMException("", "TimeoutError")) };
    expect(await faultOf(run(silent))).toMatchObject({ message: "POST /people got no answer (in time)" });
  });

  it("is after 429, which did nothing", async () => {
    const { run, came } = await scene([[429, "1"]]);
    expect((await run(write)).status).toBe(200);
    expect(came).toHaveLength(2);
  });

  it("is where nobody was reached", async () => {
    const { run, url } = await scene([]);
    const closed = await nobody();
    let tries = 0;
    const once = (_: string, signal: AbortSignal) => fetch(++tries === 1 ? closed : url, { signal });
    expect((await run({ ...write, once })).status).toBe(200);
    expect(tries).toBe(2);
  });
});

describe("who knows more than the status tells", () => {
  it("says what an answer means, or leaves it to the status", async () => {
    const { run, came } = await scene([403, 404], {
      judge: ({ status }) => (status === 403 ? "throttled" : undefined),
    });
    expect((await run(write)).status).toBe(404);
    expect(came).toHaveLength(2);
  });
});

describe("patience", () => {
  it("ends with a fault that says when it may be tried again", async () => {
    const { run, clock } = await scene([[429, "601"]]);
    expect(await faultOf(run())).toMatchObject({ code: "server.busy", retry: { afterMs: 601_000 } });
    expect(clock.waits).toEqual([]);
  });

  it("counts over all tries", async () => {
    const { run, came } = await scene(
      Array.from({ length: 50 }, () => 503),
      { patience: 10_000 },
    );
    expect(await faultOf(run())).toMatchObject({ code: "server.failed" });
    // 750 + 1500 + 3000 ms were waited; 6000 more would be too much.
    expect(came).toHaveLength(4);
  });

  it("is none for who is interrupted", async () => {
    const stop = new AbortController();
    const { run } = await scene([[429, "60"]], { emit: () => stop.abort() });
    expect(await faultOf(run({}, stop.signal))).toMatchObject({ code: "run.interrupted" });
  });

  it("holds everybody of the name that was put off", async () => {
    const { run, clock } = await scene([[429, "30"]]);
    const begun = clock.now();
    await run();
    expect(clock.now() - begun).toBe(30_000);
  });
});

describe("a token", () => {
  it("that was refused is had anew, once", async () => {
    const { run, came } = await scene([401]);
    expect((await run(write)).status).toBe(200);
    expect(came).toEqual(["Bearer t1", "Bearer t2"]);
    const other = await scene([401, 401]);
    expect((await other.run()).status).toBe(401);
    expect(other.came).toHaveLength(2);
  });

  it("is in no fault", async () => {
    const { run } = await scene([]);
    const telling = { ...write, once: () => Promise.reject(new Error("Authorization: Bearer t1 was bad")) };
    const fault = await faultOf(run(telling));
    expect(String(fault) + JSON.stringify(fault)).not.toContain("t1");
    expect(fault).toMatchObject({ code: "outcome.unknown" });
  });
});

describe("waits", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");

  it.each<[string | null, number | undefined]>([
    ["0", 0],
    ["2.5", 2500],
    [" 10 ", 10_000],
    ["Sat, 28 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
    ["-5", undefined],
  ])("are read from %j", (value, ms) => {
    expect(retryAfter(value, now)).toBe(ms);
  });

  it("have an end, and are spread", () => {
    expect(backoff(30, () => 0)).toBe(30_000);
    expect(backoff(30, () => 0.999)).toBeLessThanOrEqual(60_000);
    expect(backoff(1, () => 0)).toBe(500);
  });
});
