import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Address, nameOf } from "../../model/address.ts";
import { asFault } from "../../model/fault.ts";
import type { ProofFolder, ProofHead, ProofLine, ProofMessage, ProofUnread } from "../../model/proof.ts";
import { closingOf, createCount } from "./closing.ts";
import type { Signer } from "./key.ts";
import { encodeLine, keyed, unkeyed } from "./line.ts";
import { createSorter } from "./sorter.ts";

/** What a proof says beside its messages. */
interface ProofFrame {
  readonly head: ProofHead;
  readonly folders: readonly ProofFolder[];
  readonly unread: readonly ProofUnread[];
}

export interface ProofWriter {
  add(message: ProofMessage): Promise<void>;
  /** Puts the file in its place, whole. What is there under its name is replaced. */
  end(frame: ProofFrame): Promise<void>;
  /** Ends without a file where it was not ended with one. */
  close(): Promise<void>;
}

/** The file of a mailbox in a folder of proofs. What a file system may not like is written as `%XX`. */
export const fileOf = (mailbox: Address): string => {
  const name = nameOf(mailbox).replace(/^\.|[^\p{L}\p{N}@._+=-]/gu, (character) =>
    [...Buffer.from(character)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  const short = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return Buffer.byteLength(name) > 200 ? `${name.slice(0, 60)}-${short}.jsonl` : `${name}.jsonl`;
};

/** Writes the proof of one mailbox into a folder, which is made where it is not there. */
export function createProofWriter(folder: string, mailbox: Address, sign: Signer | undefined): ProofWriter {
  const path = join(folder, fileOf(mailbox));
  const sorter = createSorter();
  return {
    add: (message) => sorter.add(keyed(message)),
    async end(frame) {
      const draft = `${path}.${randomUUID()}.part`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeDraft(draft, frame, sorter.sorted(), sign);
        await rename(draft, path);
        await syncFolder(dirname(path));
      } catch (thrown) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw asFault(thrown, {
          code: "proof.unwritable",
          message: `The proof cannot be written (${(thrown as NodeJS.ErrnoException).code ?? String(thrown)})`,
          about: path,
          spoils: "run",
          remedy: "name a folder that can be written to, with room in it",
        });
      }
    },
    close: () => sorter.close(),
  };
}

/** Characters that are written at one time. */
const piece = 256 * 1024;

async function writeDraft(
  path: string,
  frame: ProofFrame,
  messages: AsyncIterable<string>,
  sign: Signer | undefined,
): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await writeLines(file, frame, messages, sign);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeLines(
  file: FileHandle,
  { head, folders, unread }: ProofFrame,
  messages: AsyncIterable<string>,
  sign: Signer | undefined,
): Promise<void> {
  const hash = createHash("sha256");
  const count = createCount();
  let waiting = "";
  const flush = async (): Promise<void> => {
    hash.update(waiting);
    await file.writeFile(waiting);
    waiting = "";
  };
  const put = (line: ProofLine): void => {
    count.add(line);
    waiting += encodeLine(line);
  };
  put({ proof: head });
  for (const folder of folders.toSorted((one, other) => (one.path < other.path ? -1 : 1))) put({ folder });
  for (const each of unread.toSorted((one, other) => (one.what < other.what ? -1 : 1))) put({ unread: each });
  for await (const text of messages) {
    const line = unkeyed(text);
    count.add(JSON.parse(line) as ProofLine);
    waiting += `${line}\n`;
    if (waiting.length >= piece) await flush();
  }
  await flush();
  const end = Buffer.from(encodeLine({ end: closingOf(count.so(), hash.digest("hex")) }));
  await file.writeFile(end);
  if (sign !== undefined) await file.writeFile(encodeLine({ signature: sign(end) }));
}

/** A new name is durable once its folder is (fsync(2)). Some file systems have no such call. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().catch(() => undefined);
  await folder.close();
}
