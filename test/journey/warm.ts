/** Commands that take turns in processes which stay: see host.cjs. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What a command came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Order {
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** By it the words of a command end. */
const mark = "\u0000over\u0000";
/** Processes that stay; more of them are there only while commands run side by side. */
const most = 2;
const idle = new Set<ChildProcess>();

function begin(env: Order["env"]): ChildProcess {
  const host = fork(join(import.meta.dirname, "host.cjs"), {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
    env,
  });
  for (const stream of [host.stdout, host.stderr]) stream?.setEncoding("utf8");
  // Whoever waits for a command hears of its end by `close`.
  host.on("error", () => undefined).on("exit", () => idle.delete(host));
  return host;
}

function take(env: Order["env"]): ChildProcess {
  const host = [...idle].find(({ connected }) => connected) ?? begin(env);
  idle.delete(host);
  return host;
}

/** Resolves once the command is over, or its process, as by a hard stop. */
export function runWarm(order: Order): Promise<Ended> {
  const host = take(order.env);
  const said = { stdout: "", stderr: "" };
  let code: number | null | undefined;
  return new Promise((resolve) => {
    const finish = (ended: number | null): void => {
      host.removeAllListeners("message").off("close", finish);
      for (const stream of [host.stdout, host.stderr]) stream?.removeAllListeners("data");
      resolve({ code: ended, stdout: said.stdout.replace(mark, ""), stderr: said.stderr.replace(mark, "") });
    };
    const look = (): void => {
      if (code === undefined || !said.stdout.endsWith(mark) || !said.stderr.endsWith(mark)) return;
      finish(code);
      if (idle.size < most) idle.add(host);
      else host.disconnect();
    };
    for (const name of ["stdout", "stderr"] as const)
      host[name]?.on("data", (text: string) => {
        said[name] += text;
        look();
      });
    host.on("close", finish);
    host.on("message", (ended: number) => {
      code = ended;
      look();
    });
    host.send({ ...order, mark });
  });
}
