import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPlace, type Place } from "./run.ts";

let place: Place;
let folder: string;
beforeEach(async () => {
  place = await openPlace();
  folder = place.path("cache/mail-reconcile");
});
afterEach(() => place.remove());

/** Starts with this folder for caches, and says what lies in a folder afterwards. */
async function kept(where = folder, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await place.run(["--version"], {
    env: { XDG_CACHE_HOME: place.path("cache"), ...env },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  return readdir(where, { recursive: true }).catch(() => []);
}

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("compiled code", () => {
  it("is kept for the next start, in a folder that is its user's alone", async () => {
    const first = await kept();
    expect(first.length).toBeGreaterThan(1);
    expect(await mode(folder)).toBe("700");
    expect(await kept()).toEqual(first);
  });

  it.each([
    ["others", 0o707],
    ["the group", 0o770],
  ])("is not kept where %s may write", async (_, open) => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, open);
    expect(await kept()).toEqual([]);
  });

  it("is not kept where a link leads", async () => {
    await mkdir(place.path("cache"));
    await mkdir(place.path("elsewhere"), { mode: 0o700 });
    await symlink(place.path("elsewhere"), folder);
    expect(await kept(place.path("elsewhere"))).toEqual([]);
  });

  it("is done without where no folder can be made", async () => {
    await writeFile(place.path("cache"), "");
    expect(await kept()).toEqual([]);
  });

  it("is not kept where Node is told so", async () => {
    expect(await kept(folder, { NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual([]);
  });
});
