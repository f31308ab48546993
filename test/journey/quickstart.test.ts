import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlace } from "./run.ts";

const root = join(import.meta.dirname, "../..");
const stored = join(root, "manifests/quickstart/mail");

let folder: string;
let ended: { readonly code: number; readonly text: string };

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "reconcile-quickstart-")));
  ended = await quickstart(join(folder, "run"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function quickstart(target: string): Promise<typeof ended> {
  const { FORCE_COLOR: _, NODE_COMPILE_CACHE: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, "scripts/quickstart.mjs"), "--no-build", target], {
    cwd: folder,
    env,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  const [code] = (await once(child, "close")) as [number];
  return { code, text };
}

interface Arrived {
  /** The folder below its mailbox, as Maildir spells it; empty for INBOX. */
  readonly place: string;
  readonly flags: string;
  readonly date: string;
  readonly body: string;
}

/** Every message of a mailbox at the destination, bytes as Latin-1. */
async function arrivedFor(user: string): Promise<readonly Arrived[]> {
  const box = join(folder, "run/new/mail", user);
  const files = (await readdir(box, { recursive: true })).filter((name) => /(?:^|\/)(?:cur|new)\/[^/]+$/u.test(name));
  return Promise.all(
    files.map(async (name) => ({
      place: relative(box, join(box, name, "../..")),
      flags: basename(name).split(":2,")[1] ?? "",
      date: (await stat(join(box, name))).mtime.toISOString(),
      body: await readFile(join(box, name), "latin1"),
    })),
  );
}

const counts = async (user: string) =>
  Object.fromEntries(
    [...Map.groupBy(await arrivedFor(user), ({ place }) => place)].map(([place, all]) => [place, all.length]),
  );

async function theOne(user: string, place: string, text: string): Promise<Arrived> {
  const found = (await arrivedFor(user)).filter((each) => each.place === place && each.body.includes(text));
  expect(found).toHaveLength(1);
  return found[0] as Arrived;
}

const read = (message: string) => readFile(join(stored, `${message}.eml`), "latin1");
const lines = async (file: string) => (await readFile(join(folder, "run", file), "utf8")).trim().split("\n");

describe("the quickstart", () => {
  it("plans, applies and finds nothing to do, twice over", () => {
    expect(ended).toMatchObject({ code: 0 });
    expect([...ended.text.matchAll(/\(exit code (\d+)\)/gu)].map(([, code]) => code)).toEqual([
      "2",
      "0",
      "0",
      "2",
      "0",
      "0",
    ]);
    expect(ended.text.match(/No changes\./gu)).toHaveLength(2);
  });

  it("brings every message to its folder, without the excluded ones and the one that was deleted", async () => {
    expect(await counts("ana@harbour.example")).toEqual({
      "": 6,
      ".Sent": 3,
      ".Drafts": 1,
      ".Archive.2019": 1,
      ".Caf&AOk- &- K&APw-che": 1,
    });
    expect(await counts("tomas@harbour.example")).toEqual({ "": 4, ".Sent": 1 });
    expect(await counts("jorg@harbour.example")).toEqual({
      "": 2,
      ".Sent": 2,
      ".Auftr&AOQ-ge": 1,
      ".Auftr&AOQ-ge.2024": 1,
    });
    expect(await counts("mei@harbour.example")).toEqual({ "": 2, ".Sent": 2, ".&W+t3Hw-": 1 });
    const ana = await arrivedFor("ana@harbour.example");
    expect(ana.filter(({ body }) => body.includes("<minutes.9@"))).toEqual([]);
    expect(ana.filter(({ body }) => body.includes("<nl-204@"))).toHaveLength(2);
  });

  it("alters no octet: of a Maildir's, an export's, and a quoted and 8-bit one of an mbox", async () => {
    const photo = await read("photo");
    expect((await theOne("tomas@harbour.example", "", "<photo.20260214@")).body).toBe(photo);
    expect((await theOne("mei@harbour.example", ".&W+t3Hw-", "<photo.20260214@")).body).toBe(
      photo.replaceAll("\n", "\r\n"),
    );
    const survey = await read("survey");
    const { body } = await theOne("jorg@harbour.example", ".Auftr&AOQ-ge", "Liegeplatz 7");
    expect(body).toBe(survey.replace("\n\n", "\nStatus: RO\nX-Status: F\n\n"));
    expect(survey).toMatch(/\nFrom nun.*\n>From /u);
  });

  it("keeps flags, keywords and dates", async () => {
    const invoice = await theOne("ana@harbour.example", "", "<2026-117@");
    expect(invoice).toMatchObject({ flags: "FSa", date: "2026-02-27T08:00:04.000Z" });
    expect(await lines("new/mail/ana@harbour.example/dovecot-keywords")).toEqual(["0 invoice"]);
    const draft = await theOne("ana@harbour.example", ".Drafts", "Offer for");
    expect(draft).toMatchObject({ flags: "DS", date: "2026-03-01T19:03:20.000Z" });
    const order = await theOne("jorg@harbour.example", ".Auftr&AOQ-ge.2024", "<order-2024-31@");
    expect(order).toMatchObject({ flags: "RS", date: "2024-06-06T12:21:02.000Z" });
    const sent = await theOne("mei@harbour.example", ".Sent", "<photo.20260214@");
    expect(sent).toMatchObject({ flags: "", date: "2026-02-14T08:44:09.000Z" });
  });

  it("takes over what changed between the passes", async () => {
    expect(await theOne("ana@harbour.example", "", "<late.1@")).toMatchObject({ flags: "" });
    expect(await theOne("ana@harbour.example", "", "<moving.3@")).toMatchObject({ flags: "FS" });
    const accounts = await lines("new/people/accounts.csv");
    expect(accounts.map((line) => line.split(",").slice(0, 2).join(",")).toSorted()).toEqual([
      "address,displayName",
      "ana@harbour.example,Ana Ruiz",
      "jorg@harbour.example,Jörg Åkesson",
      'mei@harbour.example,"Chen',
      "office@harbour.example,Front Office",
      "tomas@harbour.example,Tomás Ó Briain",
    ]);
    expect((await lines("new/people/aliases.csv")).toSorted()).toEqual([
      "a.ruiz@harbour.example,ana@harbour.example",
      "address,target",
      "info@harbour.example,office@harbour.example",
      "orders@harbour.example,jorg@harbour.example",
    ]);
    expect(await lines("new/people/members.csv")).toHaveLength(6);
  });

  it("empties no folder that it did not make", async () => {
    await writeFile(join(folder, "theirs.txt"), "kept");
    const again = await quickstart(folder);
    expect(again).toMatchObject({ code: 1, text: expect.stringContaining("was not made by the quickstart") });
    expect(await readFile(join(folder, "theirs.txt"), "utf8")).toBe("kept");
  });
});

describe("the README's manifest", () => {
  it("is valid, and plans what it says, from empty folders", async () => {
    const text = await readFile(join(root, "README.md"), "utf8");
    const manifest = /```yaml\n([^]*?)```/u.exec(text)?.[1] ?? "";
    const place = await openPlace();
    try {
      const boxes = ["ana", "bo"].map((user) => [
        `old/mail/${user}@example.com/cur/1.a:2,S`,
        "Subject: hello\n\nhello\n",
      ]);
      await place.write({ "manifests/company.yaml": manifest, ...Object.fromEntries(boxes) });
      for (const each of ["new/people", "new/mail"]) await mkdir(place.path(each), { recursive: true });
      expect(await place.run(["validate"])).toMatchObject({ code: 0, stderr: "" });
      const { code, stdout } = await place.run(["plan", "--detailed-exitcode"]);
      expect(code).toBe(2);
      expect(stdout).toMatch(/: 7 to add, 0 to change, 0 to delete; 2 messages to copy/u);
    } finally {
      await place.remove();
    }
  });
});
