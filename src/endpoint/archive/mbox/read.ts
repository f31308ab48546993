import type { Buffer } from "node:buffer";
import { Fault, recordOf } from "../../../model/fault.ts";
import type { Entry, ReadItem } from "../../../model/item.ts";
import type { Options } from "../../../contract/options.ts";
import { bodyOf, chunksOfFile, headerOf } from "../body.ts";
import { checkSignal } from "../bounded.ts";
import type { DiskHandle } from "../disk.ts";
import { faultOf } from "../faults.ts";
import { cut, type Header } from "../files.ts";
import { batchBytes } from "../limits.ts";
import { type Dialect, ofHeader, unquoter } from "./dialect.ts";
import type { Folder } from "./folders.ts";
import { type Index, messageOf, openMbox, probeOf, stampOf } from "./index.ts";
import type { Scanned } from "./scan.ts";

/** An mbox file that is read from: its index is made anew when the file was rewritten. */
export interface Source {
  readonly folder: Folder;
  readonly dialect: Dialect;
  index(): Promise<Index>;
}

export function entryOf(folder: Folder, id: string, { date, size, marks }: Scanned): Entry {
  return { place: folder.id, id, date, size, marks, revision: marks.toSorted().join(" ") };
}

/** The message as it was before it came into the file. */
export async function* contentOf(handle: DiskHandle, message: Scanned, dialect: Dialect): AsyncIterable<Buffer> {
  let left = message.size;
  for await (const plain of plainOf(handle, message, dialect)) {
    if (plain.length > 0 && left > 0) yield plain.subarray(0, left);
    left -= plain.length;
    if (left <= 0) return;
  }
  if (left > 0) throw cut();
}

async function* plainOf(handle: DiskHandle, { body, end, group }: Scanned, dialect: Dialect): AsyncIterable<Buffer> {
  let filter = unquoter(group ? ofHeader(dialect) : dialect);
  for await (const chunk of chunksOfFile(handle, body, group?.at ?? end)) yield filter.push(chunk);
  if (group) {
    // At the beginning of a line nothing is held back.
    if (ofHeader(dialect) !== dialect) filter = unquoter(dialect);
    for await (const chunk of chunksOfFile(handle, group.at + group.length, end)) yield filter.push(chunk);
  }
  yield filter.end();
}

export async function* read(source: Source, ids: readonly string[], options: Options): AsyncIterable<ReadItem> {
  const session = await openSession(source);
  try {
    for (const id of ids) {
      checkSignal(options.signal);
      const item = await readOne(session, source, id);
      if (!item) continue;
      yield item;
      if ("body" in item && !(item.body instanceof Uint8Array)) item.body.destroy();
    }
  } finally {
    await session.close();
  }
}

const mostTries = 3;

/** Undefined when it is gone. Read again where the file was rewritten meanwhile. */
async function readOne(session: Session, { folder, dialect }: Source, id: string): Promise<ReadItem | undefined> {
  for (let tries = 1; ; tries++) {
    const message = session.at(id);
    if (!message) return undefined;
    const entry = entryOf(folder, id, message);
    try {
      return {
        ...entry,
        body: await bodyOf(session.verified(message, dialect), entry.size, batchBytes, async () => {}),
      };
    } catch (thrown) {
      const fault = faultOf(thrown, "item", `${folder.id}/${id}`);
      if (fault.code !== "item.moved" || tries === mostTries) return { ...entry, fault: recordOf(fault) };
      await session.renew();
    }
  }
}

/** Of a message that is moved meanwhile the header is left out, as of one that is gone: the next reading has it. */
export async function* headers(source: Source, ids: readonly string[], options: Options): AsyncIterable<Header> {
  const session = await openSession(source);
  try {
    for (const id of ids) {
      checkSignal(options.signal);
      const message = session.at(id);
      const header = message && (await headerOf(contentOf(session.handle(), message, source.dialect)));
      if (header && (await session.holds())) yield { id, header };
    }
  } finally {
    await session.close();
  }
}

interface Session {
  handle(): DiskHandle;
  at(id: string): Scanned | undefined;
  /** False once the open file is no longer as its index says. */
  holds(): Promise<boolean>;
  /** The message's octets, and at their end the certainty that nobody moved them meanwhile. */
  verified(message: Scanned, dialect: Dialect): AsyncIterable<Buffer>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

async function openSession({ folder, index: indexNow }: Source): Promise<Session> {
  let index = await indexNow();
  let handle = await openMbox(folder.disk);
  const holds = async () =>
    stampOf(await handle.stat({ bigint: true })) === index.stamp || (await probeOf(handle, index.size)) === index.probe;
  return {
    handle: () => handle,
    at: (id) => messageOf(index, id),
    holds,
    async *verified(message, dialect) {
      yield* contentOf(handle, message, dialect);
      if (!(await holds())) throw moved();
    },
    async renew() {
      await handle.close();
      index = await indexNow();
      handle = await openMbox(folder.disk);
    },
    close: () => handle.close(),
  };
}

function moved(): Fault {
  return new Fault({
    code: "item.moved",
    message: "The file was rewritten while the message was read",
    spoils: "item",
    retry: "later",
    remedy: "run again",
  });
}
