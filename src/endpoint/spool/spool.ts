import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { asFault } from "../../model/fault.ts";

/** A large body on its way, kept on disk for its owner's eyes alone and gone when it was read or given up. */
export interface Spool {
  readonly size: number;
  add(octets: Uint8Array): Promise<void>;
  /** The octets, once; the file ends with the stream, read to its end or not. */
  stream(): Readable;
  discard(): Promise<void>;
}

const errors: Readonly<Record<string, string>> = {
  ENOSPC: "There is no space left for temporary files",
  EDQUOT: "There is no quota left for temporary files",
  ENOENT: "There is no folder for temporary files",
};

/** Its name is taken away at once: nothing is left behind, however the process ends. */
export async function createSpool(): Promise<Spool> {
  const path = join(tmpdir(), `reconcile-${randomUUID()}`);
  function full(thrown: unknown): never {
    const { code = "" } = thrown as NodeJS.ErrnoException;
    throw asFault(thrown, {
      code: "spool.failed",
      message: `${errors[code] ?? "A temporary file could not be written"} (${code})`,
      spoils: "item",
      retry: "later",
      about: path,
      remedy: "make room in the folder for temporary files, or name another by TMPDIR",
    });
  }
  const file = await open(path, "wx+", 0o600).catch(full);
  await unlink(path).catch(full);
  let size = 0;
  return {
    get size() {
      return size;
    },
    add: async (octets) => {
      for (let at = 0; at < octets.length;) {
        const { bytesWritten } = await file.write(octets, at, octets.length - at, size).catch(full);
        at += bytesWritten;
        size += bytesWritten;
      }
    },
    stream: () => createReadStream(path, { fd: file, start: 0, highWaterMark: 256 * 1024 }),
    discard: () => file.close().catch(() => undefined),
  };
}
