/**
 * `node guard.ts FOLDER COMMAND ARGS...`: runs a server as a process group of its own, and outlives nobody.
 * Standard input is the line to the test: a line `stop` ends the server in good order, `kill` at once, and its end
 * (the test is gone, whatever killed it) at once and with the folder. The guard leaves when the group is empty.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

const patience = 5_000;
const [folder = "", command = "", ...args] = process.argv.slice(2);
const server = spawn(command, args, { detached: true, stdio: ["ignore", "inherit", "inherit"] });
const input = createInterface({ input: process.stdin });
let orphaned = true;

function signal(name: NodeJS.Signals): void {
  try {
    if (server.pid !== undefined) process.kill(-server.pid, name);
  } catch {
    // Nobody of the group is left.
  }
}

/** Whether any of the group still runs. The dead may lie unreaped for seconds, where the init of a container is slow. */
function running(): boolean {
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const [state, , group] = statusOf(pid);
    return Number(group) === server.pid && state !== "Z" && state !== "X";
  });
}

/** State, parent, group (proc(5)); the name before them may hold anything. */
function statusOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

const acts: Record<string, () => void> = {
  stop() {
    signal("SIGTERM");
    setTimeout(() => signal("SIGKILL"), patience).unref();
  },
  kill: () => signal("SIGKILL"),
};

input.on("line", (line) => {
  orphaned &&= !(line in acts);
  acts[line]?.();
});
input.on("close", () => {
  if (!orphaned) return;
  signal("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});
// The parent's terminal sends its signals to all; the end of standard input follows them.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);

server.on("error", (error) => process.stderr.write(`${error.message}\n`));
server.on("exit", (code) => {
  const wait = (): void => {
    signal("SIGKILL");
    if (running()) setTimeout(wait, 5);
    else process.exit(code ?? 1);
  };
  wait();
});
