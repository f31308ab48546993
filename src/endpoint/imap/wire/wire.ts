import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Fault } from "../../../model/fault.ts";
import { refusal } from "../faults.ts";
import type { Command, Literal } from "./command.ts";
import { createReader, type Room } from "./reader.ts";
import type { Response } from "./response.ts";

/** How a literal may be announced: without waiting (RFC 7888, LITERAL+), so up to 4,096 octets (LITERAL-), or never so. */
export type Announcing = "plus" | "minus" | "wait";

export interface WireOptions {
  readonly socket: Socket;
  /** Who is spoken to, for faults. */
  readonly about: string;
  readonly announcing: Announcing;
  /** Milliseconds without an octet after which the line counts as dead, while an answer is due. */
  readonly silence: number;
}

/** An authenticated IMAP line. Commands may be run side by side: they are sent in the order of asking, and answered so. */
export interface Wire {
  /**
   * Resolves with the tagged response, whatever it says, once the kernel has all of the command: nothing of it is looked at any more.
   * `take` gets the untagged ones before, and `room` says where their literals go. Rejects with `connection.lost` and its kin.
   */
  run(command: Command, take?: (response: Response) => void, room?: Room): Promise<Response>;
  /** Sends IDLE's DONE, where a command waits for it. */
  done(): void;
  /** Stops and restarts the taking of octets, so that whoever reads slowly is not drowned. */
  pause(): void;
  resume(): void;
  /** From now on a silence of so many milliseconds ends the line, if that is less than before. */
  hasten(ms: number): void;
  /** True once nothing can be sent any more. */
  readonly closed: boolean;
  /** True while no answer is due, and octets are taken. */
  readonly idle: boolean;
  /** Ends the line at once; what is under way is rejected. */
  destroy(reason?: Fault): void;
}

interface Running {
  readonly tag: string;
  readonly take: ((response: Response) => void) | undefined;
  readonly room: Room | undefined;
  readonly resolve: (response: Response) => void;
  readonly reject: (fault: Fault) => void;
  /** Waits for the server's leave to send a literal; false once it was refused. */
  leave?: ((granted: boolean) => void) | undefined;
  /** Resolves once the kernel has its end, or the line is closed. */
  gone?: Promise<void>;
}

const smallLiteral = 4096;
/** Octets in a row that are gathered before the socket gets them, and that it gets at one time. */
const gather = 128 * 1024;
const slice = 1024 * 1024;

/** A farewell of a server that wants to be left alone for a while; undefined for any other. */
function busyOf({ code, text }: Response, about: string): Fault | undefined {
  const fault = refusal({ code: code?.name, text }, "The server closed the line", about, "mailbox");
  return fault.code === "server.busy" ? fault : undefined;
}

/** Gives what was read or sent back to the system at once: left to the collector, ten times as much would lie about as is in use. */
function letGo({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === byteLength) buffer.transfer(0);
}

export function createWire({ socket, about, announcing, ...options }: WireOptions): Wire {
  let { silence } = options;
  const running: Running[] = [];
  let tags = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let farewell: Response | undefined;
  let broken: Fault | undefined;
  let paused = false;
  let corked = 0;
  let soon = false;
  /** Commands that are not answered, or not gone yet. */
  let under = 0;

  function lost(message: string, code = "connection.lost", cause?: unknown): Fault {
    const busy = code === "connection.lost" && farewell !== undefined ? busyOf(farewell, about) : undefined;
    if (busy !== undefined) return busy;
    const said = farewell === undefined ? "" : `; the server said: ${farewell.text}`;
    return new Fault({
      code,
      message: `${message}${said}`,
      spoils: "item",
      retry: { afterMs: 1000 },
      about,
      remedy: "look whether the server is up and lets us in; run again to resume",
      ...(cause === undefined ? {} : { cause }),
    });
  }

  function fail(fault: Fault): void {
    broken ??= fault;
    socket.destroy();
    for (const one of running.splice(0)) {
      one.leave?.(false);
      one.reject(broken);
    }
  }

  /** Untagged responses are the oldest command's: a server answers in order, or may not be asked side by side (RFC 3501, 5.5). */
  function take(response: Response): void {
    const first = running[0];
    if (response.tag === "+") {
      const waiting = running.find((one) => one.leave !== undefined);
      if (waiting === undefined) first?.take?.(response);
      else waiting.leave?.(true);
      return;
    }
    if (response.tag === "*") {
      if (response.name === "BYE") farewell = response;
      first?.take?.(response);
      return;
    }
    const at = running.findIndex((one) => one.tag === response.tag);
    const done = at < 0 ? undefined : running.splice(at, 1)[0];
    if (done === undefined) return;
    done.leave?.(false);
    done.resolve(response);
  }

  const reader = createReader(take, (size) => running[0]?.room?.(size));
  socket.on("data", (chunk: Buffer) => {
    if (broken !== undefined) return;
    try {
      reader.push(chunk);
      letGo(chunk);
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError)) throw thrown;
      fail(lost(`The server's answer is no IMAP: ${thrown.message}`, "connection.garbled", thrown));
    }
  });
  socket.on("error", (error) => fail(lost(`The line broke: ${error.message}`, "connection.lost", error)));
  socket.on("close", () => fail(lost("The server closed the line")));
  socket.on("end", () => fail(lost("The server closed the line")));
  // A listener that is given to setTimeout hears of the first silence alone.
  socket.setTimeout(silence);
  socket.on("timeout", () => {
    if (under === 0 || paused) return;
    fail(lost(`The server said nothing for ${Math.round(silence / 1000)} s`, "connection.silent"));
  });
  socket.setNoDelay(true);
  socket.resume();

  /** Gathers what is small, for a packet each would cost more than the octets. Nothing is copied: what is put must stay as it is. */
  async function put(octets: Uint8Array | string, gone?: (error?: Error | null) => void): Promise<void> {
    if (octets.length === 0) return;
    if (corked === 0) socket.cork();
    const chunk = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    corked += chunk.length;
    socket.write(chunk, gone);
    if (corked >= gather) await flush();
  }

  async function flush(): Promise<void> {
    uncork();
    if (broken !== undefined) throw broken;
    if (!socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of ["drain", "close"]) socket.off(event, go);
        resolve();
      };
      for (const event of ["drain", "close"]) socket.on(event, go);
    });
    if (broken !== undefined) throw broken;
  }

  /** Commands that are asked for in one go leave in one packet, which is what wakes a server. */
  function flushSoon(): void {
    if (soon || corked === 0) return;
    soon = true;
    process.nextTick(() => {
      soon = false;
      if (corked > 0) uncork();
    });
  }

  function uncork(): void {
    corked = 0;
    socket.uncork();
  }

  async function putBody({ body, size, owned }: Literal): Promise<void> {
    if (body instanceof Uint8Array) {
      // TLS holds a second copy of all that it is given at once.
      for (let at = 0; at < body.length; at += slice) await put(body.subarray(at, at + slice));
      return;
    }
    let sent = 0;
    for await (const chunk of body) {
      sent += chunk.length;
      if (sent > size) break;
      await put(chunk, owned === true ? (error) => error ?? letGo(chunk) : undefined);
    }
    if (sent === size) return;
    // The server waits for octets that nobody has: only the end of the line takes the announcement back.
    throw lost(`A body has ${sent} octets, and ${size} were announced`, "item.size");
  }

  /** Whether the literal may follow; false where the server refused the command instead. */
  async function announce(one: Running, literal: Literal, head: string): Promise<boolean> {
    const tilde = literal.octets8 === true ? "~" : "";
    if (announcing === "plus" || (announcing === "minus" && literal.size <= smallLiteral)) {
      await put(`${head}${tilde}{${literal.size}+}\r\n`);
      return true;
    }
    const granted = new Promise<boolean>((resolve) => {
      one.leave = resolve;
    });
    await put(`${head}${tilde}{${literal.size}}\r\n`);
    await flush();
    const answer = await granted;
    one.leave = undefined;
    return answer;
  }

  async function send(one: Running, command: Command): Promise<void> {
    let head = `${one.tag} `;
    for (const part of command) {
      if (typeof part === "string") {
        head += part;
      } else {
        if (!(await announce(one, part, head))) return;
        await putBody(part);
        head = "";
      }
    }
    const end = Promise.withResolvers<void>();
    one.gone = end.promise;
    await put(`${head}\r\n`, () => end.resolve());
    if (broken !== undefined) throw broken;
    flushSoon();
  }

  async function begin(one: Running, command: Command): Promise<void> {
    // It waited behind one with which the line broke.
    if (broken !== undefined) return one.reject(broken);
    running.push(one);
    try {
      await send(one, command);
    } catch (thrown) {
      fail(thrown instanceof Fault ? thrown : lost("A body could not be read", "read.failed", thrown));
    }
  }

  return {
    get closed() {
      return broken !== undefined;
    },
    get idle() {
      return running.length === 0 && !paused;
    },
    run: async (command, take, room) => {
      if (broken !== undefined) throw broken;
      tags += 1;
      under += 1;
      try {
        const { promise: done, resolve, reject } = Promise.withResolvers<Response>();
        const one: Running = { tag: `r${tags}`, take, room, resolve, reject };
        const sent = turn.then(() => begin(one, command));
        turn = sent;
        await done;
        // A server may refuse what it has not heard to the end.
        await sent;
        await one.gone;
        return await done;
      } finally {
        under -= 1;
      }
    },
    done: () => void (broken === undefined && socket.write("DONE\r\n")),
    pause: () => {
      paused = true;
      socket.pause();
    },
    resume: () => {
      paused = false;
      socket.setTimeout(silence);
      socket.resume();
    },
    hasten: (ms) => {
      silence = Math.min(silence, ms);
      socket.setTimeout(silence);
    },
    destroy: (reason) => fail(reason ?? lost("The line was closed")),
  };
}
