import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState } from "../../src/state/sqlite/open.ts";
import { stateStoreContract, stillClock, type StateUnderTest } from "../contract/state-store.ts";

stateStoreContract("a state in SQLite", async (): Promise<StateUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), "reconcile-test-"));
  const clock = stillClock();
  return {
    open: ({ migration = "example", readonly = false } = {}) =>
      openState({ path: join(folder, "state.db"), migration, clock, readonly }),
    clock,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});
