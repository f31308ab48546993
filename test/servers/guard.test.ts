import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { processesOf } from "./processes.ts";

const child = join(import.meta.dirname, "guard-child.ts");

async function groupsOf(folder: string): Promise<number> {
  const ps = promisify(execFile)("ps", ["-o", "pgid=", "-p", processesOf(folder).join(",")]);
  return new Set((await ps).stdout.trim().split(/\s+/)).size;
}

describe("a server whose test is killed", () => {
  it("ends with all its processes and its folder, whatever groups they have", async () => {
    const test = spawn(process.execPath, [child], { stdio: ["ignore", "pipe", "inherit"] });
    const [folder] = (await once(createInterface({ input: test.stdout }), "line")) as [string];
    expect(existsSync(folder)).toBe(true);
    while ((await groupsOf(folder)) < 3) await wait(10);
    test.kill("SIGKILL");
    while (processesOf(folder).length > 0 || existsSync(folder)) await wait(10);
    expect(existsSync(folder)).toBe(false);
  });
});
