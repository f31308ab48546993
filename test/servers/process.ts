/** A server's processes, held by a guard (guard.ts) that ends them when the test asks, or is gone. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const guard = join(import.meta.dirname, "guard.ts");
const patience = 30_000;

interface Launch {
  /** Removed when the test dies. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard output and error. */
  readonly output: string;
}

export interface Guarded {
  /** False from the moment that no process of the server is left. */
  readonly alive: boolean;
  start(): void;
  /** Resolves when no process of the server is left. */
  end(how: "stop" | "kill"): Promise<void>;
  /** Ends it at once, with the folder. */
  remove(): Promise<void>;
}

/** A folder for one server. /tmp, not os.tmpdir(): a unix socket's path holds 107 bytes, and the server's user must get there. */
export const serverFolder = async (): Promise<string> => realpath(await mkdtemp("/tmp/rs-"));

function spawnGuard({ folder, command, env = {}, output }: Launch) {
  const file = openSync(output, "a");
  const child = spawn(process.execPath, [guard, folder, ...command], {
    stdio: ["pipe", "pipe", file],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    detached: true,
    cwd: "/",
  });
  closeSync(file);
  const { stdin, stdout } = child as typeof child & { stdin: Socket; stdout: Socket };
  // A guard that has left no longer reads. And a test that forgets its server may end: the guard sees to the rest.
  stdin.on("error", () => undefined);
  for (const each of [child, stdin, stdout]) each.unref();
  return { child, stdin, stdout };
}

export function guarded(what: Launch): Guarded {
  const { child, stdin, stdout } = spawnGuard(what);
  const events = new EventEmitter();
  let alive = false;
  const ended = (): void => {
    alive = false;
    events.emit("ended");
  };
  stdout.on("data", ended);
  child.on("exit", ended);
  const wait = async (emitter: EventEmitter, event: string): Promise<void> => {
    child.ref();
    await once(emitter, event);
    child.unref();
  };
  return {
    get alive() {
      return alive;
    },
    start() {
      alive = true;
      stdin.write("start\n");
    },
    async end(how) {
      if (!alive) return;
      stdin.write(`${how}\n`);
      await wait(events, "ended");
    },
    async remove() {
      if (child.exitCode !== null) return;
      stdin.end();
      await wait(child, "exit");
    },
  };
}

/** Waits until it serves: a port that listens is not yet a greeting, and the second port may open after the first. */
export async function serving(
  { port, tlsPort, greets }: { readonly port: number; readonly tlsPort: number | undefined; readonly greets: boolean },
  server: Guarded,
  logs: () => string,
): Promise<void> {
  const isUp = async () => (greets ? (await firstBytes(port)).startsWith("* OK") : accepts(port));
  const deadline = Date.now() + patience;
  while (server.alive && Date.now() < deadline) {
    if ((await isUp()) && (tlsPort === undefined || (await accepts(tlsPort)))) return;
    await pause(10);
  }
  const why = server.alive ? `does not serve port ${port}` : "ended at its start";
  await server.end("kill");
  throw new Error(`The server ${why}. Its log:\n${logs()}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

async function firstBytes(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (text: unknown) => resolve(String(text)));
  socket.on("error", () => resolve(""));
  socket.on("close", () => resolve(""));
  socket.setTimeout(2_000, () => resolve(""));
  return promise.finally(() => socket.destroy());
}

/** The last lines of a log that may not be there. */
export function tail(path: string, lines = 20): string {
  try {
    return readFileSync(path, "utf8").split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}
