/** A line against a server that says octet by octet what the test makes it say. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Line } from "../../../../src/endpoint/imap/connect.ts";
import { sayGoodbye } from "../../../../src/endpoint/imap/parking.ts";
import type { Literal } from "../../../../src/endpoint/imap/wire/command.ts";
import type { Response } from "../../../../src/endpoint/imap/wire/response.ts";
import { type Announcing, createWire, type Wire } from "../../../../src/endpoint/imap/wire/wire.ts";
import { Fault } from "../../../../src/model/fault.ts";
import { type Peer, type Scripted, startScripted } from "./scripted.ts";

const running: { readonly server: Scripted; readonly wire: Wire }[] = [];
afterEach(async () => {
  for (const { server, wire } of running.splice(0)) {
    wire.destroy();
    await server.stop();
  }
});

/** Longer than any of these tests, unless one is about it. */
const patience = 60_000;

async function open(
  dialogue: (peer: Peer) => Promise<unknown>,
  announcing: Announcing = "wait",
  silence = patience,
): Promise<{ readonly wire: Wire; readonly server: Scripted; readonly socket: Socket }> {
  const server = await startScripted(dialogue);
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const wire = createWire({ socket, about: "mail", announcing, silence });
  running.push({ server, wire });
  return { wire, server, socket };
}

const octets = (text: string): Literal => ({
  size: Buffer.byteLength(text, "latin1"),
  body: Buffer.from(text, "latin1"),
});

async function faultOf(trying: Promise<unknown>): Promise<Fault> {
  const thrown = await trying.then(
    (value: unknown) => new Error(`it went well: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

const lost = { code: "connection.lost", spoils: "item", retry: { afterMs: expect.any(Number) }, about: "mail" };

/** A server that reads nothing, so that what is sent to it waits. */
async function openDeaf(): Promise<{ readonly wire: Wire; reset(): void; stop(): Promise<void> }> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [peer] = (await once(server, "connection")) as [Socket];
  peer.on("error", () => undefined);
  const wire = createWire({ socket, about: "mail", announcing: "plus", silence: patience });
  const stop = async (): Promise<void> => {
    wire.destroy();
    peer.destroy();
    server.close();
    await once(server, "close");
  };
  return { wire, reset: () => void peer.resetAndDestroy(), stop };
}

describe("commands behind one that is being sent", () => {
  it.each(["the server breaks the line", "we end it"])("are rejected with it when %s", async (how) => {
    const { wire, reset, stop } = await openDeaf();
    try {
      const large = Buffer.alloc(40 * 1024 * 1024, 97);
      const commands = [
        wire.run(["APPEND a ", { size: large.length, body: large }]),
        wire.run(["STATUS INBOX (MESSAGES)"]),
        wire.run(["APPEND a ", octets("small")]),
      ];
      const faults = Promise.all(commands.map(faultOf));
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
      if (how === "we end it") wire.destroy();
      else reset();
      for (const fault of await faults) expect(fault).toMatchObject(lost);
    } finally {
      await stop();
    }
  });
});

describe("a command", () => {
  it("gets its untagged answers, then the tagged one, whatever that says", async () => {
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 UID FETCH 1 (UID)");
      await peer.say("* 1 FETCH (UID 7)\r\n* 2 EXISTS\r\nr1 OK [X y] done\r\n");
      expect(await peer.line()).toBe("r2 NOOP");
      await peer.say("r2 NO [ALERT] no\r\n");
      expect(await peer.line()).toBe("r3 BAD");
      await peer.say("r3 BAD what\r\n");
    });
    const taken: Response[] = [];
    const done = await wire.run(["UID FETCH 1 ", "(UID)"], (response) => taken.push(response));
    expect(taken.map(({ name, number }) => [name, number])).toEqual([
      ["FETCH", 1],
      ["EXISTS", 2],
    ]);
    expect(done).toMatchObject({ tag: "r1", name: "OK", code: { name: "X", rest: "y" } });
    expect(await wire.run(["NOOP"])).toMatchObject({ name: "NO", code: { name: "ALERT" } });
    expect(await wire.run(["BAD"])).toMatchObject({ name: "BAD", text: "what" });
    await server.played();
  });

  it("is sent at once beside others, and answered in any order", async () => {
    const { wire, server } = await open(async (peer) => {
      expect([await peer.line(), await peer.line(), await peer.line()]).toEqual(["r1 A", "r2 B", "r3 C"]);
      await peer.say("* 1 EXISTS\r\nr2 OK b\r\n* 2 EXISTS\r\nr1 OK a\r\n* 3 EXISTS\r\nr3 OK c\r\n");
    });
    const taken: string[] = [];
    const run = (name: string) => wire.run([name], ({ number }) => taken.push(`${name}${number}`));
    const done = await Promise.all([run("A"), run("B"), run("C")]);
    expect(done.map(({ text }) => text)).toEqual(["a", "b", "c"]);
    expect(taken).toEqual(["A1", "A2", "C3"]);
    await server.played();
  });

  it("gets a literal of the server whole, however it is cut", async () => {
    const body = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256));
    const { wire, server } = await open(async (peer) => {
      await peer.line();
      const answer = Buffer.concat([
        Buffer.from("* 1 FETCH (UID 7 BODY[] {1000}\r\n"),
        body,
        Buffer.from(")\r\nr1 OK done\r\n"),
      ]);
      for (let at = 0; at < answer.length; at += 99) await peer.say(answer.subarray(at, at + 99));
    });
    const taken: Response[] = [];
    await wire.run(["UID FETCH 7 BODY.PEEK[]"], (response) => taken.push(response));
    expect(taken).toMatchObject([{ number: 1, values: [["UID", "7", "BODY[]", body]] }]);
    await server.played();
  });

  it("that nobody waits for is answered to nobody", async () => {
    const { wire, server } = await open(async (peer) => {
      await peer.say("+ what\r\n* 1 EXISTS\r\nr9 OK late\r\n");
      await peer.line();
      await peer.say("r7 OK not yours\r\nr1 OK yours\r\n");
    });
    expect(await wire.run(["NOOP"])).toMatchObject({ tag: "r1", text: "yours" });
    await server.played();
  });

  it("IDLE goes on until it is ended", async () => {
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 IDLE");
      await peer.say("+ idling\r\n* 5 EXISTS\r\n");
      expect(await peer.line()).toBe("DONE");
      await peer.say("r1 OK\r\n");
    });
    const done = await wire.run(["IDLE"], ({ name }) => {
      if (name === "EXISTS") wire.done();
    });
    expect(done.name).toBe("OK");
    await server.played();
  });
});

const appending = (...bodies: readonly Literal[]) => ["APPEND x", ...bodies.flatMap((body) => [" ", body])];

async function* breaking(): AsyncIterable<Buffer> {
  yield Buffer.from("a");
  throw new Error("the disk is gone");
}

describe("a literal", () => {
  it("waits for the server's leave where the server wants that, each anew", async () => {
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 APPEND x {3}");
      await peer.say("+ go\r\n");
      expect(await peer.octets(3)).toBe("a\nb");
      expect(await peer.line()).toBe(" {2}");
      await peer.say("* 1 EXISTS\r\n+ \r\n");
      expect(await peer.octets(2)).toBe("\r\n");
      expect(await peer.line()).toBe("");
      expect(await peer.line()).toBe("r2 NOOP");
      await peer.say("r1 OK\r\nr2 OK\r\n");
    });
    const done = await Promise.all([wire.run(appending(octets("a\nb"), octets("\r\n"))), wire.run(["NOOP"])]);
    expect(done.map(({ tag }) => tag)).toEqual(["r1", "r2"]);
    await server.played();
  });

  it("is not sent where the server refuses it, and the line goes on", async () => {
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 APPEND x {3}");
      await peer.say("r1 NO [TOOBIG] no\r\n");
      expect(await peer.line()).toBe("r2 APPEND x {1}");
      await peer.say("+ go\r\n");
      expect(await peer.octets(3)).toBe("b\r\n");
      await peer.say("r2 OK\r\n");
    });
    const [first, second] = await Promise.all([wire.run(appending(octets("aaa"))), wire.run(appending(octets("b")))]);
    expect(first).toMatchObject({ name: "NO", code: { name: "TOOBIG" } });
    expect(second).toMatchObject({ name: "OK" });
    await server.played();
  });

  it("does not wait with LITERAL+, and with LITERAL- up to 4,096 octets", async () => {
    for (const [announcing, size, head] of [
      ["plus", 5000, "{5000+}"],
      ["minus", 4096, "{4096+}"],
      ["minus", 4097, "{4097}"],
    ] as const) {
      const { wire, server } = await open(async (peer) => {
        expect(await peer.line()).toBe(`r1 APPEND x ${head}`);
        if (!head.includes("+")) await peer.say("+ go\r\n");
        expect(await peer.octets(size)).toBe("a".repeat(size));
        expect(await peer.line()).toBe("");
        await peer.say("r1 OK\r\n");
      }, announcing);
      expect(await wire.run(appending(octets("a".repeat(size))))).toMatchObject({ name: "OK" });
      await server.played();
    }
  });

  it("says where it may hold NUL", async () => {
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 APPEND x ~{3+}");
      expect(await peer.octets(5)).toBe("a\0b\r\n");
      await peer.say("r1 OK\r\n");
    }, "plus");
    await wire.run(appending({ ...octets("a\0b"), octets8: true }));
    await server.played();
  });

  it("may come as a stream, larger than what the kernel holds", async () => {
    const chunk = Buffer.alloc(100_000, "s");
    async function* stream() {
      for (let at = 0; at < 50; at += 1) yield chunk;
    }
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 APPEND x {5000000+}");
      expect((await peer.octets(5_000_000)).replaceAll("s", "")).toBe("");
      expect(await peer.line()).toBe("");
      await peer.say("r1 OK\r\n");
    }, "plus");
    expect(await wire.run(appending({ size: 5_000_000, body: stream() }))).toMatchObject({ name: "OK" });
    await server.played();
  });

  it("that is refused before it was heard is looked at no more once that is told", async () => {
    const [count, size] = [400, 40_000];
    const bodies = Array.from({ length: count }, () => Buffer.alloc(size, "m"));
    const listening = Promise.withResolvers<void>();
    const changed: number[] = [];
    const { wire, server } = await open(async (peer) => {
      peer.deafen(true);
      await peer.say(bodies.map((_, at) => `r${at + 1} NO [OVERQUOTA] no\r\n`).join(""));
      await listening.promise;
      peer.deafen(false);
      for (let at = 1; at <= count; at += 1) {
        expect(await peer.line()).toBe(`r${at} APPEND x {${size}+}`);
        if ((await peer.octets(size)).replaceAll("m", "") !== "") changed.push(at);
        expect(await peer.line()).toBe("");
        // To those that had not begun when it was said first.
        await peer.say(`r${at} NO [OVERQUOTA] no\r\n`);
      }
    }, "plus");
    const refused: Buffer[] = [];
    const sent = bodies.map(async (body) => {
      expect(await wire.run(appending({ size, body }))).toMatchObject({ name: "NO" });
      refused.push(body);
      // Whoever is told may use the memory for something else.
      body.fill("!");
    });
    // As many as get through while nobody listens.
    for (let before = -1; before < refused.length || refused.length === 0;) {
      before = refused.length;
      for (let turns = 0; turns < 100; turns += 1) await setImmediate();
    }
    expect(refused.length).toBeLessThan(count);
    listening.resolve();
    await Promise.all(sent);
    await server.played();
    expect(changed).toEqual([]);
  });

  it("that is ours alone arrives whole, and its memory goes back once it was sent", async () => {
    const chunks = Array.from({ length: 40 }, (_, at) => Buffer.allocUnsafeSlow(100_000).fill(65 + (at % 26)));
    const whole = Buffer.concat(chunks).toString("latin1");
    async function* stream() {
      yield* chunks;
    }
    let came = "";
    const { wire, server } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 APPEND x {4000000+}");
      came = await peer.octets(4_000_000);
      expect(await peer.line()).toBe("");
      await peer.say("r1 OK\r\n");
    }, "plus");
    expect(await wire.run(appending({ size: 4_000_000, body: stream(), owned: true }))).toMatchObject({ name: "OK" });
    await server.played();
    expect(came === whole).toBe(true);
    expect(new Set(chunks.map(({ length }) => length))).toEqual(new Set([0]));
  });

  it.each([
    ["shorter", ["aa"]],
    ["longer", ["aa", "aa"]],
  ])("that is %s than announced ends the line, for it cannot be taken back", async (_, chunks) => {
    async function* stream() {
      for (const each of chunks) yield Buffer.from(each);
    }
    const { wire, server } = await open((peer) => peer.closed(), "plus");
    const fault = await faultOf(wire.run(appending({ size: 3, body: stream() })));
    expect(fault).toMatchObject({ code: "item.size" });
    expect(wire.closed).toBe(true);
    await server.played();
  });

  it("that cannot be read ends the line, and says why", async () => {
    const { wire } = await open((peer) => peer.closed(), "plus");
    const fault = await faultOf(wire.run(appending({ size: 3, body: breaking() })));
    expect(fault).toMatchObject({ code: "read.failed", cause: { message: "the disk is gone" } });
  });
});

describe("a line that ends", () => {
  it("rejects what is under way and what comes later, with the server's farewell", async () => {
    const { wire } = await open(async (peer) => {
      await peer.line();
      await peer.say("* BYE Autologout; idle for too long\r\n");
      peer.end();
    });
    const [first, second] = await Promise.all([faultOf(wire.run(["A"])), faultOf(wire.run(["B"]))]);
    for (const fault of [first, second, await faultOf(wire.run(["C"]))]) {
      expect(fault).toMatchObject(lost);
      expect(fault.message).toMatch(/closed the line; the server said: Autologout; idle for too long$/);
    }
    expect(wire.closed).toBe(true);
  });

  it.each<[string, string]>([
    ["in the middle of a line", "* 1 FET"],
    ["in the middle of a literal", "* 1 FETCH (BODY[] {1000}\r\nhalf"],
    ["before its tagged answer", "* 1 EXISTS\r\n"],
  ])("%s is lost, by a close as by a reset", async (_, said) => {
    for (const how of ["end", "reset"] as const) {
      const taken: Response[] = [];
      const { wire } = await open(async (peer) => {
        await peer.line();
        await peer.say(said);
        peer[how]();
      });
      expect(await faultOf(wire.run(["A"], (response) => taken.push(response)))).toMatchObject(lost);
      expect(taken.filter(({ name }) => name !== "EXISTS")).toEqual([]);
    }
  });

  it("while a literal waits for leave rejects it, and what queued behind", async () => {
    const { wire } = await open(async (peer) => {
      await peer.line();
      peer.end();
    });
    const faults = await Promise.all([
      faultOf(wire.run(["APPEND x ", octets("abc")])),
      faultOf(wire.run(["APPEND y ", octets("abc")])),
    ]);
    expect(faults).toMatchObject([lost, lost]);
  });

  it("while the server reads nothing rejects a body that is too large to be sent", async () => {
    const { wire } = await open(async (peer) => {
      await peer.line();
      peer.reset();
    }, "plus");
    const body = Buffer.alloc(32 * 1024 * 1024);
    expect(await faultOf(wire.run(["APPEND x ", { size: body.length, body }]))).toMatchObject(lost);
  });

  it.each<[string, string]>([
    ["no IMAP", '* LIST ("\r\n'],
    ["a list that does not end", "* 1 FETCH (UID 7\r\n"],
    ["a literal beyond all bounds", "* 1 FETCH (BODY[] {99999999999}\r\n"],
  ])("with %s is garbled", async (_, said) => {
    const { wire, server } = await open(async (peer) => {
      await peer.line();
      await peer.say(said);
      await peer.closed();
    });
    expect(await faultOf(wire.run(["A"]))).toMatchObject({ ...lost, code: "connection.garbled" });
    await server.played();
  });

  it("by us is told as we say, and ends the socket", async () => {
    const { wire, server } = await open(async (peer) => {
      await peer.line();
      wire.destroy(new Fault({ code: "run.interrupted", message: "stop", spoils: "run" }));
      await peer.closed();
    });
    expect(await faultOf(wire.run(["A"]))).toMatchObject({ code: "run.interrupted" });
    expect(await faultOf(wire.run(["B"]))).toMatchObject({ code: "run.interrupted" });
    await server.played();
  });
});

describe("silence", () => {
  it("while an answer is due ends the line", async () => {
    const { wire, server } = await open((peer) => peer.closed(), "wait", 20);
    expect(await faultOf(wire.run(["A"]))).toMatchObject({ ...lost, code: "connection.silent" });
    await server.played();
  });

  it("ends the line sooner where it is hastened, and never later", async () => {
    const { wire } = await open((peer) => peer.closed());
    const said = faultOf(wire.run(["LOGOUT"]));
    wire.hasten(20);
    wire.hasten(patience);
    expect(await said).toMatchObject({ code: "connection.silent" });
  });

  it("ends a goodbye in five seconds, and no command that is under way before it", async () => {
    const { wire } = await open(async (peer) => {
      expect(await peer.line()).toBe("r1 A");
      await peer.say("r1 OK\r\n");
    });
    await wire.run(["A"]);
    const hastened: number[] = [];
    const watched: Wire = Object.create(wire, {
      hasten: { value: (ms: number) => (hastened.push(ms), wire.hasten(20)) },
    });
    await sayGoodbye({ wire: watched } as Line);
    expect([hastened, wire.closed]).toEqual([[5000], true]);

    const busy = await open((peer) => peer.closed(), "wait", 60);
    const under = faultOf(busy.wire.run(["APPEND"]));
    await setImmediate();
    const kept: Wire = Object.create(busy.wire, { hasten: { value: (ms: number) => hastened.push(ms) } });
    await sayGoodbye({ wire: kept } as Line);
    expect([hastened, await under]).toMatchObject([[5000], { code: "connection.silent" }]);
  });

  it("in the middle of a literal ends the line", async () => {
    const { wire } = await open(
      async (peer) => {
        await peer.line();
        await peer.say("* 1 FETCH (BODY[] {10}\r\nhalf");
        await peer.closed();
      },
      "wait",
      20,
    );
    expect(await faultOf(wire.run(["A"]))).toMatchObject({ code: "connection.silent" });
  });

  it("while nothing goes out of what was refused already ends the line", async () => {
    const { wire, socket } = await open(async (peer) => {
      peer.deafen(true);
      await peer.say("r1 NO [OVERQUOTA] no\r\n");
    }, "plus");
    const body = Buffer.alloc(32 * 1024 * 1024);
    const refused = wire.run(appending({ size: body.length, body }));
    do await setImmediate();
    while (!wire.idle);
    socket.setTimeout(20);
    expect(await refused).toMatchObject({ name: "NO" });
    expect(wire.closed).toBe(true);
  });

  it("while nothing is asked for does not, and counts anew from the next command", async () => {
    const { wire, socket } = await open(
      async (peer) => {
        expect(await peer.line()).toBe("r1 A");
        await peer.say("r1 OK\r\n");
        expect(await peer.line()).toBe("r2 B");
        await peer.closed();
      },
      "wait",
      20,
    );
    await wire.run(["A"]);
    await once(socket, "timeout");
    expect(wire.closed).toBe(false);
    expect(await faultOf(wire.run(["B"]))).toMatchObject({ code: "connection.silent" });
  });

  it("while its reader wants nothing does not, and counts anew from where it reads on", async () => {
    const { wire, server, socket } = await open((peer) => peer.closed(), "wait", 20);
    const under = faultOf(wire.run(["A"]));
    wire.pause();
    await once(socket, "timeout");
    expect(wire.closed).toBe(false);
    wire.resume();
    expect(await under).toMatchObject({ code: "connection.silent" });
    await server.played();
  });
});
