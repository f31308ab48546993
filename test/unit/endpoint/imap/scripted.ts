/** A TCP server on loopback that says what a test makes it say, octet by octet. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Peer {
  /** Sends text, in Latin-1, or octets; resolves once the kernel has them. */
  say(octets: string | Uint8Array): Promise<void>;
  /** The next line of the client, without its CRLF; rejects where it closes before. */
  line(): Promise<string>;
  octets(count: number): Promise<string>;
  /** Resolves once the client closed its side, with everything that was not read before. */
  closed(): Promise<string>;
  /** Stops the taking of octets, so that the client's pile up on the way. */
  deafen(on: boolean): void;
  /** Closes: in good order, or by a reset. */
  end(): void;
  reset(): void;
}

export interface Scripted {
  readonly port: number;
  /** Resolves when every dialogue so far is over; rejects with what went wrong in one. */
  played(): Promise<void>;
  stop(): Promise<void>;
}

function peerOf(socket: Socket): Peer {
  let chunks: Buffer[] = [];
  let length = 0;
  const state = { over: false };
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const go of waiting) go();
    waiting.clear();
  };
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    wake();
  });
  for (const event of ["close", "end", "error"])
    socket.on(event, () => {
      state.over = true;
      wake();
    });
  async function until(enough: () => boolean): Promise<void> {
    while (!enough() && !state.over)
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
      });
  }
  function held(): Buffer {
    const all = Buffer.concat(chunks);
    chunks = [all];
    return all;
  }
  function take(count: number): string {
    const all = held();
    chunks = [all.subarray(count)];
    length = Math.max(0, length - count);
    return all.toString("latin1", 0, count);
  }
  return {
    say: (octets) =>
      new Promise((resolve) => {
        socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets, () => resolve());
      }),
    line: async () => {
      await until(() => held().includes("\r\n"));
      const end = held().indexOf("\r\n");
      if (end < 0) throw new Error(`the client closed after ${JSON.stringify(held().toString("latin1"))}`);
      return take(end + 2).slice(0, -2);
    },
    octets: async (count) => {
      await until(() => length >= count);
      return take(count);
    },
    closed: async () => {
      await until(() => false);
      return take(length);
    },
    deafen: (on) => void (on ? socket.pause() : socket.resume()),
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/** Plays the dialogue with each client. */
export async function startScripted(dialogue: (peer: Peer, at: number) => Promise<unknown>): Promise<Scripted> {
  const sockets = new Set<Socket>();
  const playing: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const played = dialogue(peerOf(socket), playing.length);
    played.catch(() => socket.destroy());
    playing.push(played);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    played: async () => void (await Promise.all(playing)),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
