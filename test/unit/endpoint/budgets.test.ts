import { describe, expect, it } from "vitest";
import { createBudgets } from "../../../src/endpoint/budgets.ts";
import { systemClock } from "../../../src/endpoint/clock.ts";
import { openEndpoint } from "../../../src/endpoint/index.ts";
import type { EndpointSpec } from "../../../src/model/spec.ts";

const imap = (host: string, limits: EndpointSpec["limits"]): EndpointSpec => ({
  type: "imap",
  host,
  ...(limits === undefined ? {} : { limits }),
});

const all = [
  { name: "old", spec: imap("imap.example", { connections: 8, messagesPerSecond: 50 }) },
  { name: "shared", spec: imap("IMAP.example", { connections: 3, bytesPerSecond: "1MB" }) },
  { name: "new", spec: imap("imap.other.example", { connections: 20 }) },
  { name: "files", spec: { type: "archive", path: "/mail", format: "maildir" } },
] as const satisfies readonly { name: string; spec: EndpointSpec }[];

describe("budgets", () => {
  const budgets = createBudgets(all, systemClock);
  const of = (at: 0 | 1 | 2 | 3) => budgets.of(all[at].name, all[at].spec);

  it("are one for a host, whatever its case, by the strictest of its endpoints' limits", () => {
    expect(of(0).budget).toBe(of(1).budget);
    expect(of(0).key).toBe(of(1).key);
    expect(of(0).limits).toEqual({ connections: 3, messagesPerSecond: 50, bytesPerSecond: 1024 * 1024 });
  });

  it("are apart for other hosts, and for what has none", () => {
    expect(of(2).budget).not.toBe(of(0).budget);
    expect(of(2).limits.connections).toBe(20);
    expect(of(3).key).not.toBe(of(2).key);
    expect(of(3).limits).toEqual({ connections: 0, messagesPerSecond: 0, bytesPerSecond: 0 });
  });

  it("hold for an endpoint that nobody announced", () => {
    const stray = createBudgets([], systemClock).of("stray", imap("x.example", { connections: 4 }));
    expect(stray.limits.connections).toBe(4);
  });

  it("tell their rates by the endpoints that keep to them", async () => {
    const { signal } = new AbortController();
    const around = { secret: async () => "", clock: systemClock, signal, emit: () => undefined, budgets };
    const [old, shared, other] = await Promise.all(
      ([0, 1, 2] as const).map((at) => openEndpoint(all[at].name, all[at].spec, around)),
    );
    expect(old).toMatchObject({ rates: { messages: 50, bytes: 1024 * 1024 }, connections: 3 });
    expect([shared?.rates, shared?.shares]).toEqual([old?.rates, old?.shares]);
    expect(other?.rates).toEqual({});
    const held = { messagesPerSecond: 1 };
    const files = await openEndpoint(
      "files",
      { type: "archive", path: import.meta.dirname, format: "maildir", limits: held },
      around,
    );
    expect(files.rates).toBeUndefined();
    await Promise.all([old, shared, other, files].map((each) => each?.close()));
  });
});
