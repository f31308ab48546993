/** A disk that refuses what is written to CSV files. */
import { execFile, spawnSync } from "node:child_process";
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { creation, folderForEach } from "./csv.ts";

const { at, files, get, put } = folderForEach();

/** Writes a list of people in a process of its own, which may not make large files, or may not write here at all. */
function writeElsewhere(prefix: string, user?: number): Promise<string> {
  const names = Array.from({ length: 500 }, (_, index) =>
    creation("account", `p${index}@example.com`, { displayName: "x".repeat(50) }),
  );
  const script = `
    import { open } from ${JSON.stringify(new URL("../../src/endpoint/csv/index.ts", import.meta.url).href)};
    const { signal } = new AbortController();
    const { directory } = await open("people", { type: "csv", path: ${JSON.stringify(at())} }, { signal });
    const told = await directory.account.write(${JSON.stringify(names)}, { signal }).catch(({ code, about }) => ({ code, about }));
    process.stdout.write(JSON.stringify(told));`;
  const command = `${prefix} exec "$0" --input-type=module --eval "$1"`;
  return new Promise((resolve, reject) => {
    execFile(
      "/bin/sh",
      ["-c", command, process.execPath, script],
      user === undefined ? {} : { uid: user, gid: user },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
    );
  });
}

/** Root may write everywhere; nobody may not, where nobody can reach the program at all. */
const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
const source = fileURLToPath(new URL("../../src/endpoint/csv/index.ts", import.meta.url));
const isReachable = (): boolean =>
  nobody === undefined ||
  spawnSync("/bin/sh", ["-c", 'test -x "$0" && test -r "$1"', process.execPath, source], { uid: nobody }).status === 0;

describe("a disk that gives no more", () => {
  const before = "address\nana@example.com\n";
  beforeEach(() => put("accounts.csv", before));
  afterEach(() => chmod(at(), 0o755));

  test("is a fault, and the file is as it was", async () => {
    // Files of at most 8 blocks of 512 octets; the new one would have 35,000.
    expect(JSON.parse(await writeElsewhere("ulimit -f 8;"))).toEqual({
      code: "disk.full",
      about: at("accounts.csv"),
    });
    expect(await get("accounts.csv")).toBe(before);
    expect(await files()).toEqual(["accounts.csv"]);
  });

  test.skipIf(!isReachable())("because it may only be read is a fault, and the file is as it was", async () => {
    await chmod(at(), 0o555);
    expect(JSON.parse(await writeElsewhere("", nobody))).toEqual({
      code: "disk.denied",
      about: at("accounts.csv"),
    });
    expect(await get("accounts.csv")).toBe(before);
    expect(await files()).toEqual(["accounts.csv"]);
  });
});
