/** One IMAP connection as octets and lines: no command is known here. Independent of src/, to judge it. */
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Line, lineReader } from "./imap-lines.ts";

export interface Reach {
  readonly port: number;
  readonly host?: string;
  /** The authority trusted, as a PEM file: TLS from the start. */
  readonly tls?: string;
  /** The address to come from, such as 127.0.0.2. */
  readonly from?: string;
}

export interface Wire {
  write(data: string | Uint8Array): void;
  /** The next line; rejects when the connection ends before it. */
  line(): Promise<Line>;
  /** TLS over the same connection, as after STARTTLS. */
  secure(ca: string): Promise<void>;
  /** Says nothing and goes. */
  drop(): Promise<void>;
}

interface Inbox {
  take(): Promise<Line>;
  put(lines: readonly Line[]): void;
  fail(error: Error): void;
}

function inbox(): Inbox {
  const lines: Line[] = [];
  let waiting: PromiseWithResolvers<Line> | undefined;
  let failure: Error | undefined;
  const settle = (): void => {
    if (!waiting) return;
    const line = lines.shift();
    if (line) waiting.resolve(line);
    else if (failure) waiting.reject(failure);
    else return;
    waiting = undefined;
  };
  return {
    take() {
      waiting = Promise.withResolvers<Line>();
      const { promise } = waiting;
      settle();
      return promise;
    },
    put(more) {
      lines.push(...more);
      settle();
    },
    fail(error) {
      failure ??= error;
      settle();
    },
  };
}

function listen(socket: Socket, lines: Inbox): void {
  const read = lineReader();
  socket.on("data", (chunk: Buffer) => lines.put(read(chunk)));
  socket.on("error", (error) => lines.fail(error));
  socket.on("close", () => lines.fail(new Error("The server closed the connection.")));
}

export async function openWire({ port, host = "127.0.0.1", tls, from = "127.0.0.1" }: Reach): Promise<Wire> {
  const lines = inbox();
  const to = { port, host, localAddress: from };
  let socket: Socket = tls === undefined ? connect(to) : connectTls({ ...to, ca: readFileSync(tls) });
  await once(socket, tls === undefined ? "connect" : "secureConnect");
  socket.setNoDelay(true);
  listen(socket, lines);
  return {
    write: (data) => void socket.write(data),
    line: () => lines.take(),
    async secure(ca) {
      const plain = socket;
      for (const event of ["data", "close"]) plain.removeAllListeners(event);
      socket = connectTls({ socket: plain, host, ca: readFileSync(ca) });
      await once(socket, "secureConnect");
      listen(socket, lines);
    },
    async drop() {
      if (socket.destroyed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}
