/** A line cut anywhere: whatever the moment, a rerun has every message once, and then nothing to do. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { Ending, Rules, Trap } from "../servers/fault-proxy.ts";
import { without } from "../servers/packages.ts";
import { held } from "./rig.ts";
import { createSetting, expectWhole, fillSource, usersFor } from "./setting.ts";

const runs = Number(process.env["RECONCILE_FAULT_RUNS"] ?? 12);
const seed = Number(process.env["RECONCILE_FAULT_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

interface Cut {
  readonly side: "source" | "destination";
  readonly trap: Trap;
}

const ending = fc.constantFrom<Ending>("rst", "fin");

/** Before the n-th command of some kind, or its answer; or after it passed. */
const byLine = fc
  .record({
    way: fc.constantFrom("up" as const, "down" as const),
    skip: fc.nat({ max: 6 }),
    pass: fc.boolean(),
    ending,
    verb: fc.constantFrom("APPEND", "STATUS", "LIST", "FETCH", "EXAMINE", "SELECT", "CREATE", "LOGOUT", "\\S+"),
  })
  .map(({ verb, way, ...rest }): Trap => {
    const on =
      way === "up"
        ? new RegExp(`^r\\d+ (?:UID )?${verb}`, "im")
        : new RegExp(`^(?:\\* (?:\\d+ )?|r\\d+ OK \\[?)${verb}`, "im");
    return { way, on, ...rest };
  });

/** After so many octets of a connection: in the middle of anything. */
const byOctets = fc
  .record({ way: fc.constantFrom("up" as const, "down" as const), after: fc.integer({ min: 1, max: 12_000 }), ending })
  .map((trap): Trap => trap);

const cuts: fc.Arbitrary<Cut> = fc.record({
  side: fc.constantFrom("source" as const, "destination" as const),
  trap: fc.oneof(byLine, byOctets),
});

describe.skipIf(without("dovecot"))("a line cut at any point", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(8 * runs + 80) });
  });
  afterAll(() => server.stop());

  it(
    `loses nothing and brings nothing twice (seed ${seed}, ${runs} runs)`,
    { timeout: 60_000 + runs * 10_000 },
    async () => {
      console.info(`line cut at any point: seed ${seed}, ${runs} runs`);
      await fc.assert(
        fc.asyncProperty(fc.array(cuts, { minLength: 1, maxLength: 3 }), async (all) => {
          const one = await createSetting({ from: server, to: server });
          await fillSource(one);
          // Fresh objects: what a trap did is counted by it.
          const of = (side: Cut["side"]): Rules => ({
            traps: all.filter((cut) => cut.side === side).map(({ trap }) => ({ ...trap })),
          });
          one.use({ source: of("source"), destination: of("destination") });
          await one.rig.apply();
          one.use();
          const now = (await held(one.destination)).map((line) => line.split(" ", 2).join(" "));
          expect(new Set(now).size).toBe(now.length);
          await one.rig.apply();
          await expectWhole(one);
          await one.close();
        }),
        { numRuns: runs, seed, endOnFailure: true },
      );
    },
  );
});
