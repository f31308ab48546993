import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Clock } from "../contract/endpoint.ts";
import { Fault } from "../model/fault.ts";
import type { SecretRef } from "../model/resource.ts";
import { escapeText } from "./quote.ts";

/** Resolves a secret. Asked when it is needed; `anew` where what was found a moment ago was refused. */
export type ResolveSecret = (ref: SecretRef, anew?: "anew") => Promise<string>;

export interface SecretContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Octets that a secret may have, and milliseconds that a command may take to print it. */
const most = { octets: 65_536, ms: 60_000 } as const;

/**
 * `{env}` reads a variable, `{file}` a file without its last newline, `{command}` what a program prints, without a shell and in the
 * folder of the manifest that names it. Throws `secret.missing` or `secret.unreadable`; a fault names the reference and the line
 * that asked for it, never what was found.
 */
export function secretResolver({ environment, signal }: SecretContext): ResolveSecret {
  return async (ref) => {
    const value =
      "env" in ref
        ? environment[ref.env]
        : "file" in ref
          ? await fromFile(ref, ref.file)
          : await fromCommand(ref, ref.command, signal);
    if (value === undefined) throw fault(ref, "secret.missing", "is not set");
    if (value === "") throw fault(ref, "secret.missing", "is empty");
    return value;
  };
}

/** Milliseconds for which a secret counts as it was found. */
const fresh = 30_000;

/**
 * Keeps what was found for half a minute, and lets those share it who ask at once: a login of each of many mailboxes is no reason to run a
 * command as often. What was not found is asked for anew.
 */
export function sharingSecrets(resolve: ResolveSecret, { now }: Pick<Clock, "now">): ResolveSecret {
  const known = new Map<string, { readonly value: Promise<string>; readonly since: number }>();
  return (ref, anew) => {
    const key = JSON.stringify(ref);
    for (const [old, { since }] of known) {
      if (now() - since < fresh) break;
      known.delete(old);
    }
    const before = known.get(key);
    if (anew === undefined && before !== undefined) return before.value;
    known.delete(key);
    const one = { value: resolve(ref), since: now() };
    known.set(key, one);
    one.value.catch(() => known.get(key) === one && known.delete(key));
    return one.value;
  };
}

const remedies = {
  env: "set the variable",
  file: "write the secret to the file, readable for you alone",
  command: "run the command by hand and see what it says",
} as const;

function fault(ref: SecretRef, code: "secret.missing" | "secret.unreadable", what: string): Fault {
  const kind = "env" in ref ? "env" : "file" in ref ? "file" : "command";
  return new Fault({
    code,
    message: `The secret ${referenceText(ref)} ${what}`,
    spoils: "endpoint",
    retry: "later",
    remedy: remedies[kind],
    ...(ref.at === undefined ? {} : { about: `${escapeText(ref.at.file)}:${ref.at.line}:${ref.at.column}` }),
  });
}

/** A reference as manifests write it; of a command its program alone, for arguments may tell too much. */
function referenceText(ref: SecretRef): string {
  if ("env" in ref) return `{env: ${escapeText(ref.env)}}`;
  if ("file" in ref) return `{file: ${escapeText(ref.file)}}`;
  return `{command: [${escapeText(ref.command[0] ?? "")}${ref.command.length > 1 ? ", …" : ""}]}`;
}

const withoutNewline = (text: string): string => text.replace(/\r?\n$/u, "");

async function fromFile(ref: SecretRef, path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > most.octets) throw fault(ref, "secret.unreadable", "is too large to be one");
    return withoutNewline(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Fault) throw error;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw fault(ref, missing ? "secret.missing" : "secret.unreadable", missing ? "has no such file" : "cannot be read");
  }
}

async function fromCommand(
  ref: SecretRef,
  [program = "", ...args]: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const cwd = ref.at === undefined ? process.cwd() : dirname(resolve(ref.at.file));
  const options = {
    cwd,
    timeout: most.ms,
    maxBuffer: most.octets,
    encoding: "utf8" as const,
    windowsHide: true,
    ...(signal === undefined ? {} : { signal }),
  };
  // Few manifests name a command, and loading what runs one costs every start.
  const { execFile } = await import("node:child_process");
  return new Promise((done, failed) => {
    const fail = (error: Error): void => failed(fault(ref, "secret.unreadable", ended(error)));
    try {
      const child = execFile(program, args, options, (error, output) =>
        error === null ? done(withoutNewline(output)) : fail(error),
      );
      child.stdin?.end();
    } catch (error) {
      fail(error instanceof Error ? error : new Error("not run"));
    }
  });
}

/** How a command failed. Its own words are left out: they may hold the secret. */
function ended(error: Error & { readonly code?: number | string | null; readonly killed?: boolean }): string {
  if (error.code === "ENOENT") return "has no such program";
  if (error.name === "AbortError") return "was not awaited: the run was interrupted";
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "is too large to be one";
  if (error.killed === true) return "took too long";
  return typeof error.code === "number" ? `ended with exit code ${error.code}` : "could not be run";
}
