import { readdirSync, readlinkSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createComparison } from "../../../../src/verify/proof/compare.ts";
import type { Fate, Kept } from "../../../../src/verify/proof/pairs.ts";
import { createSorter } from "../../../../src/verify/proof/sorter.ts";
import { sha, side } from "./made.ts";

const kept = (id: string, more: Parameters<typeof side>[1] = {}): Kept => ({ side: side(id, more) });

async function compare(was: readonly Kept[], now: readonly Kept[], limit?: number): Promise<readonly Fate[]> {
  const comparison = createComparison(limit);
  try {
    for (const each of was) await comparison.was(each);
    for (const each of now) await comparison.now(each);
    const fates: Fate[] = [];
    for await (const fate of comparison.fates()) fates.push(fate);
    return fates;
  } finally {
    await comparison.close();
  }
}

const told = (fates: readonly Fate[]) =>
  fates.map((fate) => (fate.is === "changed" ? `changed ${fate.what.join()}` : fate.is)).toSorted();

const contents = (all: readonly Kept[]) => all.map(({ side: { header, body } }) => `${header} ${body}`);

describe("a destination held against a proof", () => {
  it("is the same where it is", async () => {
    expect(told(await compare([kept("a"), kept("b")], [kept("b"), kept("a")]))).toEqual(["same", "same"]);
  });

  it("counts equal messages one by one", async () => {
    expect(told(await compare([kept("a"), kept("a"), kept("a")], [kept("a"), kept("a")]))).toEqual([
      "missing",
      "same",
      "same",
    ]);
    expect(told(await compare([kept("a")], [kept("a"), kept("a")]))).toEqual(["extra", "same"]);
  });

  it("tells a message that was moved from one that is gone", async () => {
    expect(told(await compare([kept("a")], [kept("a", { folder: "Work" })]))).toEqual(["moved"]);
    const twice = [kept("a"), kept("a", { folder: "Work" })];
    expect(told(await compare(twice, [kept("a", { folder: "Work" })]))).toEqual(["missing", "same"]);
  });

  it("tells what of a message was changed, be it what its fingerprint is made of", async () => {
    expect(told(await compare([kept("a")], [kept("a", { body: sha("other") })]))).toEqual(["changed body"]);
    expect(told(await compare([kept("a")], [kept("a", { header: sha("other") })]))).toEqual(["changed header"]);
    const subject = kept("a", { header: sha("other"), fingerprint: sha("other").slice(0, 32) });
    expect(told(await compare([kept("a")], [subject]))).toEqual(["changed header"]);
    expect(told(await compare([kept("a")], [kept("b")]))).toEqual(["extra", "missing"]);
  });

  it("keeps the whole of two equal ones beside a changed one", async () => {
    const changed = kept("a", { body: sha("other") });
    expect(told(await compare([kept("a"), kept("a")], [changed, kept("a")]))).toEqual(["changed body", "same"]);
  });

  it("does not take what it could not read for the same, nor for gone", async () => {
    const { header: _, body: __, ...silent } = side("a");
    expect(told(await compare([kept("a")], [{ side: silent }]))).toEqual(["unread"]);
    expect(told(await compare([{ side: silent }], [kept("a")]))).toEqual(["unread"]);
    const { fingerprint: ___, ...mute } = silent;
    expect(told(await compare([kept("a")], [{ side: mute }]))).toEqual(["unread"]);
  });

  it("accounts for every message once, however little it may hold in memory", async () => {
    const message = fc.record({
      id: fc.constantFrom("a", "b", "c", "d"),
      folder: fc.constantFrom("INBOX", "W\u2028"),
      body: fc.constantFrom("x", "y"),
    });
    const some = fc
      .array(message, { maxLength: 30 })
      .map((all) => all.map(({ id, folder, body }) => kept(id, { folder, body: sha(body) })));
    await fc.assert(
      fc.asyncProperty(some, some, fc.integer({ min: 1, max: 5000 }), async (was, now, limit) => {
        const fates = await compare(was, now, limit);
        const seen = <K extends "was" | "now">(key: K) =>
          fates.flatMap((fate) => (key in fate ? [JSON.stringify((fate as Record<K, Kept>)[key])] : []));
        expect(seen("was").toSorted()).toEqual(was.map((each) => JSON.stringify(each)).toSorted());
        expect(seen("now").toSorted()).toEqual(now.map((each) => JSON.stringify(each)).toSorted());
        // As many are unchanged as two multisets of content have in common.
        const left = contents(now);
        const common = contents(was).filter(
          (each) => left.includes(each) && left.splice(left.indexOf(each), 1).length > 0,
        );
        expect(fates.filter(({ is }) => is === "same" || is === "moved")).toHaveLength(common.length);
      }),
      { numRuns: 100 },
    );
  });
});

const sortedBy = async (limit: number, texts: readonly string[]): Promise<readonly string[]> => {
  const sorter = createSorter(limit);
  try {
    for (const text of texts) await sorter.add(text);
    const sorted: string[] = [];
    for await (const text of sorter.sorted()) sorted.push(text);
    return sorted;
  } finally {
    await sorter.close();
  }
};
const inOrder = (texts: readonly string[]) => texts.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));

/** Files without a name that this process holds open. */
const nameless = (): number =>
  readdirSync("/proc/self/fd").filter((fd) => /\/reconcile-\S+ \(deleted\)$/.test(targetOf(fd))).length;

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

describe("the sorter", () => {
  const text = fc.string({ unit: "binary" }).map((any) => JSON.stringify(any).replace(/[\u2028\u2029\r\n]/g, ""));

  it("sorts any texts, with as little memory as it is let", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 80 }), fc.integer({ min: 1, max: 200 }), async (texts, limit) => {
        expect(await sortedBy(limit, texts)).toEqual(inOrder(texts));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps few files open, however much it sorts, and leaves none", async () => {
    const texts = Array.from({ length: 1100 }, (_, at) => `${(at * 7919) % 1100}`);
    const sorter = createSorter(1);
    for (const each of texts) await sorter.add(each);
    expect(nameless()).toBeGreaterThan(0);
    expect(nameless()).toBeLessThan(64);
    await sorter.close();
    expect(nameless()).toBe(0);
    expect(await sortedBy(1, texts)).toEqual(inOrder(texts));
  });
});
