import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Ended, runWarm } from "./warm.ts";

const root = join(import.meta.dirname, "../..");
const entry = join(root, "bin/reconcile.cjs");

interface RunOptions {
  /** Beside the process's own; no NO_COLOR is inherited, and no cache but the command line's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** A command under way, to be signalled before its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once standard error holds the text; rejects when the command ends without it. */
  said(text: string): Promise<void>;
  /** Resolves once standard output fits; rejects when the command ends without it. */
  printed(pattern: RegExp): Promise<void>;
}

/** A folder of its own with the built command line, as a person has it at a shell. */
export interface Place {
  readonly folder: string;
  path(...parts: readonly string[]): string;
  /** Writes files below the folder, with their folders. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** In a process of its own. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** In a process that others had before, unless it is to read standard input, or what only a process that starts reads. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

/** What a process reads when it starts, and never again. */
const atStart = /^(?:NODE_|UV_|NO_COLOR|FORCE_COLOR|XDG_|TMPDIR|SQLITE_|TZ|LANG|LC_)/;

function outer(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_COMPILE_CACHE: ___, ...rest } = process.env;
  return rest;
}

export async function openPlace(): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "reconcile-journey-")));
  const start: Place["start"] = (args, { env = {}, stdin = "" } = {}) => {
    const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: { ...outer(), ...env } });
    child.stdin.on("error", () => undefined).end(stdin);
    return watch(child);
  };
  const run: Place["run"] = (args, options = {}) =>
    options.stdin === undefined && !Object.keys(options.env ?? {}).some((name) => atStart.test(name))
      ? runWarm({ args, folder, env: { ...outer(), ...options.env } })
      : start(args, options).ended;
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
    run,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcess): Running {
  const heard = { stdout: "", stderr: "" };
  let over = false;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      heard[stream] += text;
      tell();
    });
  const ended = once(child, "close").then(([code]) => {
    over = true;
    tell();
    return { code: code as number | null, ...heard };
  });
  const until = (holds: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (holds()) resolve();
        else if (over) reject(new Error(`The command ended without saying ${what}: ${heard.stdout}${heard.stderr}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return {
    child,
    ended,
    said: (text) => until(() => heard.stderr.includes(text), JSON.stringify(text)),
    printed: (pattern) => until(() => pattern.test(heard.stdout), String(pattern)),
  };
}
