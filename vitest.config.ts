import { existsSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/order.ts";

/**
 * Where there is room for it, temporary files are in memory: most of what a test of states and archives waits for is the disk's fsync,
 * which only a loss of power would tell from none. What is killed, cut off or told that there is no space finds the same.
 */
const memory = "/dev/shm";
const inMemory = (): boolean => {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= 4 * 1024 ** 3;
};

/** Compiled code, for the many processes that begin the same way: Vitest's own, which inherit this, and those that tests start. */
const compiled = join(import.meta.dirname, "node_modules/.cache/node");
process.env["NODE_COMPILE_CACHE"] ??= compiled;

const units = "test/unit/**/*.test.ts";

export default defineConfig({
  test: {
    // Only what hangs ends by it: machines differ, and are busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // By default one core is left idle, and most tests wait for a server or for the command line.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // The command line keeps compiled code; for hundreds of starts here, and beside nobody's own.
    env: {
      XDG_CACHE_HOME: join(import.meta.dirname, "node_modules/.cache"),
      ...(inMemory() ? { TMPDIR: memory } : {}),
    },
    // Nothing here keeps anything in modules: a process for each of the files would begin a hundred and sixty times, a second of a core each.
    isolate: false,
    projects: [
      { extends: true, test: { name: "unit", include: [units] } },
      {
        extends: true,
        test: {
          name: "real",
          include: ["test/**/*.test.ts"],
          exclude: [units],
          globalSetup: ["test/servers/setup.ts"],
        },
      },
    ],
  },
});
