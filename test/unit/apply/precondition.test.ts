import { describe, expect, it } from "vitest";
import { brokenPreconditions } from "../../../src/apply/precondition.ts";
import type { Endpoint } from "../../../src/contract/endpoint.ts";
import type { Step } from "../../../src/model/plan.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { creation, memoryEndpoint, planOf, want } from "./world.ts";

const signal = new AbortController().signal;
const account = (name: string): Observed => ({ kind: "account", name, fields: { displayName: "Ana" } });

async function broken(steps: readonly Step[], endpoint: Endpoint): Promise<readonly string[]> {
  const told = await brokenPreconditions(planOf(steps), { connect: async () => endpoint, signal });
  return told.map(({ why }) => why);
}

async function seen(endpoint: Endpoint, name: string): Promise<Observed> {
  for await (const observed of endpoint.directory.account?.read({}, { signal }) ?? [])
    if (observed.name === name) return observed;
  throw new Error(`no ${name}`);
}

function update(was: Observed, name: string, precondition: Step["precondition"]): Step {
  const wanted = want("account", name, { displayName: "Other" });
  const renamed = name === was.name ? {} : { renamed: name };
  return {
    ...creation(wanted),
    id: `~${name}`,
    change: { act: "update", want: wanted, was, fields: [], ...renamed },
    precondition,
  };
}

const removal = (was: Observed): Step => ({
  ...creation(want("account", was.name)),
  id: `-${was.name}`,
  change: { act: "delete", was },
  precondition: { none: true },
});

describe("the preconditions of a saved plan", () => {
  it("hold where nothing has changed", async () => {
    const endpoint = memoryEndpoint("new", [account("ana@example.com")]);
    const was = await seen(endpoint, "ana@example.com");
    const steps = [
      update(was, was.name, { revision: was.revision ?? "" }),
      creation(want("account", "bo@example.com")),
    ];
    expect(await broken(steps, endpoint)).toEqual([]);
  });

  it("break where something is there by now, is gone, or was changed", async () => {
    const endpoint = memoryEndpoint("new", [account("ana@example.com"), account("bo@example.com")]);
    const steps = [
      creation(want("account", "ana@example.com")),
      update(account("bo@example.com"), "bo@example.com", { revision: "of another day" }),
      update(account("cy@example.com"), "cy@example.com", { none: true }),
      removal(account("dee@example.com")),
    ];
    expect(await broken(steps, endpoint)).toEqual([
      "account/ana@example.com is there by now",
      "account/bo@example.com was changed since",
      "account/cy@example.com is no longer there",
      "account/dee@example.com is no longer there",
    ]);
  });

  it("count on names that the plan itself frees and makes", async () => {
    const endpoint = memoryEndpoint("new", [account("ana@example.com"), account("bo@example.com")]);
    const [ana, bo] = [await seen(endpoint, "ana@example.com"), await seen(endpoint, "bo@example.com")];
    const steps = [
      update(ana, "ann@example.com", { revision: ana.revision ?? "" }),
      creation(want("account", "ana@example.com")),
      removal(bo),
      creation(want("account", "bo@example.com")),
      update(account("ann@example.com"), "ann@example.com", { none: true }),
    ];
    expect(await broken(steps, endpoint)).toEqual([]);
  });
});
