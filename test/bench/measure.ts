import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";

/** One whole process, from its start to its end. */
export interface Measure {
  readonly ms: number;
  /** Peak resident memory in KiB (VmHWM), and processor time in ms; only of our own processes that were asked. */
  readonly peak?: number;
  readonly cpu?: number;
}

const entry = join(import.meta.dirname, "../../bin/reconcile.cjs");
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

/** The built command line, as its user would run it. */
export const reconcile = (cwd: string, ...args: readonly string[]): Promise<Measure> =>
  measure(cwd, process.execPath, [entry, ...args]);

/** The same, asked for its memory and its processor time. */
export const reconcileAsked = (cwd: string, ...args: readonly string[]): Promise<Measure> =>
  measure(cwd, process.execPath, ["--import", asking, entry, ...args]);
