import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one core is left idle, and most tests wait for a server or for the command line.
    maxWorkers: "100%",
    globalSetup: ["test/servers/setup.ts"],
  },
});
