import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asFault } from "../../model/fault.ts";

/** Characters that are held in memory before they are sorted and put on disk. */
const held = 4 * 1024 * 1024;

/** Puts any number of texts without line breaks in order, and keeps no more than a few of them in memory. */
export interface Sorter {
  add(text: string): Promise<void>;
  /** All of them, once, by their UTF-16 code units. */
  sorted(): AsyncIterable<string>;
  close(): Promise<void>;
}

export function createSorter(limit = held): Sorter {
  const runs: FileHandle[] = [];
  let texts: string[] = [];
  let size = 0;

  async function putAside(): Promise<void> {
    const file = await nameless();
    runs.push(file);
    await file
      .writeFile(
        texts
          .toSorted(byUnits)
          .map((text) => `${text}\n`)
          .join(""),
      )
      .catch(full);
    [texts, size] = [[], 0];
  }

  return {
    async add(text) {
      texts.push(text);
      size += text.length;
      if (size >= limit) await putAside();
    },
    sorted: () => merge([...runs.map(linesOf), texts.toSorted(byUnits).values()]),
    async close() {
      texts = [];
      await Promise.all(runs.splice(0).map((file) => file.close()));
    },
  };
}

const byUnits = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Its name is taken away at once: nothing is left behind, however the process ends. */
async function nameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `reconcile-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600).catch(full);
  await unlink(path);
  return file;
}

function full(thrown: unknown): never {
  throw asFault(thrown, {
    code: "proof.noRoom",
    message: `A temporary file could not be written (${(thrown as NodeJS.ErrnoException).code ?? "unknown"})`,
    spoils: "run",
    retry: "later",
    remedy: "make room in the folder for temporary files, or name another by TMPDIR",
  });
}

const linesOf = (file: FileHandle): AsyncIterator<string> =>
  file.readLines({ start: 0, autoClose: false, encoding: "utf8" })[Symbol.asyncIterator]();

/** One order of several that are in order. */
async function* merge(runs: readonly (AsyncIterator<string> | Iterator<string>)[]): AsyncIterable<string> {
  const heads: { text: string; readonly run: AsyncIterator<string> | Iterator<string> }[] = [];
  for (const run of runs) {
    const first = await run.next();
    if (first.done !== true) heads.push({ text: first.value, run });
  }
  while (heads.length > 0) {
    const least = heads.reduce((best, each, index) => (each.text < (heads[best]?.text ?? "") ? index : best), 0);
    const head = heads[least];
    if (head === undefined) return;
    yield head.text;
    const next = await head.run.next();
    if (next.done === true) heads.splice(least, 1);
    else head.text = next.value;
  }
}
