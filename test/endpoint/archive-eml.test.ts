/** Trees of message files as people keep them, and what `check` says of each format. */
import { Buffer } from "node:buffer";
import { existsSync, promises as fs } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckRequest } from "../../src/contract/check.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { open } from "../../src/endpoint/archive/index.ts";
import type { Finding } from "../../src/model/finding.ts";
import { feedOf, fold, message, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { contextOf, createBench, type Format, quickClock } from "./archive.ts";

const options = { signal: new AbortController().signal };

async function all(store: ItemStore, path: readonly string[]) {
  const look = await store.look(options);
  const known = fold(new Map(), await pagesOf(store, feedOf(look, path), options));
  return readAll(store, placeOf(look, path).id, [...known.keys()], options);
}

describe("a tree of message files", () => {
  it("is read whatever its files are called", async () => {
    const bench = await createBench({ format: "eml" });
    const folder = join(bench.mailbox, "Projects", "100% & more");
    await fs.mkdir(folder, { recursive: true });
    const names = [
      "plain.eml",
      "UPPER.EML",
      "with spaces – and dash.eml",
      "a:b?.eml",
      "'quote\".eml",
      ".eml.eml",
      "no mail.txt",
      "._fork.eml",
      ".hidden.eml",
    ];
    for (const name of names) await fs.writeFile(join(folder, name), name);
    const latin1 = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x4d, 0xfc, 0x2e, 0x65, 0x6d, 0x6c])]);
    await fs.writeFile(latin1, "latin1");
    await fs.mkdir(join(folder, "folder.eml"));
    const store = await bench.store();
    const found = await all(store, ["Projects", "100% & more"]);
    expect(found.map((each) => each.body.toString()).toSorted()).toEqual(
      ["plain.eml", "UPPER.EML", "with spaces – and dash.eml", "a:b?.eml", "'quote\".eml", "latin1"].toSorted(),
    );
    for (const { id, place } of found) await store.edit?.run([{ key: id, place, id, act: "remove" }], options);
    expect(await all(store, ["Projects", "100% & more"])).toEqual([]);
    expect((await fs.readdir(folder)).toSorted()).toEqual(
      [".eml.eml", "._fork.eml", ".hidden.eml", "folder.eml", "no mail.txt"].toSorted(),
    );
    await bench.remove();
  });

  it("takes messages that lie loose in the mailbox for INBOX", async () => {
    const bench = await createBench({ format: "eml" });
    await fs.mkdir(join(bench.mailbox, "Sub"), { recursive: true });
    await fs.writeFile(join(bench.mailbox, "loose.eml"), message("loose"));
    const store = await bench.store();
    expect(await all(store, ["INBOX"])).toHaveLength(1);
    const inbox = await store.place.create({ path: ["INBOX"] }, options);
    expect(inbox.role).toBe("inbox");
    await receipts(
      store,
      [{ key: "k", place: inbox.id, date: 0, marks: [], size: message("b").length, body: message("b") }],
      options,
    );
    expect(await all(store, ["INBOX"])).toHaveLength(2);
    await bench.remove();
  });

  it("gives a file that was edited in place another id", async () => {
    const bench = await createBench({ format: "eml" });
    await fs.mkdir(join(bench.mailbox, "INBOX"), { recursive: true });
    const file = join(bench.mailbox, "INBOX", "a.eml");
    await fs.writeFile(file, message("a"));
    const store = await bench.store();
    const [before] = await all(store, ["INBOX"]);
    await fs.writeFile(file, message("b"));
    const [after] = await all(store, ["INBOX"]);
    expect(after?.id).not.toBe(before?.id);
    expect(await readAll(store, "INBOX", [before?.id ?? ""], options)).toEqual([]);
    const [receipt] =
      (await store.edit?.run([{ key: "k", place: "INBOX", id: before?.id ?? "", act: "remove" }], options)) ?? [];
    expect(receipt).toEqual({ key: "k" });
    expect(existsSync(file)).toBe(true);
    await bench.remove();
  });

  it("says that it holds no marks", async () => {
    const bench = await createBench({ format: "eml" });
    const store = await bench.store();
    expect((await store.place.create({ path: ["INBOX"] }, options)).marks).toEqual([]);
    await bench.remove();
  });
});

const nobody: CheckRequest = { use: "source", mailboxes: [], seen: () => undefined };

const findings = async (format: Format, fill: (path: string) => Promise<unknown>): Promise<Finding[]> => {
  const bench = await createBench(format);
  await fill(bench.mailbox);
  const endpoint = await open("mail", { type: "archive", path: bench.path, ...format }, contextOf(quickClock, []));
  const found: Finding[] = [];
  for await (const each of endpoint.check(nobody, options)) found.push(each);
  await bench.remove();
  return found;
};

describe("check", () => {
  it("says what a format cannot hold, what is left out, and how large each mailbox is", async () => {
    const eml = await findings({ format: "eml" }, async (path) => {
      await fs.mkdir(path);
      await fs.writeFile(join(path, "a.eml"), "12345");
      await fs.writeFile(join(path, "b.txt"), "x");
    });
    expect(eml.map((each) => each.code)).toEqual([
      "archive.space",
      "archive.marks",
      "archive.mailbox",
      "archive.ignored",
    ]);
    expect(eml.find((each) => each.code === "archive.mailbox")).toMatchObject({
      about: "mail: ana@example.com",
      detail: { files: 1, bytes: 5 },
    });
    const mboxo = await findings({ format: "mbox", dialect: "mboxo" }, (path) => fs.mkdir(path));
    expect(mboxo.map((each) => each.code)).toEqual([
      "archive.space",
      "archive.dates",
      "archive.quoting",
      "archive.mailbox",
    ]);
    const maildir = await findings({ format: "maildir" }, async (path) => {
      await fs.mkdir(join(path, ".Sub", "cur"), { recursive: true });
      await fs.writeFile(join(path, ".Sub", "cur", "1.x:2,"), "123");
      await fs.writeFile(join(path, "dovecot-uidlist"), "3 V1 N1");
    });
    expect(maildir.find((each) => each.code === "archive.mailbox")).toMatchObject({ detail: { files: 1, bytes: 3 } });
  });

  it("says that a path is not there", async () => {
    const endpoint = await open(
      "mail",
      { type: "archive", path: "/nowhere/at all", format: "eml" },
      contextOf(quickClock, []),
    );
    await expect(endpoint.check(nobody, options)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "archive.missing",
    });
  });
});
