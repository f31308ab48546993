import { Readable } from "node:stream";
import type { ItemStore, Look } from "../../contract/item-store.ts";
import { Fault, recordOf } from "../../model/fault.ts";
import type { Cursor, Edit, Entry, Feed, NewItem, Page, Place, ReadItem, Receipt } from "../../model/item.ts";
import type { Owner } from "../../model/resource.ts";
import {
  addFolder,
  addMail,
  createMailAccount,
  type Folder,
  type Mail,
  type MailAccount,
  markMail,
  placeOf,
  removeMail,
  renameFolder,
} from "./mail.ts";
import { watchAccount } from "./watch.ts";

const pageSize = 500;

/** What this memory can do: the server it plays. All of it by default. */
export interface MemoryTraits {
  /** Versions and cursors (CONDSTORE, QRESYNC); without, every reading is whole. */
  readonly cursors: boolean;
  /** Ids in receipts (UIDPLUS). */
  readonly receipts: boolean;
  readonly objectIds: boolean;
  /** Tells of changes (IDLE). */
  readonly watch: boolean;
  readonly atomic: boolean;
  readonly marks: Place["marks"];
  readonly acts: ReadonlySet<Edit["act"]>;
  readonly batch: {
    readonly items: number;
    readonly bytes: number;
    readonly inFlight: number;
    readonly places?: number;
    readonly ahead?: true;
  };
  /** Octets that a message, and all of an owner's together, may have. */
  readonly maxSize: number;
  readonly quota: number;
}

const everything: MemoryTraits = {
  cursors: true,
  receipts: true,
  objectIds: true,
  watch: true,
  atomic: true,
  marks: "any",
  acts: new Set<Edit["act"]>(["mark", "move", "remove"]),
  batch: { items: 100, bytes: 4 * 1024 * 1024, inFlight: 2, ahead: true },
  maxSize: Number.POSITIVE_INFINITY,
  quota: Number.POSITIVE_INFINITY,
};

/** The mail of every owner, and the way to it. Nothing outlives the process. */
export interface MemoryItems {
  /** The owner's mail, made with an INBOX when it is first asked for. */
  account(user: string): MailAccount;
  /** Everybody who has mail here. */
  users(): readonly string[];
  open(owner: Owner): Promise<ItemStore>;
}

interface MemoryCursor {
  readonly validity: number;
  readonly modseq: number;
  /** UIDNEXT: while UIDVALIDITY stands it never falls. */
  readonly next: number;
}

function missing(place: string): Fault {
  return new Fault({
    code: "place.missing",
    message: `There is no folder ${place}`,
    spoils: "place",
    retry: "later",
    about: place,
  });
}

function folderOf(account: MailAccount, place: string): Folder {
  const folder = account.folders.get(place);
  if (folder === undefined) throw missing(place);
  return folder;
}

function entryOf(folder: Folder, mail: Mail): Entry {
  return {
    place: folder.id,
    id: String(mail.uid),
    date: mail.date,
    size: mail.body.length,
    marks: mail.marks,
    revision: String(mail.modseq),
  };
}

const versionOf = (folder: Folder, { cursors }: MemoryTraits): Pick<Feed, "version"> =>
  cursors ? { version: `${folder.next}:${folder.mails.size}:${highest(folder)}` } : {};

function feedOf(account: MailAccount, folder: Folder, traits: MemoryTraits): Feed {
  return {
    id: folder.id,
    places: [folder.id],
    epoch: String(folder.validity),
    ...versionOf(folder, traits),
    count: folder.mails.size,
    watermark: { next: folder.next },
  };
}

function highest(folder: Folder): number {
  let top = 0;
  for (const mail of folder.mails.values()) top = Math.max(top, mail.modseq);
  for (const modseq of folder.vanished.values()) top = Math.max(top, modseq);
  return top;
}

function modseqOf(since: Cursor | undefined, folder: Folder, traits: MemoryTraits): number | undefined {
  if (since === undefined) return undefined;
  const cursor = since as unknown as MemoryCursor;
  const facts = { spoils: "mailbox", retry: "later", about: folder.id } as const;
  if (cursor.validity !== folder.validity)
    throw new Fault({ ...facts, code: "cursor.expired", message: "The folder was renumbered" });
  if (cursor.next > folder.next)
    throw new Fault({
      ...facts,
      code: "look.fallen",
      message: "The folder's next id has fallen: it is another folder, or an old copy of it",
    });
  return traits.cursors ? cursor.modseq : undefined;
}

async function* changes(
  account: MailAccount,
  feed: Feed,
  since: Cursor | undefined,
  traits: MemoryTraits,
  until: unknown,
): AsyncIterable<Page> {
  const folder = folderOf(account, feed.id);
  const next = { validity: folder.validity, modseq: account.modseq, next: folder.next };
  const version = versionOf(folder, traits);
  const from = modseqOf(since, folder, traits);
  const limit = until === undefined ? Number.POSITIVE_INFINITY : (until as { next: number }).next;
  const named = [...folder.mails.values()].filter((mail) => from === undefined || mail.modseq > from);
  const entries = named.map((mail) =>
    mail.uid >= limit ? { ...entryOf(folder, mail), late: true } : entryOf(folder, mail),
  );
  const gone =
    from === undefined
      ? []
      : [...folder.vanished]
          .filter(([, modseq]) => modseq > from)
          .map(([uid]) => ({ place: folder.id, id: String(uid) }));
  for (let start = 0; start + pageSize < entries.length; start += pageSize) {
    yield { whole: from === undefined, entries: entries.slice(start, start + pageSize), gone: [] };
  }
  const rest = entries.length === 0 ? 0 : Math.floor((entries.length - 1) / pageSize) * pageSize;
  yield { whole: from === undefined, entries: entries.slice(rest), gone, next, ...version };
}

/** The header block of a message: all before the first empty line. */
function headerOf(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (/^\r?\n/.test(text.subarray(0, 2).toString("latin1"))) return body.subarray(0, 0);
  const ends = [text.indexOf("\n\n"), text.indexOf("\r\n\r\n")].filter((end) => end >= 0);
  return ends.length === 0 ? body : body.subarray(0, Math.min(...ends) + 1);
}

function* mailsOf(folder: Folder, ids: readonly string[]): Iterable<Mail> {
  for (const id of ids) {
    const mail = folder.mails.get(Number(id));
    if (mail !== undefined) yield mail;
  }
}

async function bytesOf(item: NewItem): Promise<Uint8Array> {
  if (item.body instanceof Uint8Array) return Buffer.from(item.body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of item.body) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function kept(marks: readonly string[], permitted: Place["marks"]): readonly string[] {
  if (permitted === "any") return marks;
  const lower = new Set(permitted.map((mark) => mark.toLowerCase()));
  return marks.filter((mark) => lower.has(mark.toLowerCase()));
}

function refusal(item: NewItem, size: number, free: number, traits: MemoryTraits): Fault | undefined {
  if (size !== item.size)
    return new Fault({
      code: "item.size",
      message: `The message has ${size} octets, and ${item.size} were announced`,
      spoils: "item",
      retry: "later",
      about: item.key,
    });
  if (size > traits.maxSize)
    return new Fault({
      code: "item.tooLarge",
      message: `The message has ${size} octets; the limit is ${traits.maxSize}`,
      spoils: "item",
      about: item.key,
    });
  if (size > free)
    return new Fault({ code: "mailbox.full", message: "The mailbox is full", spoils: "mailbox", retry: "later" });
  return undefined;
}

function used(account: MailAccount): number {
  let octets = 0;
  for (const folder of account.folders.values()) for (const mail of folder.mails.values()) octets += mail.body.length;
  return octets;
}

/** One that is written as a whole or not at all refuses several by throwing: which of them was wrong, nobody is told. */
async function write(
  account: MailAccount,
  items: readonly NewItem[],
  traits: MemoryTraits,
): Promise<readonly Receipt[]> {
  const bodies = await Promise.all(items.map(bytesOf));
  const wholly = traits.atomic && items.length > 1;
  let free = traits.quota - used(account);
  const faults = items.map((item, at) => {
    const size = bodies[at]?.length ?? 0;
    const fault = refusal(item, size, free, traits);
    if (fault === undefined) free -= size;
    return fault;
  });
  const wrong = faults.find((fault) => fault !== undefined);
  if (wholly && wrong !== undefined)
    throw new Fault({ code: wrong.code, message: wrong.message, spoils: "item", retry: wrong.retry });
  return items.map((item, at) => {
    const fault = faults[at];
    if (fault !== undefined) return { key: item.key, fault: recordOf(fault) };
    const mail = addMail(account, folderOf(account, item.place), {
      date: item.date,
      body: bodies[at] ?? Buffer.alloc(0),
      marks: kept(item.marks, traits.marks),
    });
    return {
      key: item.key,
      marks: mail.marks,
      ...(traits.receipts ? { id: String(mail.uid), revision: String(mail.modseq) } : {}),
    };
  });
}

function edit(account: MailAccount, change: Edit, traits: MemoryTraits): Receipt {
  const folder = folderOf(account, change.place);
  const mail = folder.mails.get(Number(change.id));
  if (mail === undefined) {
    return {
      key: change.key,
      fault: recordOf(
        new Fault({ code: "item.gone", message: "The message is no longer there", spoils: "item", about: change.id }),
      ),
    };
  }
  if (change.revision !== undefined && change.revision !== String(mail.modseq)) {
    return {
      key: change.key,
      fault: recordOf(
        new Fault({
          code: "item.conflict",
          message: "The message changed meanwhile",
          spoils: "item",
          retry: "later",
          about: change.id,
        }),
      ),
    };
  }
  if (change.act === "remove") {
    removeMail(account, folder, mail.uid);
    return { key: change.key };
  }
  if (change.act === "move") {
    const moved = addMail(account, folderOf(account, change.to), mail);
    removeMail(account, folder, mail.uid);
    return { key: change.key, marks: moved.marks, ...(traits.receipts ? { id: String(moved.uid) } : {}) };
  }
  const without = new Set(change.remove.map((mark) => mark.toLowerCase()));
  const stays = mail.marks.filter((mark) => !without.has(mark.toLowerCase()));
  const has = new Set(stays.map((mark) => mark.toLowerCase()));
  markMail(account, mail, [...stays, ...kept(change.add, traits.marks).filter((mark) => !has.has(mark.toLowerCase()))]);
  return { key: change.key, marks: mail.marks, revision: String(mail.modseq) };
}

function roomOf(account: MailAccount, { maxSize, quota }: MemoryTraits): Pick<Look, "room"> {
  if (!Number.isFinite(maxSize) && !Number.isFinite(quota)) return {};
  const bytes = quota - used(account);
  return {
    room: { ...(Number.isFinite(maxSize) ? { item: maxSize } : {}), ...(Number.isFinite(bytes) ? { bytes } : {}) },
  };
}

function storeOf(account: MailAccount, traits: MemoryTraits): ItemStore {
  const show = (folder: Folder): Place => {
    const { objectId, ...place } = placeOf(folder, traits.marks);
    return traits.objectIds && objectId !== undefined ? { ...place, objectId } : place;
  };
  return {
    batch: { ...traits.batch, atomic: traits.atomic },
    look: async () => {
      const folders = [...account.folders.values()];
      return {
        places: folders.map(show),
        feeds: folders.map((folder) => feedOf(account, folder, traits)),
        naming: { illegal: "", foldsCase: false, maxPart: 1000 },
        marks: traits.marks,
        ...roomOf(account, traits),
      };
    },
    tellsVersion: true,
    changes: (feed, since, options) => changes(account, feed, since, traits, options.until),
    headers: async function* (place, ids) {
      for (const mail of mailsOf(folderOf(account, place), ids))
        yield { id: String(mail.uid), header: headerOf(mail.body) };
    },
    read: async function* (place, ids): AsyncIterable<ReadItem> {
      const folder = folderOf(account, place);
      for (const mail of mailsOf(folder, ids)) {
        yield {
          ...entryOf(folder, mail),
          body: mail.body.length > traits.batch.bytes ? Readable.from([mail.body]) : mail.body,
        };
      }
    },
    bookmark: async (place) => ({ validity: folderOf(account, place).validity, next: folderOf(account, place).next }),
    write: (items) => write(account, items, traits),
    since: async function* (place, bookmark) {
      const folder = folderOf(account, place);
      const mark = bookmark as { validity: number; next: number };
      const from = mark.validity === folder.validity ? mark.next : 0;
      for (const mail of folder.mails.values()) if (mail.uid >= from) yield entryOf(folder, mail);
    },
    edit: { acts: traits.acts, run: async (edits) => edits.map((change) => edit(account, change, traits)) },
    place: {
      create: async (spec) => show(addFolder(account, spec)),
      rename: async (place, spec) => show(renameFolder(account, folderOf(account, place), spec.path)),
      subscribe: async (place, on) => {
        folderOf(account, place).subscribed = on;
      },
    },
    ...(traits.watch ? { watch: ({ signal }) => watchAccount(account, signal) } : {}),
    close: async () => {},
  };
}

/** The reference item store: every law of the door, nothing else. */
export function createMemoryItems(traits: Partial<MemoryTraits> = {}): MemoryItems {
  const accounts = new Map<string, MailAccount>();
  const full = { ...everything, ...traits };
  const account = (user: string): MailAccount => {
    const known = accounts.get(user) ?? createMailAccount();
    accounts.set(user, known);
    return known;
  };
  return { account, users: () => [...accounts.keys()], open: async (owner) => storeOf(account(owner.user), full) };
}
