import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

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

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one core is left idle, and most tests wait for a server or for the command line.
    maxWorkers: "100%",
    // The command line keeps compiled code; for hundreds of starts here, and beside nobody's own.
    env: {
      XDG_CACHE_HOME: join(import.meta.dirname, "node_modules/.cache"),
      ...(inMemory() ? { TMPDIR: memory } : {}),
    },
    globalSetup: ["test/servers/setup.ts"],
  },
});
