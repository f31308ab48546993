import { describe, expect, it } from "vitest";
import { createAgain } from "../../../src/content/patience.ts";
import { Fault, interrupted, type Retry } from "../../../src/model/fault.ts";

const fault = (retry: Retry): Fault =>
  new Fault({ code: "line.broken", message: "The line broke", spoils: "item", retry });

/** Fails so many times. */
const failing = (times: number, retry: Retry = { afterMs: 0 }) => {
  const seen: boolean[] = [];
  const work = async (last: boolean): Promise<string> => {
    seen.push(last);
    if (seen.length <= times) throw fault(retry);
    return "done";
  };
  return { seen, work };
};

/** Waits take no time, and are told. */
function setUp(tries?: number) {
  const waits: number[] = [];
  const stop = new AbortController();
  const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) throw interrupted();
    waits.push(ms);
  };
  const again = createAgain({ clock: { now: () => 0, wait }, signal: stop.signal, emit: () => undefined }, tries);
  return { again, waits, stop };
}

describe("what is tried again", () => {
  it("ends well once it does, after longer and longer waits", async () => {
    const { again, waits } = setUp();
    await expect(again("INBOX", failing(3).work)).resolves.toBe("done");
    expect(waits).toEqual([2000, 4000, 8000]);
  });

  it("waits as long as it is told to, where that is longer", async () => {
    const { again, waits } = setUp();
    await again("INBOX", failing(1, { afterMs: 60_000 }).work);
    expect(waits).toEqual([60_000]);
  });

  it("knows its last try, and then gives up with the fault", async () => {
    const { again, waits } = setUp(3);
    const { seen, work } = failing(9);
    await expect(again("INBOX", work)).rejects.toMatchObject({ code: "line.broken" });
    expect(seen).toEqual([false, false, true]);
    expect(waits).toHaveLength(2);
  });

  it.each<Retry>(["never", "later", { afterMs: 3_600_000 }])("is not what no wait helps against: %j", async (retry) => {
    const { again, waits } = setUp();
    await expect(again("INBOX", failing(1, retry).work)).rejects.toMatchObject({ code: "line.broken" });
    expect(waits).toEqual([]);
  });

  it("is not what is no fault, nor anything once the run is to end", async () => {
    const { again, stop } = setUp();
    await expect(again("INBOX", () => Promise.reject(new TypeError("bug")))).rejects.toThrow(TypeError);
    stop.abort();
    const { seen, work } = failing(1);
    await expect(again("INBOX", work)).rejects.toMatchObject({ code: "line.broken" });
    expect(seen).toHaveLength(1);
  });
});
