import { Buffer, isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import type { ReadOptions } from "../../contract/item-store.ts";
import type { Options } from "../../contract/options.ts";
import type { Budget } from "../../contract/endpoint.ts";
import { asFault, Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { Entry, ItemId, PlaceId, ReadItem } from "../../model/item.ts";
import { odditiesIn } from "./arena.ts";
import { batchBytes, portions, wholeBytes } from "./limits.ts";
import type { Line } from "./connect.ts";
import { entryFrom, entryItems, entryOf, fetched } from "./entry.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import type { Selected } from "./select.ts";
import { createCanon } from "./canon.ts";
import { createSlab } from "./slab.ts";
import { createSpool } from "../spool/spool.ts";
import { sequenceSet } from "./wire/command.ts";
import type { Room } from "./wire/reader.ts";
import type { Response, Value } from "./wire/response.ts";

/** Octets of a large body in one command, and how many commands are under way. */
const windowBytes = 256 * 1024;
const windowsAtOnce = 4;

const identityFields = "MESSAGE-ID DATE FROM TO SUBJECT";

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

const isPhantom = (octets: Buffer): boolean =>
  octets.length >= phantom.length && octets.toString("latin1", 0, phantom.length) === phantom;

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
    if (one === undefined || octets === undefined || isPhantom(octets)) return;
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
  read: (line: Line, uids: readonly number[]) => Promise<ReadonlyMap<number, T>>,
): Promise<ReadonlyMap<number, T>> {
  const found = await behind(lane, place, {}, (line) => read(line, uids));
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length === 0) return found;
  const late = await behind(lane, place, { fresh: true }, (line) => read(line, missing));
  return new Map([...found, ...late]);
}

/** Asks right behind the opening of a folder; what went wrong with that says more. Ends when all that was asked is answered. */
async function behind<T>(
  lane: Lane,
  place: PlaceId,
  how: { readonly fresh?: true },
  ask: (line: Line) => Promise<T>,
): Promise<T> {
  return lane.ahead(place, how, async (line, opening) => {
    const [opened, answered] = await Promise.allSettled([opening, ask(line)]);
    if (opened.status === "rejected") throw opened.reason;
    if (answered.status === "rejected") throw answered.reason;
    return answered.value;
  });
}

/** The fields that identity is made of; of a message without a Message-ID the whole header, for then all of it counts. */
export async function* readHeaders(
  lane: Lane,
  place: PlaceId,
  ids: readonly ItemId[],
  { signal }: Options,
): AsyncIterable<{ readonly id: ItemId; readonly header: Uint8Array }> {
  for (const portion of portions(uidsOf(ids))) {
    if (signal.aborted) throw interrupted();
    const headers = await seen(lane, place, portion, (line, uids) => headersOf(line, place, uids));
    for (const [uid, header] of headers) yield { id: String(uid), header };
  }
}

/** Entries of these messages as they are now, without bodies. */
export async function readEntries(
  line: Line,
  folder: Pick<Selected, "place" | "modseq">,
  set: string,
): Promise<ReadonlyMap<number, Entry>> {
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
  if (!line.abilities.binary) return body;
  const found = await fetchOctets(line, place, [uid], "BINARY.PEEK[]", "BINARY[]").catch(() => undefined);
  const binary = found?.get(uid);
  if (binary === undefined || binary.length !== body.length || !binary.includes(0)) return body;
  const same = binary.every((octet, at) => octet === body[at] || (octet === 0 && body[at] === 0x80));
  return same ? binary : body;
}

/** A message as one command shows it; without a body where the server gives none. */
interface Shown {
  readonly entry: Entry;
  readonly body?: Buffer;
}

/** Whether a folder numbers its changes is not known before it is open, and nobody needs it of a body. */
const unnumbered = { modseq: 0n } as const;

/** Entries and bodies in one command; the bodies lie in the slab. */
async function fetchShown(
  line: Line,
  place: PlaceId,
  uids: readonly number[],
  room: Room | undefined,
): Promise<ReadonlyMap<number, Shown>> {
  const found = new Map<number, Shown>();
  const items = `${entryItems(line.abilities, unnumbered)} BODY.PEEK[]`;
  const take = (response: Response): void => {
    const one = fetched(response);
    const known = one && entryFrom(place, one);
    if (known === undefined || one === undefined) return;
    const { uid, ...entry } = known;
    const body = octetsOf(one.attributes, "BODY[]");
    if (body === undefined) found.set(uid, { entry });
    else if (!isPhantom(body)) found.set(uid, { entry, body });
  };
  expectOk(
    await line.wire.run([`UID FETCH ${sequenceSet(uids)} (${items})`], take, room),
    "Reading messages",
    place,
    "item",
  );
  return found;
}

/** Messages that fit into memory together; those without a body that are still there are told as a fault. */
async function* readSmall(
  lane: Lane,
  place: PlaceId,
  wanted: readonly Wanted[],
  { returns }: ReadOptions,
): AsyncIterable<ReadItem> {
  const slab = returns === true ? createSlab(sizeOf(wanted) + slack * wanted.length) : undefined;
  try {
    const uids = wanted.map(({ uid }) => uid);
    const shown = await seen(lane, place, uids, (line, some) => fetchShown(line, place, some, slab?.room));
    const without = [...shown].flatMap(([uid, { body }]) => (body === undefined ? [uid] : []));
    const left =
      without.length === 0
        ? new Map<number, Entry>()
        : await lane.inside(place, { fresh: true }, (line, folder) => readEntries(line, folder, sequenceSet(without)));
    for (const [uid, { entry, body: octets }] of shown) {
      if (octets !== undefined) {
        const odd = slab === undefined ? undefined : odditiesIn(octets);
        const muddled = (odd?.x80 ?? octets.includes(0x80)) && !isUtf8(octets);
        const body = muddled ? await lane.inside(place, {}, (line) => withNuls(line, place, uid, octets)) : octets;
        const canonical = odd?.bare === false && !odd.nul && body === octets ? { canonical: true as const } : {};
        const lent = slab === undefined ? {} : { release: slab.hold() };
        yield { ...entry, size: body.length, body, ...canonical, ...lent };
      } else if (left.has(uid)) yield { ...entry, fault: recordOf(bodiless(entry)) };
    }
  } finally {
    slab?.seal();
  }
}

/** Octets that a server's count may be short of. */
const slack = 16;

/**
 * Windows of a body, by where they begin; without octets beyond its end, which some servers say by NIL, and left out where the message is
 * not shown. Asked for side by side, they come in any order (RFC 3501, 5.5; Dovecot does so): each tells where it begins.
 */
async function fetchWindows(
  { wire }: Line,
  place: PlaceId,
  uid: number,
  starts: readonly number[],
  room: Room,
): Promise<ReadonlyMap<number, Buffer>> {
  const windows = new Map<number, Buffer>();
  const take = (response: Response): void => {
    const one = fetched(response);
    if (one?.uid !== uid) return;
    for (const [name, value] of one.attributes) {
      const [, start] = /^BODY\[\]<(\d+)>/.exec(name) ?? [];
      const octets = typeof value === "string" ? Buffer.from(value, "latin1") : value;
      if (start === undefined || (octets !== null && !Buffer.isBuffer(octets))) continue;
      if (octets === null || !isPhantom(octets)) windows.set(Number(start), octets ?? Buffer.alloc(0));
    }
  };
  const asked = starts.map((start) =>
    wire.run([`UID FETCH ${uid} (UID BODY.PEEK[]<${start}.${windowBytes}>)`], take, room),
  );
  for (const done of await Promise.all(asked)) expectOk(done, "Reading messages", place, "item");
  return windows;
}

/**
 * A body that is too large for memory, in windows, by way of the disk: its size is then known for certain, whatever the server announced.
 */
async function readLarge(lane: Lane, entry: Entry, budget: Budget, { signal }: Options): Promise<ReadItem> {
  const spool = await createSpool();
  const canon = createCanon();
  const keep = async (octets: Buffer): Promise<void> => {
    canon.add(octets);
    await spool.add(octets);
  };
  try {
    for (let last = false; !last;) {
      if (signal.aborted) throw interrupted();
      await budget.charge({ bytes: windowsAtOnce * windowBytes }, signal);
      last = await readWindows(lane, entry, spool.size, keep);
    }
  } catch (thrown) {
    await spool.discard();
    throw thrown;
  }
  return { ...entry, size: spool.size, body: spool.stream(), ...(canon.kept ? { canonical: true } : {}) };
}

/** Some windows of a body, asked for at once, for each is a round trip. True where the last was among them. */
async function readWindows(
  lane: Lane,
  entry: Entry,
  from: number,
  keep: (octets: Buffer) => Promise<void>,
): Promise<boolean> {
  const slab = createSlab(windowsAtOnce * windowBytes);
  const starts = Array.from({ length: windowsAtOnce }, (_, number) => from + number * windowBytes);
  const asked = starts.filter((start, number) => number === 0 || start < entry.size);
  try {
    const windows = await lane.inside(entry.place, {}, (line) =>
      fetchWindows(line, entry.place, Number(entry.id), asked, slab.room),
    );
    for (const start of asked) {
      const octets = windows.get(start);
      if (octets === undefined || start + octets.length === 0) throw bodiless(entry);
      await keep(octets);
      if (octets.length < windowBytes) return true;
    }
    return false;
  } finally {
    slab.seal();
  }
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

/** What is to be read of a folder, with its size as far as it was told. */
interface Wanted {
  readonly uid: number;
  readonly size: number;
}

/** Bodies with their entries; what is gone is left out. Each message is whole in memory or on disk before it is given. */
export async function* readItems(
  lane: Lane,
  place: PlaceId,
  ids: readonly ItemId[],
  budget: Budget,
  options: ReadOptions,
): AsyncIterable<ReadItem> {
  const most = options.returns === true ? wholeBytes : batchBytes;
  for (const portion of portions(ids)) {
    if (options.signal.aborted) throw interrupted();
    const wanted = await measured(lane, place, portion, options.sizes);
    for (const group of groups(wanted.filter(({ size }) => size <= most))) {
      await budget.charge({ messages: group.length, bytes: sizeOf(group) }, options.signal);
      yield* readSmall(lane, place, group, options);
    }
    const large = wanted.filter(({ size }) => size > most).map(({ uid }) => uid);
    for (const entry of large.length === 0 ? [] : (await entriesOf(lane, place, large)).values()) {
      const item = await whole(lane, entry, budget, options);
      try {
        yield item;
      } finally {
        // Whoever takes the next one is done with this one, and so is who takes none.
        if ("body" in item && item.body instanceof Readable) item.body.destroy();
      }
    }
  }
}

const entriesOf = (lane: Lane, place: PlaceId, uids: readonly number[]): Promise<ReadonlyMap<number, Entry>> =>
  seen(lane, place, uids, (line, some) => readEntries(line, { place, ...unnumbered }, sequenceSet(some)));

/** Sizes as they were told before; asked for where one was not. */
async function measured(
  lane: Lane,
  place: PlaceId,
  ids: readonly ItemId[],
  sizes: ReadonlyMap<ItemId, number> = new Map(),
): Promise<readonly Wanted[]> {
  const known = ids.flatMap((id): Wanted[] => {
    const size = sizes.get(id);
    return size === undefined ? [] : [{ uid: Number(id), size }];
  });
  if (known.length === ids.length) return known;
  return [...(await entriesOf(lane, place, uidsOf(ids)))].map(([uid, { size }]) => ({ uid, size }));
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

const sizeOf = (wanted: readonly Wanted[]): number => wanted.reduce((sum, { size }) => sum + size, 0);

/** Messages in groups that are no larger than a batch; one that is goes alone. */
function* groups(wanted: readonly Wanted[]): Iterable<readonly Wanted[]> {
  let group: Wanted[] = [];
  let bytes = 0;
  for (const one of wanted) {
    if (group.length > 0 && bytes + one.size > batchBytes) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(one);
    bytes += one.size;
  }
  if (group.length > 0) yield group;
}
