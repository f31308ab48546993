import { afterEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint, Handler, Outcome } from "../../../src/contract/endpoint.ts";
import type { Options } from "../../../src/contract/options.ts";
import type { StateStore } from "../../../src/contract/state-store.ts";
import type { DirectoryKind } from "../../../src/model/address.ts";
import { Fault, interrupted } from "../../../src/model/fault.ts";
import type { FieldChange, Resource } from "../../../src/model/resource.ts";
import { applied, type Applied, creation, heldBy, memoryEndpoint, testClock, want } from "./world.ts";

const open: StateStore[] = [];
afterEach(async () => {
  for (const state of open.splice(0)) await state.close();
});

async function apply(...args: Parameters<typeof applied>): Promise<Applied> {
  const result = await applied(...args);
  open.push(result.state);
  return result;
}

type Write = (changes: readonly DirectoryChange[], options: Options) => Promise<readonly Outcome[]>;

/** The same endpoint with another way of writing one kind: a line that breaks, a directory that refuses. */
function writingBy(endpoint: Endpoint, kind: DirectoryKind, by: (write: Write) => Write): Endpoint {
  const handler = endpoint.directory[kind] as Handler<DirectoryKind>;
  const write = by((changes, options) => (handler.write as Write).call(handler, changes, options));
  const other = {
    fields: handler.fields,
    assess: handler.assess.bind(handler),
    read: handler.read.bind(handler),
    write,
  };
  return { ...endpoint, directory: { ...endpoint.directory, [kind]: other } };
}

const ana = creation(want("account", "ana@example.com", { displayName: "Ana" }));
const bo = creation(want("account", "bo@example.com"));
const sales = creation(want("list", "sales@example.com", { members: ["ana@example.com"] }), ana.id);

describe("apply", () => {
  it("writes the ready steps of a kind as one batch, and what needs them after", async () => {
    const batches: number[] = [];
    const endpoint = writingBy(memoryEndpoint("new"), "account", (write) => (changes, options) => {
      batches.push(changes.length);
      return write(changes, options);
    });
    const result = await apply([ana, sales, bo], { new: endpoint });
    expect(result.told).toEqual([
      "account/ana@example.com done",
      "account/bo@example.com done",
      "list/sales@example.com done",
    ]);
    expect(batches).toEqual([2]);
    expect(await heldBy(endpoint, "list")).toEqual(["sales@example.com"]);
  });

  it("records every step under its run", async () => {
    const { state, run } = await apply([ana, sales], { new: memoryEndpoint("new") });
    const steps = await state.runs.steps(run);
    expect(steps.map(({ address, state }) => `${address} ${state}`).toSorted()).toEqual([
      "account/ana@example.com done",
      "list/sales@example.com done",
    ]);
  });

  it("lets a failed step spoil only what needs it", async () => {
    const endpoint = memoryEndpoint("new", [
      { kind: "account", name: "ana@example.com", fields: { displayName: "Other" } },
    ]);
    const result = await apply([ana, bo, sales], { new: endpoint });
    expect(result.told.toSorted()).toEqual([
      "account/ana@example.com failed",
      "account/bo@example.com done",
      "list/sales@example.com skipped",
    ]);
    const failed = result.outcomes.find(({ state }) => state === "failed");
    expect(failed?.fault?.code).toBe("step.conflict");
    expect(result.outcomes.find(({ state }) => state === "skipped")?.because).toContain("account/ana@example.com");
    expect(await heldBy(endpoint, "list")).toEqual([]);
  });

  it("reads back before it tries again: a write that was made and not answered is not made twice", async () => {
    let writes = 0;
    const endpoint = writingBy(memoryEndpoint("new"), "account", (write) => async (changes, options) => {
      writes += 1;
      await write(changes, options);
      throw new Fault({ code: "line.cut", message: "cut", spoils: "item", retry: { afterMs: 10 } });
    });
    const result = await apply([ana, bo], { new: endpoint });
    expect(result.outcomes.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(writes).toBe(1);
  });

  it("tries a write that was lost again, a bounded number of times and with growing waits", async () => {
    const clock = testClock();
    let writes = 0;
    const endpoint = writingBy(memoryEndpoint("new"), "account", (write) => async (changes, options) => {
      writes += 1;
      if (writes < 3) throw new Fault({ code: "line.cut", message: "cut", spoils: "item", retry: { afterMs: 10 } });
      return write(changes, options);
    });
    const result = await apply([ana], { new: endpoint }, { clock });
    expect(result.told).toEqual(["account/ana@example.com done"]);
    expect(clock.waited).toEqual([1000, 2000]);
  });

  it("gives up in the end, with the fault", async () => {
    const endpoint = writingBy(memoryEndpoint("new"), "account", () => async () => {
      throw new Fault({ code: "line.cut", message: "cut", spoils: "item", retry: { afterMs: 10 } });
    });
    const result = await apply([ana, sales], { new: endpoint });
    expect(result.told).toEqual(["account/ana@example.com failed", "list/sales@example.com skipped"]);
    expect(result.outcomes[0]?.fault).toMatchObject({ code: "line.cut", about: "account/ana@example.com" });
  });

  it("skips what touches an endpoint that is spoilt, and goes on elsewhere", async () => {
    const elsewhere = { ...bo, at: ["other"] };
    const other = memoryEndpoint("other");
    const down = new Fault({ code: "endpoint.down", message: "no answer", about: "new", spoils: "endpoint" });
    const result = await apply(
      [ana, creation(want("alias", "a@example.com", { target: "x@example.org" })), elsewhere],
      { new: down, other },
    );
    expect(result.told.toSorted()).toEqual([
      "account/ana@example.com failed",
      "account/bo@example.com done",
      "alias/a@example.com skipped",
    ]);
    expect(result.stopped).toBeUndefined();
  });

  it("stops at a fault that spoils the run", async () => {
    const endpoint = writingBy(memoryEndpoint("new"), "account", () => async () => {
      throw new Fault({ code: "all.over", message: "over", spoils: "run" });
    });
    const result = await apply([ana, creation(want("alias", "a@example.com", { target: "x@example.org" }))], {
      new: endpoint,
    });
    expect(result.told).toEqual(["account/ana@example.com failed", "alias/a@example.com skipped"]);
    expect(result.stopped?.code).toBe("all.over");
  });

  it("lets the batch under way end when it is asked to stop, and begins none after it", async () => {
    const soft = new AbortController();
    const endpoint = writingBy(memoryEndpoint("new"), "account", (write) => (changes, options) => {
      soft.abort(interrupted());
      return write(changes, options);
    });
    const stops = { soft: soft.signal, hard: new AbortController().signal };
    const result = await apply([ana, bo, sales], { new: endpoint }, { stops });
    expect(result.told.toSorted()).toEqual([
      "account/ana@example.com done",
      "account/bo@example.com done",
      "list/sales@example.com skipped",
    ]);
    expect(result.stopped?.code).toBe("run.interrupted");
    expect(await heldBy(endpoint, "account")).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("writes a password from its reference, and no trace of it anywhere else", async () => {
    const wanted = { ...want("account", "ana@example.com"), password: { from: "secret" as const, issue: 2 } };
    const resource = { ...wanted, password: { from: "secret", ref: { env: "ANA" }, issue: 2 } } as Resource;
    const written: DirectoryChange[] = [];
    const endpoint = writingBy(memoryEndpoint("new"), "account", (write) => (changes, options) => {
      written.push(...changes);
      return write(changes, options);
    });
    const result = await apply(
      [creation(wanted)],
      { new: endpoint },
      {
        resources: new Map([[wanted.address, resource]]),
        secret: async (ref) => `value of ${"env" in ref ? ref.env : ""}`,
      },
    );
    expect(written).toMatchObject([
      { act: "create", password: { from: "secret", value: "value of ANA", mustChange: false } },
    ]);
    expect(JSON.stringify([result.outcomes, result.events, await result.state.runs.steps(result.run)])).not.toContain(
      "value of ANA",
    );
    expect(await result.state.ledger.all()).toMatchObject([{ address: "account/ana@example.com", passwordIssue: 2 }]);
  });

  it("writes a password again where the plan says so, and otherwise leaves it alone", async () => {
    const held = { kind: "account", name: "ana@example.com", fields: {} } as const;
    const wanted = {
      ...want("account", "ana@example.com", { displayName: "Ana" }),
      password: { from: "secret" as const, issue: 3 },
    };
    const resource = { ...wanted, password: { from: "secret", ref: { env: "ANA" }, issue: 3 } } as Resource;
    const written: DirectoryChange[] = [];
    const endpoint = writingBy(memoryEndpoint("new", [held]), "account", (write) => (changes, options) => {
      written.push(...changes);
      return write(changes, options);
    });
    const update = (id: string, fields: readonly FieldChange[]) => ({
      ...ana,
      id,
      change: { act: "update" as const, want: wanted, was: held, fields },
      precondition: { none: true as const },
    });
    const again = { ...update("again", [{ field: "password", from: 2, to: 3 }]), after: ["name"] };
    const steps = [update("name", [{ field: "displayName", to: "Ana" }]), again];
    const { told, state } = await apply(
      steps,
      { new: endpoint },
      { resources: new Map([[wanted.address, resource]]), secret: async () => "value" },
    );
    expect(told).toEqual(["account/ana@example.com done", "account/ana@example.com done"]);
    expect(written.map((change) => "password" in change)).toEqual([false, true]);
    expect(await state.ledger.all()).toMatchObject([{ passwordIssue: 3 }]);
  });

  it("fails a step alone whose generated password has nowhere to go", async () => {
    const wanted = { ...want("account", "ana@example.com"), password: { from: "generate" as const } };
    const endpoint = memoryEndpoint("new");
    const result = await apply([creation(wanted), bo], { new: endpoint });
    expect(result.told.toSorted()).toEqual(["account/ana@example.com failed", "account/bo@example.com done"]);
    expect(await heldBy(endpoint, "account")).toEqual(["bo@example.com"]);
  });

  it("waits at a gate until its time has come, and leaves to a person what only a person can do", async () => {
    const clock = testClock();
    const gate = (id: string, time: number) => ({
      ...bo,
      id,
      address: `account/${id}@example.com` as const,
      change: { act: "gate" as const, until: { time: new Date(time).toISOString() } },
    });
    const manual = { ...bo, id: "m", change: { act: "manual" as const, instructions: ["buy a licence"], expect: [] } };
    const result = await apply(
      [gate("past", clock.now()), gate("future", clock.now() + 1), manual],
      { new: memoryEndpoint("new") },
      { clock },
    );
    expect(result.outcomes.map(({ step, state }) => `${step.id} ${state}`)).toEqual([
      "past done",
      "future skipped",
      "m skipped",
    ]);
    expect(result.outcomes[2]?.because).toContain("buy a licence");
  });

  it("remembers protection, and forgets what was deleted", async () => {
    const held = { kind: "account", name: "bo@example.com", fields: {} } as const;
    const removal = {
      ...bo,
      id: "-",
      change: { act: "delete" as const, was: held },
      precondition: { none: true as const },
    };
    const protect = {
      ...ana,
      id: "p",
      after: [ana.id],
      change: { act: "record" as const, set: { protect: true } },
      precondition: { none: true as const },
    };
    const result = await apply([ana, protect, removal], { new: memoryEndpoint("new", [held]) });
    expect(result.told.toSorted()).toEqual([
      "account/ana@example.com done",
      "account/ana@example.com done",
      "account/bo@example.com done",
    ]);
    expect((await result.state.ledger.all()).map(({ address, protect }) => [address, protect])).toEqual([
      ["account/ana@example.com", true],
    ]);
  });
});
