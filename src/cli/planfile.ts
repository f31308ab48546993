import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { Fault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import { decodePlan, encodePlan } from "../plan/planfile.ts";

/** Whole or not at all; what is there under the name is replaced. */
export async function savePlan(path: string, plan: Plan): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  try {
    await writeFile(draft, encodePlan(plan), { flag: "wx" });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new Fault({
      code: "plan.unwritable",
      message: `The plan cannot be saved: ${reason(cause)}`,
      about: path,
      spoils: "run",
      cause,
    });
  }
}

/** Throws what `decodePlan` throws, and `plan.unreadable` where the file cannot be read. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault({
      code: "plan.unreadable",
      message: `The saved plan cannot be read: ${reason(cause)}`,
      about: path,
      spoils: "run",
      remedy: "name a file that `reconcile plan --out` wrote",
      cause,
    });
  });
  return decodePlan(text, path);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "the right to it is missing",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
};

function reason(cause: unknown): string {
  const { code = "" } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
}
