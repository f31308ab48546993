import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { onPath } from "./program.ts";

/** One whole process, from its start to its end. */
export interface Measure {
  readonly ms: number;
  /** Peak resident memory in KiB, and processor time in ms; only of processes that were asked. */
  readonly peak?: number;
  readonly cpu?: number;
  /** Octets both ways, turns of talk and connections to either server; only of what went through proxies. */
  readonly octets?: number;
  readonly turns?: number;
  readonly connections?: number;
}

/** The built command line. */
export const entry = join(import.meta.dirname, "../../bin/reconcile.cjs");
const asking = join(import.meta.dirname, "peak.mjs");

/** Runs a program. Throws where it ends with anything but 0: a failure is no measurement. */
export async function measure(cwd: string, program: string, args: readonly string[]): Promise<Measure> {
  const begun = process.hrtime.bigint();
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  // Listened for at once: what ends before it is waited for would be waited for in vain.
  const ended = once(child, "exit").then(([code]) => ({
    code: code as number,
    ms: Number(process.hrtime.bigint() - begun) / 1e6,
  }));
  const [out, err, told] = [1, 2, 3].map((at) => text(child.stdio[at] as Readable));
  const { code, ms } = await ended;
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}\n${await out}${await err}`);
  const facts = (await told) ?? "";
  if (facts === "") return { ms };
  const { peak, cpu } = JSON.parse(facts) as { readonly peak: number; readonly cpu: number };
  return { ms, peak, cpu: cpu / 1000 };
}

const clock = onPath("time");
export const hasTime = clock !== undefined;

/** The same of any program with what it starts, asked by GNU time; the peak is that of the largest process. Without it, the clock alone. */
export async function timed(cwd: string, program: string, args: readonly string[]): Promise<Measure> {
  if (clock === undefined) return measure(cwd, program, args);
  const file = join(cwd, "time");
  const { ms } = await measure(cwd, clock, ["-q", "-o", file, "-f", "%M %U %S", program, ...args]);
  const [peak = 0, user = 0, system = 0] = (await readFile(file, "latin1")).split(" ").map(Number);
  return { ms, peak, cpu: (user + system) * 1000 };
}

/** The built command line, as its user would run it. */
export const reconcile = (cwd: string, ...args: readonly string[]): Promise<Measure> =>
  measure(cwd, process.execPath, [entry, ...args]);

/** The same, asked for its memory and its processor time. */
export const reconcileAsked = (cwd: string, ...args: readonly string[]): Promise<Measure> =>
  measure(cwd, process.execPath, ["--import", asking, entry, ...args]);

/** Mailboxes copied at once, and large messages in each. */
export const atOnce = { mailboxes: 8, messages: 3 };
