import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one core is left idle, and most tests wait for a server or for the command line.
    maxWorkers: "100%",
    // The command line keeps compiled code; for hundreds of starts here, and beside nobody's own.
    env: { XDG_CACHE_HOME: join(import.meta.dirname, "node_modules/.cache") },
    globalSetup: ["test/servers/setup.ts"],
  },
});
