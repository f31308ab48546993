import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { expectEqual, type Tree, treeOf } from "./tree.ts";

const at = 1_600_000_000;
const letter = "Subject: one\nFrom: a@b.example\n\nBody\n";

async function laid(files: Readonly<Record<string, string>>): Promise<string> {
  const box = await mkdtemp(join(tmpdir(), "reconcile-tree-"));
  onTestFinished(() => rm(box, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(box, name)), { recursive: true });
    await writeFile(join(box, name), text);
    await utimes(join(box, name), at, at);
  }
  return box;
}

const original = { "cur/1:2,S": letter, "cur/2:2,": "Subject: two\n\n", "Sent/cur/1:2,RS": letter };
const compare = (wanted: Tree, found: string) => () => expectEqual(wanted, treeOf(found), "it");

describe("Comparing a copy on the disk", () => {
  it("takes for equal what lies under other names, in any order, with mbsync's line", async () => {
    const copy = await laid({
      "cur/9,S=3:2,": "Subject: two\n\n",
      "new/8": "",
      "cur/7:2,S": letter.replace("\n\n", "\nX-TUID: bJ6B2UXGl0BJ\n\n"),
      "Sent/cur/x:2,RS": letter,
    });
    await rm(join(copy, "new/8"));
    expect(compare(treeOf(await laid(original)), copy)).not.toThrow();
  });

  const spoilt: Readonly<Record<string, (box: string) => Promise<unknown>>> = {
    "a message missing": (box) => rm(join(box, "cur/2:2,")),
    "a message twice": (box) =>
      writeFile(join(box, "cur/3:2,S"), letter).then(() => utimes(join(box, "cur/3:2,S"), at, at)),
    "a body": (box) =>
      writeFile(join(box, "cur/1:2,S"), `${letter}x`).then(() => utimes(join(box, "cur/1:2,S"), at, at)),
    "a flag": (box) => rename(join(box, "cur/1:2,S"), join(box, "cur/1:2,FS")),
    "a date": (box) => utimes(join(box, "cur/1:2,S"), at, at + 1),
    "a folder missing": (box) => rm(join(box, "Sent"), { recursive: true }),
    "a message elsewhere": (box) => rename(join(box, "cur/2:2,"), join(box, "Sent/cur/2:2,")),
  };
  it.each(Object.keys(spoilt))("sees %s", async (what) => {
    const [wanted, copy] = [treeOf(await laid(original)), await laid(original)];
    await spoilt[what]?.(copy);
    expect(compare(wanted, copy)).toThrow(/^it: /u);
  });
});
