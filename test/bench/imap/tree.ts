import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The messages of each folder: a hash over body, flags and date of arrival, in no order. */
export type Tree = ReadonlyMap<string, readonly string[]>;

/** mbsync adds a line to every header, and it is the one thing in which copies may differ. */
const addition = /^X-TUID: .{12}\n/mu;

function lineOf(folder: string, name: string): string {
  const path = join(folder, name);
  const body = readFileSync(path);
  const header = body.subarray(0, body.indexOf("\n\n") + 1).toString("latin1");
  const rest = body.subarray(header.length);
  const hash = createHash("sha256").update(header.replace(addition, ""), "latin1").update(rest).digest("hex");
  const [, flags = ""] = /:2,([A-Z]*)/u.exec(name) ?? [];
  return `${hash} ${flags} ${Math.floor(statSync(path).mtimeMs / 1000)}`;
}

/** Reads a mailbox from the disk (Maildir with Dovecot's LAYOUT=fs): the truth that no tool and no server tells. */
export function treeOf(box: string, name = "INBOX", tree = new Map<string, readonly string[]>()): Tree {
  const parts = ["cur", "new"].map((part) => join(box, part)).filter(existsSync);
  if (parts.length > 0) {
    const lines = parts.flatMap((part) => readdirSync(part).map((file) => lineOf(part, file)));
    tree.set(name, lines.toSorted());
  }
  for (const entry of readdirSync(box, { withFileTypes: true })) {
    if (!entry.isDirectory() || ["cur", "new", "tmp"].includes(entry.name)) continue;
    treeOf(join(box, entry.name), name === "INBOX" ? entry.name : `${name}/${entry.name}`, tree);
  }
  return tree;
}

const wrong = (count: number, what: string, tool: string, where: string): Error =>
  new Error(`${tool}: ${count} messages of ${where} are ${what}`);

/** Throws where the copy is not all of the original and nothing else: what did less took less time. */
export function expectEqual(original: Tree, copy: Tree, tool: string): void {
  const folders = [...new Set([...original.keys(), ...copy.keys()])];
  for (const folder of folders) {
    if (!copy.has(folder)) throw new Error(`${tool}: folder ${folder} is missing`);
    const [wanted, found] = [original.get(folder) ?? [], copy.get(folder) ?? []];
    const [has, wants] = [new Set(found), new Set(wanted)];
    const missing = wanted.filter((line) => !has.has(line)).length;
    const more = found.filter((line) => !wants.has(line)).length;
    if (missing > 0) throw wrong(missing, "missing, or have another body, date or flag", tool, folder);
    if (more > 0 || wanted.length !== found.length)
      throw wrong(Math.max(more, found.length - wanted.length), "too many", tool, folder);
  }
}
