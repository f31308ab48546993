import { Buffer } from "node:buffer";
import { recordOf } from "../../../model/fault.ts";
import type { Edit, Receipt } from "../../../model/item.ts";
import { chunksOfFile, readAt } from "../body.ts";
import { checkSignal } from "../bounded.ts";
import type { Means } from "../delivery.ts";
import {
  type DiskHandle,
  type DiskPath,
  folderOf,
  openNew,
  realPath,
  rename,
  stat,
  syncFolder,
  unlinkIfThere,
  writeAll,
} from "../disk.ts";
import { withDotlock } from "../dotlock.ts";
import { itemConflict, itemGone } from "../faults.ts";
import type { Dialect } from "./dialect.ts";
import { encode } from "./encode.ts";
import type { Folder } from "./folders.ts";
import { groupText, writable } from "./group.ts";
import { type Index, messageOf, openMbox, stampOf } from "./index.ts";
import { besideOf } from "./journal.ts";
import { contentOf, entryOf } from "./read.ts";
import type { Scanned } from "./scan.ts";
import { recovered } from "./write.ts";

interface Work {
  readonly removed: ReadonlySet<string>;
  /** Marks by id. */
  readonly marked: ReadonlyMap<string, readonly string[]>;
  readonly receipts: readonly Receipt[];
}

/**
 * Does all edits of one file in one rewrite: a new file beside, synced, renamed over the old one; the lock is held, and where the file
 * changed all the same, nothing is done and every edit is a conflict.
 */
export async function editFile(
  folder: Folder,
  edits: readonly Edit[],
  dialect: Dialect,
  means: Means,
  indexNow: () => Promise<Index>,
): Promise<readonly Receipt[]> {
  return withDotlock(folder.disk, means.clock, means.signal, async () => {
    await recovered(folder);
    const index = await indexNow();
    const work = plan(folder, index, edits);
    if (work.removed.size === 0 && work.marked.size === 0) return work.receipts;
    const real = await realPath(folder.disk);
    const aside = besideOf(real, "rewrite");
    try {
      await rewrite(real, aside, index, work, dialect, means.signal);
      if (stampOf(await stat(real)) !== index.stamp) return edits.map(conflict);
      await rename(aside, real);
    } finally {
      await unlinkIfThere(aside);
    }
    await syncFolder(folderOf(real));
    return work.receipts;
  });
}

const conflict = ({ key, id }: Edit): Receipt => ({ key, fault: recordOf(itemConflict(id)) });

function plan(folder: Folder, index: Index, edits: readonly Edit[]): Work {
  const removed = new Set<string>();
  const marked = new Map<string, readonly string[]>();
  const receipts = edits.map((edit): Receipt => {
    const { key, id, revision } = edit;
    const message = removed.has(id) ? undefined : messageOf(index, id);
    if (!message) return edit.act === "remove" ? { key } : { key, fault: recordOf(itemGone(id)) };
    const now = { ...message, marks: marked.get(id) ?? message.marks };
    if (revision !== undefined && revision !== entryOf(folder, id, now).revision) return conflict(edit);
    if (edit.act === "remove") {
      removed.add(id);
      return { key };
    }
    if (edit.act === "move") return { key, fault: recordOf(itemGone(id)) };
    const marks = writable(withEdit(now.marks, edit));
    marked.set(id, marks);
    return { key, marks, revision: entryOf(folder, id, { ...message, marks }).revision ?? "" };
  });
  return { removed, marked, receipts };
}

function withEdit(marks: readonly string[], { add, remove }: Edit & { act: "mark" }): readonly string[] {
  const gone = new Set(remove.map((mark) => mark.toLowerCase()));
  const kept = marks.filter((mark) => !gone.has(mark.toLowerCase()));
  const has = new Set(kept.map((mark) => mark.toLowerCase()));
  return [...kept, ...add.filter((mark) => !has.has(mark.toLowerCase()))];
}

async function rewrite(
  file: DiskPath,
  aside: DiskPath,
  index: Index,
  work: Work,
  dialect: Dialect,
  signal: AbortSignal,
): Promise<void> {
  await unlinkIfThere(aside);
  const [from, to] = [await openMbox(file), await openNew(aside)];
  try {
    await to.chmod(Number((await from.stat()).mode & 0o777));
    const { table, count, size } = index;
    await copy(from, to, 0, count > 0 ? table.message(0).start : size);
    for (let row = 0; row < count; row++) {
      checkSignal(signal);
      const [id, message] = [table.id(row), table.message(row)];
      const marks = work.marked.get(id);
      if (work.removed.has(id)) continue;
      if (marks === undefined) await copy(from, to, message.start, message.end);
      else await remark(from, to, message, marks, dialect);
    }
    await to.sync();
  } finally {
    await from.close();
    await to.close();
  }
}

async function copy(from: DiskHandle, to: DiskHandle, start: number, end: number): Promise<void> {
  for await (const chunk of chunksOfFile(from, start, end)) await writeAll(to, chunk);
}

/** Puts other lines of ours in the place of the old ones; a message of others is given some, and is otherwise as it was. */
async function remark(
  from: DiskHandle,
  to: DiskHandle,
  message: Scanned,
  marks: readonly string[],
  dialect: Dialect,
): Promise<void> {
  const { start, body, end, group, size } = message;
  if (group) {
    const old = (await readAt(from, group.at, group.length)).toString("latin1");
    await copy(from, to, start, group.at);
    await writeAll(to, regrouped(old, marks));
    await copy(from, to, group.at + group.length, end);
    return;
  }
  await copy(from, to, start, body);
  for await (const chunk of encode(contentOf(from, message, dialect), size, dialect, { marks }, () => {}))
    await writeAll(to, chunk);
}

/** The three lines of marks anew, the rest as it stands. */
function regrouped(old: string, marks: readonly string[]): Buffer {
  const eol = old.includes("\r\n") ? "\r\n" : "\n";
  const fresh = groupText({ marks, octets: 0 }, eol).toString("latin1").split(eol).slice(0, 3);
  return Buffer.from([...fresh, ...old.split(eol).slice(3)].join(eol), "latin1");
}
