import { describe, expect, it } from "vitest";
import type { Line } from "../../../../src/endpoint/imap/connect.ts";
import type { Lane } from "../../../../src/endpoint/imap/lane.ts";
import { createLanes } from "../../../../src/endpoint/imap/lanes.ts";
import type { Selected } from "../../../../src/endpoint/imap/select.ts";

/** A connection that only notes what it is asked for. */
function laneCalled(name: string, notes: string[]): Lane {
  return {
    outside: async (work) => (notes.push(name), work({} as Line)),
    beside: async (place, work) => (notes.push(`${name} ${place}`), work({} as Line)),
    inside: async (place, _, work) => (notes.push(`${name} ${place}`), work({} as Line, {} as Selected)),
    ahead: async (place, _, work) => (
      notes.push(`${name} ${place}`),
      work({} as Line, Promise.resolve({} as Selected))
    ),
    close: async () => void notes.push(`${name} closed`),
  };
}

/** Work that goes on until it is told to end. */
function pending(): { readonly work: () => Promise<void>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setting(most: number, more: (number: number) => boolean = () => true) {
  const notes: string[] = [];
  let opened = 1;
  const lanes = createLanes(laneCalled("one", notes), most, async () => {
    opened += 1;
    return more(opened) ? laneCalled(["one", "two", "three"][opened - 1] ?? "more", notes) : undefined;
  });
  return { lanes, notes, opened: () => opened };
}

describe("several connections", () => {
  it("open another only while the others are busy, and no more than allowed", async () => {
    const { lanes, notes, opened } = setting(2);
    await lanes.inside("A", {}, async () => undefined);
    await lanes.inside("B", {}, async () => undefined);
    expect(opened()).toBe(1);
    const [first, second] = [pending(), pending()];
    const under = [lanes.inside("A", {}, first.work), lanes.inside("B", {}, second.work)];
    await settle();
    const third = lanes.inside("C", {}, async () => undefined);
    await settle();
    expect(opened()).toBe(2);
    expect(notes.slice(2)).toEqual(["one A", "two B", "one C"]);
    first.end();
    second.end();
    await Promise.all([...under, third]);
  });

  it("keep what is under way in one place on one of them", async () => {
    const { lanes, notes } = setting(3);
    const [a, b] = [pending(), pending()];
    const under = [
      lanes.inside("A", {}, a.work),
      lanes.beside("B", b.work),
      lanes.beside("A", async () => undefined),
      lanes.beside("B", async () => undefined),
    ];
    await settle();
    expect(notes.toSorted()).toEqual(["one A", "one A", "two B", "two B"]);
    a.end();
    b.end();
    await Promise.all(under);
  });

  it("go back to where a place was open last", async () => {
    const { lanes, notes } = setting(2);
    const a = pending();
    const under = lanes.inside("A", {}, a.work);
    await lanes.inside("B", {}, async () => undefined);
    a.end();
    await under;
    await lanes.inside("B", {}, async () => undefined);
    await lanes.inside("A", {}, async () => undefined);
    expect(notes).toEqual(["one A", "two B", "two B", "one A"]);
  });

  it("do with what there is where none more is to be had, and ask once", async () => {
    const { lanes, notes, opened } = setting(3, () => false);
    const a = pending();
    const under = lanes.inside("A", {}, a.work);
    await lanes.inside("B", {}, async () => undefined);
    await lanes.inside("C", {}, async () => undefined);
    expect(notes).toEqual(["one A", "one B", "one C"]);
    expect(opened()).toBe(2);
    a.end();
    await under;
    await lanes.close();
    expect(notes.at(-1)).toBe("one closed");
  });

  it("are all closed", async () => {
    const { lanes, notes } = setting(2);
    const a = pending();
    const under = lanes.inside("A", {}, a.work);
    await lanes.inside("B", {}, async () => undefined);
    a.end();
    await under;
    await lanes.close();
    expect(notes.slice(2).toSorted()).toEqual(["one closed", "two closed"]);
  });
});
