/** Folders of any name, users of any name, links: all comes back as it was, and nothing lands outside the endpoint's path. */
import { Buffer } from "node:buffer";
import { promises as fs } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { open } from "../../src/endpoint/archive/index.ts";
import { Fault } from "../../src/model/fault.ts";
import { feedOf, message, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { contextOf, createBench, type Format, quickClock, user } from "./archive.ts";

const options = { signal: new AbortController().signal };
const formats: Readonly<Record<string, Format>> = {
  maildir: { format: "maildir" },
  mbox: { format: "mbox" },
  eml: { format: "eml" },
};

const tricky = [
  "..", ".", "...", "/", "a/b", "../../etc", "/etc/passwd", "\\", "a\\2eb", "~", "~root", "cur", "new", "tmp", "INBOX", "Inbox",
  "inbox", ".INBOX", "x.sbd", "x.mbox", "x.eml", "x.msf", "a.b", " lead", "trail ", "trail.", "%41", "100%", "&", "&-", "&AC4-", "R&D",
  "\0", "\n", "\u0001", "\u007f", "emoji 😀", "日本語", "é", "con", "a:b", "*?", "-", "_", "~1", "dovecot-keywords", "subscriptions",
  ".reconcile-names", "x".repeat(300), "é".repeat(200), "😀".repeat(120), "a.".repeat(100),
]; // prettier-ignore
const part = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...tricky) },
    fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  )
  .map((text) => text.normalize("NFC"));
const path = fc.array(part, { minLength: 1, maxLength: 3 });

describe.each(Object.entries(formats))("%s", (_, format) => {
  it("gives folders of any name back by that name, each by its own, and stays inside", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { minLength: 1, maxLength: 4, selector: (parts) => JSON.stringify(parts) }),
        async (paths) => {
          const bench = await createBench(format);
          const store = await bench.store();
          for (const [at, each] of paths.entries()) {
            const place = await store.place.create({ path: each }, options);
            expect(place.path).toEqual(each);
            await receipts(
              store,
              [{ key: "k", place: place.id, date: 0, marks: [], size: 9, body: Buffer.from(`body ${at}\n\n\n`) }],
              options,
            );
          }
          const again = await bench.store();
          const look = await again.look(options);
          for (const [at, each] of paths.entries()) {
            const place = placeOf(look, each);
            const ids = (await pagesOf(again, feedOf(look, each), options)).flatMap((page) =>
              page.entries.map((entry) => entry.id),
            );
            const got = await readAll(again, place.id, ids, options);
            expect(got.map((item) => item.body.toString())).toEqual([`body ${at}\n\n\n`]);
          }
          expect(await fs.readdir(bench.path)).toEqual([user]);
          expect(await fs.readdir(join(bench.path, ".."))).toEqual(["path"]);
          await bench.remove();
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each(["", ".", "..", "../x", "a/b", "/etc", "a\\b", "\0", "a\nb", ".hidden", "x".repeat(256)])(
    "has no mailbox called %j",
    async (name) => {
      const bench = await createBench(format);
      const endpoint = await open(
        "archive",
        { type: "archive", path: bench.path, ...format },
        contextOf(quickClock, []),
      );
      await expect(endpoint.items.message?.({ user: name }, { ...options, use: "source" })).rejects.toMatchObject({
        code: "archive.user",
        spoils: "mailbox",
      });
      await bench.remove();
    },
  );

  it("does not follow a mailbox that is a link out", async () => {
    const bench = await createBench(format);
    const elsewhere = await fs.mkdtemp(join(tmpdir(), "elsewhere-"));
    await fs.symlink(elsewhere, bench.mailbox);
    await expect(bench.store()).rejects.toMatchObject({ code: "archive.outside" });
    expect(await fs.readdir(elsewhere)).toEqual([]);
    await fs.rm(elsewhere, { recursive: true });
    await bench.remove();
  });

  it("shows an absent mailbox as without folders, and a path that is not there as a fault", async () => {
    const bench = await createBench(format);
    expect(await (await bench.store()).look(options)).toMatchObject({ places: [], feeds: [] });
    expect(await fs.readdir(bench.path)).toEqual([]);
    await fs.rm(bench.path, { recursive: true });
    await expect(bench.store()).rejects.toMatchObject({ code: "archive.missing", spoils: "endpoint" });
    await bench.remove();
  });

  it("refuses a place id that leads out", async () => {
    const bench = await createBench(format);
    const store = await bench.store();
    await store.place.create({ path: ["INBOX"] }, options);
    for (const id of ["..", "../x", ".././x", "/2e2e", "/2e2e2f", "INBOX/../..", ".Work/../..", "/etc"]) {
      await expect(store.bookmark(id, options)).rejects.toBeInstanceOf(Fault);
      await expect(
        store.write([{ key: "k", place: id, date: 0, marks: [], size: 1, body: Buffer.from("x") }], options),
      ).rejects.toBeInstanceOf(Fault);
    }
    expect(await fs.readdir(bench.path)).toEqual([user]);
    await bench.remove();
  });
});

describe("links", () => {
  it("of a message out of the path are shown, and cannot be read; those inside can", async () => {
    for (const [format, folder, name] of [
      ["maildir", "cur", "1.x.host:2,S"],
      ["eml", "INBOX", "x.eml"],
    ] as const) {
      const bench = await createBench({ format });
      const store = await bench.store();
      await store.place.create({ path: ["INBOX"] }, options);
      const secret = join(tmpdir(), `secret-${process.pid}`);
      await fs.writeFile(secret, "secret");
      await fs.writeFile(join(bench.path, "inside"), message("inside"));
      await fs.symlink(secret, join(bench.mailbox, folder, name));
      await fs.symlink(join(bench.path, "inside"), join(bench.mailbox, folder, `2${name}`));
      const look = await store.look(options);
      const ids = (await pagesOf(store, feedOf(look, ["INBOX"]), options)).flatMap((page) =>
        page.entries.map((entry) => entry.id),
      );
      const seen: string[] = [];
      for await (const each of store.read(placeOf(look, ["INBOX"]).id, ids, options)) {
        seen.push("fault" in each ? each.fault.code : String(each.body));
      }
      expect(seen.toSorted()).toEqual([message("inside").toString(), "archive.outside"].toSorted());
      await fs.rm(secret);
      await bench.remove();
    }
  });

  it("of a folder out of the path spoil that folder alone", async () => {
    for (const [format, name, ...inner] of [
      ["maildir", ".Out", "cur", "new", "tmp"],
      ["eml", "Out"],
      ["mbox", "Out"],
    ] as const) {
      const bench = await createBench({ format });
      const store = await bench.store();
      await store.place.create({ path: ["INBOX"] }, options);
      const elsewhere = await fs.mkdtemp(join(tmpdir(), "elsewhere-"));
      for (const each of inner) await fs.mkdir(join(elsewhere, each));
      const target = format === "mbox" ? join(elsewhere, "file") : elsewhere;
      if (format === "mbox") await fs.writeFile(target, "From x@y Mon Jan  1 00:00:00 2024\nSubject: secret\n\n\n");
      await fs.symlink(target, join(bench.mailbox, name));
      const look = await store.look(options);
      await expect(pagesOf(store, feedOf(look, ["Out"]), options)).rejects.toMatchObject({
        code: "archive.outside",
        spoils: "place",
      });
      expect(await pagesOf(store, feedOf(look, ["INBOX"]), options)).toHaveLength(1);
      const before = JSON.stringify(await fs.readdir(elsewhere, { recursive: true }));
      const item = { key: "k", place: placeOf(look, ["Out"]).id, date: 0, marks: [], size: 1, body: Buffer.from("x") };
      await expect(store.write([item], options)).rejects.toMatchObject({ code: "archive.outside" });
      expect(JSON.stringify(await fs.readdir(elsewhere, { recursive: true }))).toBe(before);
      await fs.rm(elsewhere, { recursive: true });
      await bench.remove();
    }
  });
});
