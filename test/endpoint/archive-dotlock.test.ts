/** A lock beside a mailbox: whoever sees it sees whose it is, so that what a dead process left is known for that. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskPath } from "../../src/endpoint/archive/disk.ts";
import { withDotlock } from "../../src/endpoint/archive/dotlock.ts";
import { quickClock } from "./archive.ts";

let folder: string;
let box: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dotlock-"));
  box = join(folder, "box");
});
afterEach(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();
const locked = <T>(work: () => Promise<T>): Promise<T> => withDotlock(diskPath(box), quickClock, signal, work);
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

const nothing = async (): Promise<void> => undefined;

describe("a lock", () => {
  it("never stands without its holder's number", async () => {
    let over = false;
    const seen = new Set<string>();
    // Synchronous, so that it sees what stands between any two steps of the other side. It may go while it is looked at.
    const look = (): void => {
      const text = readIfThere(`${box}.lock`);
      if (text !== undefined) seen.add(text);
      if (!over) setImmediate(look);
    };
    look();
    for (let at = 0; at < 300; at += 1) await locked(nothing);
    over = true;
    expect([...seen]).toEqual([`${process.pid} ${hostname()}\n`]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("of a dead process is taken away, and nothing is left of it", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["-p", "process.pid"]);
    await writeFile(`${box}.lock`, `${stdout.trim()} ${hostname()}\n`);
    expect(await locked(() => readdir(folder))).toEqual(["box.lock"]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("of a living one is waited for, and then told", async () => {
    await writeFile(`${box}.lock`, `${process.ppid} ${hostname()}\n`);
    await expect(locked(nothing)).rejects.toMatchObject({ code: "archive.locked", spoils: "place" });
    expect(await readdir(folder)).toEqual(["box.lock"]);
  });
});
