import { randomUUID } from "node:crypto";
import { Fault } from "../../model/fault.ts";
import type { Place, PlaceId, PlaceSpec, Role } from "../../model/item.ts";

/** A message as the memory keeps it. */
export interface Mail {
  readonly uid: number;
  readonly date: number;
  readonly body: Uint8Array;
  marks: readonly string[];
  /** Raised by every change of the mailbox (MODSEQ, RFC 7162). */
  modseq: number;
}

export interface Folder {
  readonly id: PlaceId;
  path: readonly string[];
  role?: Role;
  subscribed: boolean;
  /** Shows what is elsewhere too, or is somebody else's. */
  optional?: true;
  /** UIDVALIDITY. */
  validity: number;
  /** UIDNEXT. */
  next: number;
  readonly mails: Map<number, Mail>;
  /** UIDs that are gone, with the MODSEQ of their going (VANISHED). */
  readonly vanished: Map<number, number>;
  readonly objectId: string;
}

/** One owner's mail. */
export interface MailAccount {
  readonly folders: Map<PlaceId, Folder>;
  /** Raised by `touch` alone. */
  modseq: number;
  validity: number;
  /** Called once when something changes next. */
  readonly watchers: Set<() => void>;
}

/** Something changed: it gets its number, and whoever watches is told. */
function touch(account: MailAccount): void {
  account.modseq += 1;
  for (const wake of account.watchers) wake();
}

export function placeIdOf(path: readonly string[]): PlaceId {
  return path.map((part) => encodeURIComponent(part)).join("/");
}

export function createMailAccount(): MailAccount {
  const account: MailAccount = { folders: new Map(), modseq: 1, validity: 1, watchers: new Set() };
  addFolder(account, { path: ["INBOX"], role: "inbox" });
  return account;
}

export function addFolder(account: MailAccount, spec: PlaceSpec): Folder {
  const id = placeIdOf(spec.path);
  const known = account.folders.get(id);
  if (known !== undefined) return known;
  account.validity += 1;
  const folder: Folder = {
    id,
    path: spec.path,
    ...(spec.role === undefined ? {} : { role: spec.role }),
    subscribed: false,
    validity: account.validity,
    next: 1,
    mails: new Map(),
    vanished: new Map(),
    objectId: randomUUID(),
  };
  account.folders.set(id, folder);
  touch(account);
  return folder;
}

export function addMail(
  account: MailAccount,
  folder: Folder,
  mail: { date: number; body: Uint8Array; marks: readonly string[] },
): Mail {
  touch(account);
  const added: Mail = { ...mail, marks: [...mail.marks], uid: folder.next, modseq: account.modseq };
  folder.next += 1;
  folder.mails.set(added.uid, added);
  return added;
}

export function removeMail(account: MailAccount, folder: Folder, uid: number): boolean {
  if (!folder.mails.delete(uid)) return false;
  touch(account);
  folder.vanished.set(uid, account.modseq);
  return true;
}

export function markMail(account: MailAccount, mail: Mail, marks: readonly string[]): void {
  touch(account);
  mail.marks = marks;
  mail.modseq = account.modseq;
}

/** Renames a folder and all below it (RENAME, RFC 3501, 6.3.5). Throws `place.exists` where the name is taken. */
export function renameFolder(account: MailAccount, folder: Folder, path: readonly string[]): Folder {
  const taken = placeIdOf(path);
  if (account.folders.has(taken))
    throw new Fault({
      code: "place.exists",
      message: `There is a folder ${taken} already`,
      spoils: "place",
      about: taken,
    });
  const within = [...account.folders.values()].filter((one) => one === folder || one.id.startsWith(`${folder.id}/`));
  for (const one of within) {
    const next = [...path, ...one.path.slice(folder.path.length)];
    account.folders.delete(one.id);
    account.folders.set(placeIdOf(next), { ...one, id: placeIdOf(next), path: next });
  }
  touch(account);
  return folderAt(account, taken);
}

function folderAt(account: MailAccount, id: PlaceId): Folder {
  const folder = account.folders.get(id);
  if (folder === undefined)
    throw new Fault({
      code: "place.missing",
      message: `There is no folder ${id}`,
      spoils: "place",
      retry: "later",
      about: id,
    });
  return folder;
}

/** Gives every message another UID under another UIDVALIDITY, as a restored server does. */
export function renumberFolder(account: MailAccount, folder: Folder): void {
  account.validity += 1;
  touch(account);
  const mails = [...folder.mails.values()];
  folder.validity = account.validity;
  folder.mails.clear();
  folder.vanished.clear();
  mails.forEach((mail, index) => folder.mails.set(index + 1, { ...mail, uid: index + 1, modseq: account.modseq }));
  folder.next = mails.length + 1;
}

export function placeOf(folder: Folder, marks: Place["marks"]): Place {
  return {
    id: folder.id,
    path: folder.path,
    ...(folder.role === undefined ? {} : { role: folder.role }),
    subscribed: folder.subscribed,
    selectable: true,
    ...(folder.optional === undefined ? {} : { optional: folder.optional }),
    marks,
    objectId: folder.objectId,
    neverRemoved: folder.next - 1 === folder.mails.size,
  };
}
