import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Address, addressOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { MailboxResource } from "../../model/resource.ts";
import { type UnreadMailbox, unreadMailbox } from "../unread.ts";
import type { ToCheck } from "./check.ts";
import { readHead } from "./read.ts";
import { fileOf } from "./write.ts";

/** Proofs of mailboxes; and those that belong to none of them, where `whole` says that all mailboxes are meant. */
export async function proofsIn(
  path: string,
  isFolder: boolean,
  mailboxes: readonly MailboxResource[],
  whole: boolean,
): Promise<{ readonly found: readonly ToCheck[]; readonly strangers: readonly UnreadMailbox[] }> {
  if (!isFolder) return { found: [await proofAt(path, mailboxes)], strangers: [] };
  const found = mailboxes.map((mailbox) => ({ mailbox, file: join(path, fileOf(mailbox.address)) }));
  if (!whole) return { found, strangers: [] };
  const known = new Set(mailboxes.map(({ address }) => fileOf(address)));
  const names = (await readdir(path)).filter((name) => name.endsWith(".jsonl") && !known.has(name)).toSorted();
  return {
    found,
    strangers: names.map((name) => stranger(addressOf("mailbox", name.slice(0, -".jsonl".length)), join(path, name))),
  };
}

async function proofAt(file: string, mailboxes: readonly MailboxResource[]): Promise<ToCheck> {
  const { mailbox: address } = await readHead(file);
  const mailbox = mailboxes.find((each) => each.address === address);
  if (mailbox !== undefined) return { mailbox, file };
  throw new Fault({
    code: "mailbox.unknown",
    message: "The manifests, or what was selected of them, hold no mailbox of this name",
    about: address,
    spoils: "run",
    remedy: "declare it, or name the proof of another",
  });
}

const stranger = (address: Address, file: string): UnreadMailbox =>
  unreadMailbox(
    address,
    new Fault({
      code: "mailbox.unknown",
      message: `The manifests declare no mailbox for ${file}`,
      about: address,
      spoils: "mailbox",
      remedy: "declare it, or select mailboxes by --target",
    }),
  );
