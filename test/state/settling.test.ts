import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settlingOf } from "../../src/state/sqlite/settling.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "settling-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("settling", () => {
  it("lets all who ask before a turn begins share it, and gives the next one to whoever comes later", async () => {
    await writeFile(join(folder, "state-wal"), "commits");
    const settling = settlingOf(join(folder, "state"));
    const [first, same] = [settling.settled(), settling.settled()];
    expect(same).toBe(first);
    await first;
    const later = settling.settled();
    expect(later).not.toBe(first);
    await later;
    settling.close();
  });

  it("has nothing to do where nothing was committed", async () => {
    const settling = settlingOf(join(folder, "state"));
    await expect(settling.settled()).resolves.toBeUndefined();
    settling.close();
  });

  it("says so where it cannot be done, to all who asked, and tries again for the next", async () => {
    await mkdir(join(folder, "state-wal"));
    const settling = settlingOf(join(folder, "state"));
    const both = await Promise.allSettled([settling.settled(), settling.settled()]);
    expect(both).toMatchObject([1, 2].map(() => ({ reason: { code: "state.unreadable" } })));
    await rm(join(folder, "state-wal"), { recursive: true });
    await writeFile(join(folder, "state-wal"), "commits");
    await settling.settled();
    settling.close();
  });
});
