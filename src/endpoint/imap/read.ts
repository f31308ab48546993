import { Buffer, isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import type { Options } from "../../contract/options.ts";
import type { Budget } from "../../contract/endpoint.ts";
import { asFault, Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { Entry, ItemId, PlaceId, ReadItem } from "../../model/item.ts";
import { batchBytes } from "./limits.ts";
import type { Line } from "./connect.ts";
import { entryItems, entryOf, fetched } from "./entry.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import type { Selected } from "./select.ts";
import { createSpool } from "./spool.ts";
import { sequenceSet } from "./wire/command.ts";
import type { Value } from "./wire/response.ts";

/** Ids in one command: their set stays far below the line that every server takes (RFC 7162, section 4: 8192 octets). */
const idsAtOnce = 500;
/** Octets of a large body in one command. Several mailboxes do this at once, and larger buffers lie dead for longer than they are used. */
const windowBytes = 256 * 1024;

const identityFields = "MESSAGE-ID DATE FROM TO SUBJECT";

function* portions<T>(all: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

const uidsOf = (ids: readonly ItemId[]): readonly number[] => ids.map(Number);

/** The octets of the first attribute whose name begins so; undefined for NIL and where there is none. */
function octetsOf(attributes: ReadonlyMap<string, Value>, name: string): Buffer | undefined {
  for (const [key, value] of attributes) {
    if (!key.startsWith(name)) continue;
    if (typeof value === "string") return Buffer.from(value, "latin1");
    return Buffer.isBuffer(value) ? value : undefined;
  }
  return undefined;
}

/** What Courier 1.0 shows of a message that another session removed, as if it were one (imap/fetch.c): nobody's mail. */
const phantom = "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n";

async function fetchOctets(
  { wire }: Line,
  place: PlaceId,
  uids: readonly number[],
  item: string,
  answer: string,
): Promise<ReadonlyMap<number, Buffer>> {
  const found = new Map<number, Buffer>();
  const done = await wire.run([`UID FETCH ${sequenceSet(uids)} (UID ${item})`], (response) => {
    const one = fetched(response);
    const octets = one && octetsOf(one.attributes, answer);
    if (one === undefined || octets === undefined || octets.toString("latin1", 0, phantom.length) === phantom) return;
    found.set(one.uid, octets);
  });
  expectOk(done, "Reading messages", place, "item");
  return found;
}

async function headersOf(line: Line, place: PlaceId, uids: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
  const some = await fetchOctets(line, place, uids, `BODY.PEEK[HEADER.FIELDS (${identityFields})]`, "BODY[HEADER");
  const bare = [...some].filter(([, header]) => !/^message-id[ \t]*:[ \t]*\S/im.test(header.toString("latin1")));
  if (bare.length === 0) return some;
  const nameless = bare.map(([uid]) => uid);
  return new Map([...some, ...(await fetchOctets(line, place, nameless, "BODY.PEEK[HEADER]", "BODY[HEADER"))]);
}

/**
 * What a folder holds of these messages. What is missing is asked for once more in the folder opened anew: a session may be shown new
 * messages late, and what went for longer than it was there (RFC 3501, 5.5 and 7.4.1; Courier does both).
 */
async function seen<T>(
  lane: Lane,
  place: PlaceId,
  uids: readonly number[],
  read: (line: Line, folder: Selected, uids: readonly number[]) => Promise<ReadonlyMap<number, T>>,
): Promise<ReadonlyMap<number, T>> {
  const found = await lane.inside(place, {}, (line, folder) => read(line, folder, uids));
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length === 0) return found;
  const late = await lane.inside(place, { fresh: true }, (line, folder) => read(line, folder, missing));
  return new Map([...found, ...late]);
}

/** The fields that identity is made of; of a message without a Message-ID the whole header, for then all of it counts. */
export async function* readHeaders(
  lane: Lane,
  place: PlaceId,
  ids: readonly ItemId[],
  { signal }: Options,
): AsyncIterable<{ readonly id: ItemId; readonly header: Uint8Array }> {
  for (const portion of portions(uidsOf(ids), idsAtOnce)) {
    if (signal.aborted) throw interrupted();
    const headers = await seen(lane, place, portion, (line, _, uids) => headersOf(line, place, uids));
    for (const [uid, header] of headers) yield { id: String(uid), header };
  }
}

/** Entries of these messages as they are now, without bodies. */
export async function readEntries(line: Line, folder: Selected, set: string): Promise<ReadonlyMap<number, Entry>> {
  const entries = new Map<number, Entry>();
  const done = await line.wire.run([`UID FETCH ${set} (${entryItems(line.abilities, folder)})`], (response) => {
    const found = entryOf(folder.place, response);
    if (found === undefined) return;
    const { uid, ...entry } = found;
    entries.set(uid, entry);
  });
  expectOk(done, "Reading messages", folder.place, "item");
  return entries;
}

/**
 * NUL cannot travel in a literal (RFC 3501, 4.3), so Dovecot shows 0x80 in its place. BINARY (RFC 3516) shows it, but also undoes
 * transfer encodings: it is taken only where it differs in nothing but that.
 */
async function withNuls(line: Line, place: PlaceId, uid: number, body: Buffer): Promise<Buffer> {
  if (!line.abilities.binary || !body.includes(0x80) || isUtf8(body)) return body;
  const found = await fetchOctets(line, place, [uid], "BINARY.PEEK[]", "BINARY[]").catch(() => undefined);
  const binary = found?.get(uid);
  if (binary === undefined || binary.length !== body.length || !binary.includes(0)) return body;
  const same = binary.every((octet, at) => octet === body[at] || (octet === 0 && body[at] === 0x80));
  return same ? binary : body;
}

/** Bodies of messages that fit into memory together; those without one that are still there are told as a fault. */
async function readSmall(
  lane: Lane,
  place: PlaceId,
  entries: ReadonlyMap<number, Entry>,
): Promise<readonly ReadItem[]> {
  const uids = [...entries.keys()];
  const bodies = await lane.inside(place, {}, async (line) => {
    const found = new Map(await fetchOctets(line, place, uids, "BODY.PEEK[]", "BODY[]"));
    for (const [uid, body] of found) found.set(uid, await withNuls(line, place, uid, body));
    return found;
  });
  const without = uids.filter((uid) => !bodies.has(uid));
  const left =
    without.length === 0
      ? new Map<number, Entry>()
      : await lane.inside(place, { fresh: true }, (line, folder) => readEntries(line, folder, sequenceSet(without)));
  return [...entries].flatMap(([uid, entry]): ReadItem[] => {
    const body = bodies.get(uid);
    if (body !== undefined) return [{ ...entry, size: body.length, body }];
    return left.has(uid) ? [{ ...entry, fault: recordOf(bodiless(entry)) }] : [];
  });
}

/** A body larger than a batch, in windows, by way of the disk: its size is then known for certain, whatever the server announced. */
async function readLarge(lane: Lane, entry: Entry, budget: Budget, { signal }: Options): Promise<ReadItem> {
  const spool = await createSpool();
  try {
    for (let at = 0; ; at += windowBytes) {
      if (signal.aborted) throw interrupted();
      await budget.charge({ bytes: windowBytes }, signal);
      const window = await lane.inside(entry.place, {}, (line) =>
        fetchOctets(line, entry.place, [Number(entry.id)], `BODY.PEEK[]<${at}.${windowBytes}>`, "BODY[]"),
      );
      const octets = window.get(Number(entry.id));
      if (octets === undefined) throw bodiless(entry);
      await spool.add(octets);
      if (octets.length < windowBytes) break;
    }
  } catch (thrown) {
    await spool.discard();
    throw thrown;
  }
  return { ...entry, size: spool.size, body: spool.stream() };
}

function bodiless({ place, id }: Entry): Fault {
  return new Fault({
    code: "item.bodiless",
    message: "The server shows the message and gives no body of it",
    spoils: "item",
    retry: "later",
    about: `${place}/${id}`,
  });
}

/** Bodies with their entries; what is gone is left out. Each message is whole in memory or on disk before it is given. */
export async function* readItems(
  lane: Lane,
  place: PlaceId,
  ids: readonly ItemId[],
  budget: Budget,
  options: Options,
): AsyncIterable<ReadItem> {
  for (const portion of portions(uidsOf(ids), idsAtOnce)) {
    if (options.signal.aborted) throw interrupted();
    const entries = await seen(lane, place, portion, (line, folder, uids) =>
      readEntries(line, folder, sequenceSet(uids)),
    );
    for (const group of groups(entries)) {
      await budget.charge({ messages: group.size, bytes: sizeOf(group) }, options.signal);
      yield* await readSmall(lane, place, group);
    }
    for (const entry of entries.values()) {
      if (entry.size <= batchBytes) continue;
      const item = await whole(lane, entry, budget, options);
      yield item;
      // Whoever takes the next one is done with this one.
      if ("body" in item && item.body instanceof Readable) item.body.destroy();
    }
  }
}

async function whole(lane: Lane, entry: Entry, budget: Budget, options: Options): Promise<ReadItem> {
  try {
    return await readLarge(lane, entry, budget, options);
  } catch (thrown) {
    const fault = asFault(thrown, { code: "read.failed", spoils: "item", retry: "later", about: entry.place });
    if (fault.code !== "item.bodiless") throw fault;
    return { ...entry, fault: recordOf(fault) };
  }
}

const sizeOf = (entries: ReadonlyMap<number, Entry>): number =>
  [...entries.values()].reduce((sum, { size }) => sum + size, 0);

/** Messages no larger than a batch, in groups that are none larger either. */
function* groups(entries: ReadonlyMap<number, Entry>): Iterable<ReadonlyMap<number, Entry>> {
  let group = new Map<number, Entry>();
  let bytes = 0;
  for (const [uid, entry] of entries) {
    if (entry.size > batchBytes) continue;
    if (group.size > 0 && bytes + entry.size > batchBytes) {
      yield group;
      group = new Map();
      bytes = 0;
    }
    group.set(uid, entry);
    bytes += entry.size;
  }
  if (group.size > 0) yield group;
}
