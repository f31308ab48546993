/**
 * `node guard.ts FOLDER COMMAND ARGS...`: holds a server, which outlives nobody. Reads a word a line from the test: `start`,
 * `stop` (in good order), `kill` (at once); says `ended` whenever no process of the server is left. At the end of its
 * input, also where something killed the test, it kills, removes the folder, and goes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

/** For an end in good order, in milliseconds. */
const patience = 5_000;
const [folder = "", command = "", ...args] = process.argv.slice(2);
let server: ChildProcess | undefined;
let over = false;

/**
 * Whoever of the server still runs, by its session: some servers give their children process groups of their own. The
 * dead may lie unreaped for seconds, where the init of a container is slow.
 */
function members(): number[] {
  const leader = server?.pid;
  return readdirSync("/proc")
    .filter((pid) => {
      const [state, , , session] = /^\d+$/.test(pid) ? statusOf(pid) : [];
      return Number(session) === leader && state !== "Z" && state !== "X";
    })
    .map(Number);
}

/** State, parent, group, session (proc(5)); the name before them may hold anything. */
function statusOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

/** The leader's group in one stroke, then whoever has another. */
function kill(): void {
  if (server?.pid === undefined) return;
  signal(-server.pid, "SIGKILL");
  for (const pid of members()) signal(pid, "SIGKILL");
}

function emptied(): void {
  kill();
  if (members().length > 0) {
    setTimeout(emptied, 5);
    return;
  }
  server = undefined;
  process.stdout.write("ended\n");
  if (over) leave();
}

function leave(): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
}

const acts: Record<string, () => void> = {
  start() {
    server = spawn(command, args, { detached: true, stdio: ["ignore", 2, 2] });
    server.on("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      emptied();
    });
    server.on("exit", emptied);
  },
  stop() {
    for (const pid of members()) signal(pid, "SIGTERM");
    const stopped = server;
    setTimeout(() => stopped === server && kill(), patience).unref();
  },
  kill,
};

const input = createInterface({ input: process.stdin });
input.on("line", (line) => acts[line]?.());
input.on("close", () => {
  over = true;
  if (server) kill();
  else leave();
});
process.stdout.on("error", () => undefined);
// A terminal sends its signals to all; the end of the input follows them.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
