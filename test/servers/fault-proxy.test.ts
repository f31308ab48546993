import { Buffer } from "node:buffer";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "./dovecot.ts";
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from "./fault-proxy.ts";
import { connectImap, type ImapClient } from "./imap-client.ts";
import { letter } from "./living.ts";
import { without } from "./packages.ts";
import { portIsFree } from "./ports.ts";

const gone = /closed the connection|ECONNRESET|EPIPE/;

async function enter(proxy: FaultProxy): Promise<ImapClient> {
  const client = await connectImap(proxy);
  onTestFinished(() => client.drop());
  await client.login("ana", "secret");
  return client;
}

describe.skipIf(without("dovecot"))("a proxy before a Dovecot", () => {
  let server: Dovecot;
  let truth: ImapClient;
  beforeAll(async () => {
    server = await startDovecot();
    truth = await connectImap(server);
    await truth.login("ana", "secret");
  });
  afterAll(async () => {
    await truth.drop();
    await server.stop();
  });
  beforeEach(async () => {
    for (const { uid } of await truth.fetchAll("INBOX")) await truth.expunge("INBOX", uid);
  });

  const start = async (options: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> => {
    const proxy = await startFaultProxy({ to: server.port, ...options });
    onTestFinished(() => proxy.stop());
    return proxy;
  };
  const stored = async (): Promise<number> => (await truth.fetchAll("INBOX")).length;

  it("passes on what it is given, and counts bytes and round trips", async () => {
    const proxy = await start();
    const client = await connectImap(proxy);
    await client.login("ana", "secret");
    await client.append("INBOX", letter);
    await client.close();
    expect(await stored()).toBe(1);
    const [connection] = proxy.connections;
    const login = 't1 LOGIN "ana" "secret"\r\n';
    expect(connection?.seen("up").toString()).toBe(
      `${login}t2 APPEND "INBOX" () {${letter.length}}\r\n${String(letter)}\r\nt3 LOGOUT\r\n`,
    );
    expect(connection?.seen("down").toString()).toMatch(/^\* OK .*\r\n(.*\r\n)*t3 OK .*\r\n$/);
    expect(connection?.turns).toBe(4);
    expect(proxy.total.bytes.down).toBe(connection?.seen("down").length);
    const { port } = proxy;
    await proxy.stop();
    expect(await portIsFree(port)).toBe(true);
  });

  it.each(["rst", "fin"] as const)("loses the answer to a command that was done, by %s", async (ending) => {
    const proxy = await start({ script: { traps: [{ way: "down", on: /^t\d+ OK .*Append/m, ending }] } });
    const client = await enter(proxy);
    await expect(client.append("INBOX", letter)).rejects.toThrow(gone);
    expect(await stored()).toBe(1);
    expect(proxy.connections[0]?.open).toBe(false);
    await (await enter(proxy)).append("INBOX", letter);
    expect(await stored()).toBe(2);
  });

  it("loses a command before the server sees it, but not those that it lets by", async () => {
    const proxy = await start({ script: { traps: [{ way: "up", on: /APPEND/, skip: 1 }] } });
    const client = await enter(proxy);
    await client.append("INBOX", letter);
    await expect(client.append("INBOX", letter)).rejects.toThrow(gone);
    expect(await stored()).toBe(1);
  });

  it("cuts within a message, at a byte", async () => {
    const large = Buffer.alloc(300_000, "x\r\n");
    for (const way of ["up", "down"] as const) {
      await truth.append("INBOX", large);
      const proxy = await start({ script: { traps: [{ way, after: 100_000 }] } });
      const client = await enter(proxy);
      const work = way === "up" ? client.append("INBOX", large) : client.fetchAll("INBOX");
      await expect(work).rejects.toThrow(gone);
      expect(proxy.connections[0]?.bytes[way]).toBeGreaterThanOrEqual(100_000);
    }
    expect(await stored()).toBe(2);
  });

  it("passes a match on to its receiver, and resets the sender", async () => {
    const traps = [{ way: "up", on: /Hello\.\r\n\r\n/, pass: true }] as const;
    const client = await enter(await start({ script: { traps } }));
    await expect(client.append("INBOX", letter)).rejects.toThrow(gone);
    let found = await stored();
    while (found === 0) found = await stored();
    expect(found).toBe(1);
  });

  it("stalls both ways", async () => {
    const proxy = await start({ script: { traps: [{ way: "up", on: /NOOP/, ending: "stall" }] } });
    const client = await enter(proxy);
    const answer = client.command("NOOP").then(
      () => "answered",
      () => "ended",
    );
    await stored();
    expect(proxy.connections[0]).toMatchObject({ open: true });
    await proxy.stop();
    expect(await answer).toBe("ended");
  });

  it("refuses at first, says nothing, or turns away with a word", async () => {
    const proxy = await start({ script: { refuse: 2 } });
    for (let n = 0; n < 2; n += 1) await expect(connectImap(proxy)).rejects.toThrow(gone);
    await enter(proxy);
    proxy.use({ greeting: "* BYE [UNAVAILABLE] Later\r\n" });
    expect((await connectImap(proxy)).greeting.text).toBe("* BYE [UNAVAILABLE] Later");
    proxy.use({ greeting: false });
    const silent = connectImap(proxy).catch(() => "ended");
    await stored();
    await proxy.stop();
    expect(await silent).toBe("ended");
  });

  it("answers instead of the server", async () => {
    const proxy = await start();
    const client = await enter(proxy);
    proxy.use({ answers: [{ on: /^(\S+) APPEND .*/, reply: "$1 NO [LIMIT] Too many\r\n", times: 2 }] });
    for (let n = 0; n < 2; n += 1)
      expect(await client.command("APPEND INBOX ", letter)).toMatchObject({ code: "LIMIT" });
    expect(await client.command("APPEND INBOX ", letter)).toMatchObject({ status: "OK" });
    proxy.use({ answers: [{ on: /APPEND/, reply: "* BYE [UNAVAILABLE] Gone\r\n", ending: "fin" }] });
    // RFC 7888: the client does not wait.
    await expect(client.command(`APPEND INBOX {${letter.length}+}\r\n${String(letter)}`)).rejects.toThrow(/BYE/);
    expect(await stored()).toBe(1);
  });

  it("swallows a literal that came unasked with the command it answers", async () => {
    const script = { answers: [{ on: /^(\S+) APPEND .*/, reply: "$1 NO [LIMIT] Too many\r\n" }] };
    const client = await enter(await start({ script }));
    const command = `APPEND INBOX {${letter.length}+}\r\n${String(letter)}`;
    expect(await client.command(command)).toMatchObject({ code: "LIMIT" });
    expect(await client.command("NOOP")).toMatchObject({ status: "OK", untagged: [] });
    expect(await client.command(command)).toMatchObject({ status: "OK" });
    expect(await stored()).toBe(1);
  });

  it("does what the test wants at a byte, while the bytes wait", async () => {
    const seen: number[] = [];
    const act = async () => void seen.push(await stored());
    const traps = [
      { way: "down", on: /^t2 OK/m, act },
      { way: "up", on: /APPEND/, act },
    ] as const;
    const client = await enter(await start({ script: { traps } }));
    await client.append("INBOX", letter);
    expect(seen).toEqual([0, 1]);
  });

  it("has rules for each connection", async () => {
    const proxy = await start({ script: ({ index }) => (index === 1 ? { traps: [{ way: "up", on: /NOOP/ }] } : {}) });
    const [first, second] = [await enter(proxy), await enter(proxy)];
    expect(await first.command("NOOP")).toMatchObject({ status: "OK" });
    await expect(second.command("NOOP")).rejects.toThrow(gone);
  });

  it("delays each way and slows", async () => {
    const proxy = await start();
    const client = await enter(proxy);
    proxy.use({ delay: { up: 40, down: 30 }, rate: { up: 100_000 } });
    const from = performance.now();
    await client.command("NOOP");
    expect(performance.now() - from).toBeGreaterThanOrEqual(69);
    const then = performance.now();
    await client.append("INBOX", Buffer.alloc(20_000, "x\r\n"));
    expect(performance.now() - then).toBeGreaterThanOrEqual(199);
    expect(await stored()).toBe(1);
  });

  it("passes TLS through unread, and comes from where it is told", async () => {
    const proxy = await start({ to: server.tlsPort, from: "127.0.0.7", record: false });
    const client = await connectImap({ port: proxy.port, tls: server.capath });
    await client.login("ana", "secret");
    expect(await server.doveadm(["who", "ana"])).toContain("127.0.0.7");
    await client.close();
    expect(proxy.total.bytes.up).toBeGreaterThan(0);
    expect(proxy.connections[0]?.seen("up").length).toBe(0);
  });

  it("tells a client by a reset that the server is gone", async () => {
    const proxy = await start();
    const client = await enter(proxy);
    await server.kill();
    await expect(client.command("NOOP")).rejects.toThrow(gone);
    await expect(connectImap(proxy)).rejects.toThrow(gone);
    await server.restart();
    truth = await connectImap(server);
    await truth.login("ana", "secret");
    await enter(proxy);
  });
});
