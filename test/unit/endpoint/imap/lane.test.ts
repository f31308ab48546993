import { describe, expect, it } from "vitest";
import type { Line } from "../../../../src/endpoint/imap/connect.ts";
import { createLane } from "../../../../src/endpoint/imap/lane.ts";

/** A lane over a line that notes what it is sent; `calm` lets it speak. */
function setting() {
  const sent: string[] = [];
  const kept: Line[] = [];
  let released = 0;
  const run = async (command: readonly unknown[]) => {
    sent.push(command.join(""));
    return { tag: "r1", name: "OK" };
  };
  const line = {
    abilities: { unselect: true, utf8: false, condstore: false },
    enabled: {},
    wire: { closed: false, idle: true, run, destroy: () => undefined },
  } as unknown as Line;
  const { promise, resolve: calm } = Promise.withResolvers<void>();
  const lane = createLane({
    first: line,
    open: async () => line,
    wireName: (place) => place,
    calm: () => promise,
    note: () => undefined,
    selected: () => undefined,
    keep: (one) => kept.push(one) > 0,
    release: () => void (released += 1),
  });
  return { lane, line, sent, kept, calm, released: () => released };
}

describe("a lane that was closed", () => {
  it("sends nothing on a line that others may have by now", async () => {
    const { lane, line, sent, kept, calm } = setting();
    const late = Promise.allSettled([lane.inside("INBOX", { writing: true }, async () => "done")]);
    await lane.close();
    expect(kept).toEqual([line]);
    calm();
    expect(await late).toMatchObject([{ reason: { code: "store.closed" } }]);
    await expect(lane.outside(async () => "done")).rejects.toMatchObject({ code: "store.closed" });
    expect(sent).toEqual([]);
  });

  it("gives its line away once", async () => {
    const { lane, kept, released } = setting();
    await Promise.all([lane.close(), lane.close()]);
    expect(kept).toHaveLength(1);
    expect(released()).toBe(0);
  });
});
