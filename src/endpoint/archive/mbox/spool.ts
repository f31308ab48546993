import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type DiskHandle, writeAt } from "../disk.ts";
import { chunkSize } from "../limits.ts";

/** A batch on its way into its file: hashed, and written in large pieces. */
export interface Spool {
  readonly length: number;
  put(chunk: Buffer): Promise<void>;
  /** Remembers this point; what it returns takes back all that came after. */
  mark(): () => Promise<void>;
  /** Writes what is left, and gives the hash of all. */
  end(): Promise<string>;
}

export function createSpool(handle: DiskHandle): Spool {
  let hash = createHash("sha256");
  let written = 0;
  let pending: Buffer[] = [];
  let length = 0;
  const flush = async () => {
    const all = Buffer.concat(pending);
    pending = [];
    await writeAt(handle, all, written);
    written += all.length;
  };
  return {
    get length() {
      return length;
    },
    async put(chunk) {
      hash.update(chunk);
      pending.push(chunk);
      length += chunk.length;
      if (length - written >= chunkSize) await flush();
    },
    mark() {
      const [before, at] = [hash.copy(), length];
      return async () => {
        await flush();
        await handle.truncate(at);
        hash = before;
        written = at;
        length = at;
      };
    },
    async end() {
      await flush();
      return hash.digest("hex");
    },
  };
}
