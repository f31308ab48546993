/** Any octets that go in come out, and what stands on the disk is what each format says. */
import { Buffer } from "node:buffer";
import { promises as fs } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { encode } from "../../src/endpoint/archive/mbox/encode.ts";
import { envelope } from "../../src/endpoint/archive/mbox/envelope.ts";
import { contentOf } from "../../src/endpoint/archive/mbox/read.ts";
import { scan, type Scanned } from "../../src/endpoint/archive/mbox/scan.ts";
import type { NewItem, Place } from "../../src/model/item.ts";
import { awkward, feedOf, fold, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { createBench, type Format } from "./archive.ts";

const options = { signal: new AbortController().signal };
const date = Date.UTC(2019, 4, 17, 8, 30, 15);

const exact: Readonly<Record<string, Format>> = {
  maildir: { format: "maildir" },
  mboxrd: { format: "mbox", dialect: "mboxrd" },
  mboxcl2: { format: "mbox", dialect: "mboxcl2" },
  eml: { format: "eml" },
};

const itemOf = (place: Place, key: string, body: Buffer, more: Partial<NewItem> = {}): NewItem => ({
  key,
  place: place.id,
  date,
  marks: [],
  size: body.length,
  body,
  ...more,
});

async function everything(store: ItemStore, path: readonly string[]) {
  const look = await store.look(options);
  const ids = [...fold(new Map(), await pagesOf(store, feedOf(look, path), options)).keys()];
  return readAll(store, placeOf(look, path).id, ids, options);
}

/** Pieces that formats give a meaning to, and anything else. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "From ",
    ">From ",
    ">>From ",
    "From a@b.c Mon Jan  1 00:00:00 2024\n",
    "\0",
  ),
  fc.constantFrom(
    "Status: RO\n",
    "X-Status: A\n",
    "X-Keywords: a b\n",
    "Content-Length: 2\n",
    "X-Mbox-Delivery: 3\n",
    "Subject: x\r\n",
  ),
  fc.uint8Array({ maxLength: 12 }).map((octets) => Buffer.from(octets).toString("latin1")),
);
const bodies = fc.array(
  fc.array(piece, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
  {
    minLength: 1,
    maxLength: 5,
  },
);

describe.each(Object.entries(exact))("%s", (_, format) => {
  it("gives back any octets, however they are cut, also after a rewrite", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 1, max: 5 }), async (all, step) => {
        const bench = await createBench(format);
        const store = await bench.store();
        const place = await store.place.create({ path: ["INBOX"] }, options);
        const items = all.map((body, index) => {
          const cut = index % 2 === 0 ? body : Readable.from([...slices(body, step)]);
          return itemOf(place, `${index}`, body, { body: cut, marks: index % 3 === 0 ? ["\\Seen"] : [] });
        });
        await receipts(store, items, options);
        const want = all.map((body) => body.toString("latin1")).toSorted();
        const first = await everything(store, ["INBOX"]);
        expect(first.map((each) => each.body.toString("latin1")).toSorted()).toEqual(want);
        const marks = store.edit?.acts.has("mark") === true ? first.slice(0, 2) : [];
        await store.edit?.run(
          marks.map(({ id }) => ({ key: id, place: place.id, id, act: "mark", add: ["kept"], remove: [] })),
          options,
        );
        const again = await everything(await bench.store(), ["INBOX"]);
        expect(again.map((each) => each.body.toString("latin1")).toSorted()).toEqual(want);
        expect(again.map((each) => each.id).toSorted()).toEqual(first.map((each) => each.id).toSorted());
        await bench.remove();
      }),
      { numRuns: 15 },
    );
  });
});

describe.each(["mboxrd", "mboxcl2"] as const)("the lines of %s", (dialect) => {
  it("say where each message begins and ends, and hold its octets", async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), "lines-"));
    const file = join(folder, "mbox");
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 1, max: 9 }), async (all, step) => {
        const parts: Buffer[] = [];
        for (const [number, body] of all.entries()) {
          const group = { marks: [], tag: "0123456789ab", number };
          parts.push(envelope(number * 1000));
          for await (const chunk of encode(Readable.from(slices(body, step)), body.length, dialect, group, () => {}))
            parts.push(chunk);
        }
        await fs.writeFile(file, Buffer.concat(parts));
        const handle = await fs.open(file);
        const found: Scanned[] = [];
        await scan(handle, 0, (await handle.stat()).size, dialect, (message) => found.push(message));
        expect(found.map((each) => [each.date, each.group?.number])).toEqual(all.map((_, at) => [at * 1000, at]));
        for (const [at, message] of found.entries()) {
          const back: Buffer[] = [];
          for await (const chunk of contentOf(handle, message, dialect)) back.push(chunk);
          expect(Buffer.concat(back).toString("latin1")).toBe(all[at]?.toString("latin1"));
        }
        await handle.close();
      }),
      { numRuns: 400 },
    );
    await fs.rm(folder, { recursive: true });
  });
});

function* slices(body: Buffer, step: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += step) yield body.subarray(at, at + step);
}

const writeTo = async (format: Format, body: string, marks: readonly string[]) => {
  const bench = await createBench(format);
  const store = await bench.store();
  const place = await store.place.create({ path: ["INBOX"] }, options);
  await receipts(store, [itemOf(place, "k", Buffer.from(body, "latin1"), { marks })], options);
  return bench;
};

describe("on the disk", () => {
  const tag = "[0-9a-f]{12} [0-9]+";

  it.each([
    ["mboxrd", "Subject: a\n\nFrom x\n>From y\nz", "Subject: a\nGROUP\n\n>From x\n>>From y\nz\n\n", 28],
    ["mboxo", "Subject: a\n\nFrom x\n>From y\nz\n", "Subject: a\nGROUP\n\n>From x\n>From y\nz\n\n", 29],
    ["mboxcl2", "Subject: a\n\nFrom x\n>From y\nz", "Subject: a\nGROUP\n\nFrom x\n>From y\nz\n\n", 28],
    ["mboxrd", "Subject: only", "Subject: only\nGROUP\n\n", 13],
    ["mboxrd", "Subject: a\r\n\r\nb\r\n", "Subject: a\r\nGROUP\r\n\r\nb\r\n\n", 17],
  ] as const)("%s stands as it should: %j", async (dialect, body, expected, octets) => {
    const bench = await writeTo({ format: "mbox", dialect }, body, ["\\Seen", "\\Flagged", "work"]);
    const text = await fs.readFile(join(bench.mailbox, "INBOX"), "latin1");
    const end = body.includes("\r\n") ? "\r\n" : "\n";
    const length = dialect === "mboxcl2" ? ["Content-Length: 16"] : [];
    const lines = ["Status: RO", "X-Status: F", "X-Keywords: work", ...length, `X-Mbox-Delivery: ${octets} TAG`];
    const group = lines.map((line) => line + end).join("");
    const masked = text.replace(new RegExp(`(X-Mbox-Delivery: \\d+) ${tag}`, "g"), "$1 TAG");
    expect(masked).toBe(`From MAILER-DAEMON Fri May 17 08:30:15 2019\n${expected.replace(/GROUP\r?\n/, group)}`);
    expect(
      (await fs.readdir(bench.mailbox)).filter((name) => name.includes("append") || name.endsWith(".lock")),
    ).toEqual([]);
    await bench.remove();
  });

  it.each(Object.entries(awkward))("maildir and eml keep a file of %s as it is", async (_, body) => {
    for (const format of ["maildir", "eml"] as const) {
      const bench = await writeTo({ format }, body.toString("latin1"), ["\\Seen"]);
      const folder = join(bench.mailbox, format === "maildir" ? "cur" : "INBOX");
      const file = (await fs.readdir(folder)).find((name) => !name.startsWith(".")) ?? "";
      expect((await fs.readFile(join(folder, file))).equals(body)).toBe(true);
      expect((await fs.stat(join(folder, file))).mtimeMs).toBe(date);
      expect(file).toMatch(format === "maildir" ? new RegExp(`,S=${body.length}:2,S$`) : /^20190517T083015Z-.*\.eml$/);
      await bench.remove();
    }
  });

  it("mboxo counts what it cannot bring back", async () => {
    const bench = await writeTo({ format: "mbox", dialect: "mboxo" }, "Subject: a\n\n>From y\n", []);
    const found = bench.events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(found).toMatchObject([{ code: "archive.quoting", detail: { messages: 1 } }]);
    const [back] = await everything(await bench.store(), ["INBOX"]);
    expect(back?.body.toString()).toBe("Subject: a\n\nFrom y\n");
    await bench.remove();
  });

  it("keeps dates before 1970, and fractions where the format has them", async () => {
    for (const [format, at, want] of [
      [{ format: "maildir" }, -86_400_123, -86_400_123],
      [{ format: "eml" }, 1_234_567, 1_234_567],
      [{ format: "mbox" }, -86_400_123, -86_401_000],
    ] as const) {
      const bench = await createBench(format);
      const store = await bench.store();
      const place = await store.place.create({ path: ["INBOX"] }, options);
      await receipts(store, [itemOf(place, "k", Buffer.from("Subject: old\n\n"), { date: at })], options);
      expect((await everything(store, ["INBOX"])).map((each) => each.date)).toEqual([want]);
      await bench.remove();
    }
  });
});
