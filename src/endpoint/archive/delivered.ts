import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type DiskPath, readIfThere, replaceFile } from "./disk.ts";

/**
 * What we ever delivered to a folder, kept in a small file beside its messages. It is raised before the messages are in place, so
 * that it is never too low: where the folder holds exactly as many messages of ours and none of others, nothing was ever removed.
 */
export interface Delivered {
  /** Names this record in the messages that were delivered under it. */
  readonly tag: string;
  /** Numbers given so far, from 1 on. */
  readonly count: number;
  /** Numbers whose messages never got into place: they were cut short, or the process was. */
  readonly never: readonly number[];
  /** False where the folder held messages of others, or may have, at any time that we looked. */
  readonly clean: boolean;
}

export const newDelivered = (clean: boolean): Delivered => ({
  tag: randomBytes(6).toString("hex"),
  count: 0,
  never: [],
  clean,
});

/** What the file says; undefined where there is none, or none that can be read: nothing is certain then. */
export async function readDelivered(path: DiskPath): Promise<Delivered | undefined> {
  const content = await readIfThere(path);
  const [, tag, count, clean, never = ""] =
    /^1 ([0-9a-f]{12}) (\d+) (clean|mixed)((?: \d+)*)\n$/.exec(content?.toString("latin1") ?? "") ?? [];
  if (tag === undefined) return undefined;
  return { tag, count: Number(count), clean: clean === "clean", never: never.split(" ").filter(Boolean).map(Number) };
}

export async function writeDelivered(path: DiskPath, record: Delivered): Promise<void> {
  const { tag, count, clean, never } = record;
  const words = ["1", tag, count, clean ? "clean" : "mixed", ...never];
  await replaceFile(path, Buffer.from(`${words.join(" ")}\n`));
}

/** True only when the record proves that all it ever counted is there, and that nothing else ever was. `ours` are messages with its tag. */
export function isComplete(record: Delivered | undefined, messages: number, ours: number): boolean {
  return record !== undefined && record.clean && messages === ours && ours === record.count - record.never.length;
}
