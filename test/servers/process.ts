/** A server's processes, held by a guard (guard.ts) that ends them when the test asks, or is gone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

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
  /** Resolves when no process of the server is left. */
  end(how: "stop" | "kill"): Promise<void>;
}

/** A folder for one server. /tmp, not os.tmpdir(): a unix socket's path holds 107 bytes, and the server's user must get there. */
export const serverFolder = async (): Promise<string> => realpath(await mkdtemp("/tmp/rs-"));

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5 });

export function launch({ folder, command, env = {}, output }: Launch): Guarded {
  const out = openSync(output, "a");
  const child = spawn(process.execPath, [guard, folder, ...command], {
    stdio: ["pipe", out, out],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    detached: true,
    cwd: "/",
  });
  closeSync(out);
  let alive = true;
  const gone = once(child, "exit").then(() => void (alive = false));
  // A test that forgets to stop may end all the same; the guard sees to the rest.
  child.unref();
  // A guard that has left no longer reads.
  child.stdin?.on("error", () => undefined);
  return {
    get alive() {
      return alive;
    },
    async end(how) {
      child.ref();
      if (alive) child.stdin?.write(`${how}\n`);
      await gone;
    },
  };
}

/** Waits for the greeting: a port that listens is not yet a server that serves. */
export async function greeted(port: number, server: Guarded, logs: () => string): Promise<void> {
  const deadline = Date.now() + patience;
  while (server.alive && Date.now() < deadline) {
    if ((await firstBytes(port)).startsWith("* OK")) return;
    await wait(10);
  }
  const why = server.alive ? `gives no greeting on port ${port}` : "ended at its start";
  await server.end("kill");
  throw new Error(`The server ${why}. Its log:\n${logs()}`);
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
