import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const entry = join(root, "bin/reconcile.cjs");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Beside the process's own; no NO_COLOR is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** A command under way, to be signalled before its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once standard error holds the text; rejects when the command ends without it. */
  said(text: string): Promise<void>;
}

/** A folder of its own with the built command line, as a person has it at a shell. */
export interface Place {
  readonly folder: string;
  path(...parts: readonly string[]): string;
  /** Writes files below the folder, with their folders. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  start(args: readonly string[], options?: RunOptions): Running;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "reconcile-journey-")));
  const start = (args: readonly string[], { env = {}, stdin = "" }: RunOptions = {}): Running => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...outer } = process.env;
    const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: { ...outer, ...env } });
    child.stdin.on("error", () => undefined).end(stdin);
    return watch(child);
  };
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    start,
    run: (args, options) => start(args, options).ended,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcess): Running {
  let [stdout, stderr] = ["", ""];
  let over = false;
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = once(child, "close").then(([code]) => {
    over = true;
    for (const listener of listeners) listener();
    return { code: code as number | null, stdout, stderr };
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve();
          else if (over) reject(new Error(`The command ended without saying ${JSON.stringify(text)}: ${stderr}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
  };
}
