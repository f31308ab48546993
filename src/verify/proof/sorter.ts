import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asFault } from "../../model/fault.ts";

/** Characters that are held in memory before they are sorted and put on disk. */
const held = 1024 * 1024;
/** Sorted files that are merged into one, so that few are ever open: a file of the next level, and so on. */
const fan = 32;

/** Puts any number of texts without line breaks in order, and keeps no more than a few of them in memory. */
export interface Sorter {
  add(text: string): Promise<void>;
  /** All of them, once, by their UTF-16 code units. */
  sorted(): AsyncIterable<string>;
  close(): Promise<void>;
}

export function createSorter(limit = held): Sorter {
  const levels: FileHandle[][] = [];
  let texts: string[] = [];
  let size = 0;

  /** A file of this level, known from its making on, so that it is closed whatever comes. */
  async function keep(level: number, sorted: Iterable<string> | AsyncIterable<string>): Promise<void> {
    const files = (levels[level] ??= []);
    const file = await nameless();
    files.push(file);
    await write(file, sorted);
    if (files.length < fan) return;
    await keep(level + 1, merge(files.map(linesOf)));
    await Promise.all(files.splice(0).map((each) => each.close()));
  }

  async function putAside(): Promise<void> {
    const sorted = texts.toSorted(byUnits);
    [texts, size] = [[], 0];
    await keep(0, sorted);
  }

  return {
    async add(text) {
      texts.push(text);
      size += text.length;
      if (size >= limit) await putAside();
    },
    sorted: () => merge([...levels.flat().map(linesOf), texts.toSorted(byUnits).values()]),
    async close() {
      texts = [];
      await Promise.all(levels.splice(0).flatMap((files) => files.map((file) => file.close())));
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

/** Characters that are written at one time. */
const piece = 64 * 1024;

async function write(file: FileHandle, texts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  let waiting = "";
  for await (const text of texts) {
    waiting += `${text}\n`;
    if (waiting.length < piece) continue;
    await file.writeFile(waiting).catch(full);
    waiting = "";
  }
  await file.writeFile(waiting).catch(full);
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
