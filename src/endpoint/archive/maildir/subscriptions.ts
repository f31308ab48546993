import { Buffer } from "node:buffer";
import type { Clock } from "../../../contract/endpoint.ts";
import { type DiskPath, readIfThere, replaceFile } from "../disk.ts";
import { withDotlock } from "../dotlock.ts";
import { type Folder } from "./folders.ts";
import { folderPath } from "./name.ts";

const header = "V\t2\n\n";

/** Names that are subscribed, as the disk spells folders (`.Part.Part`); undefined where nobody keeps subscriptions. */
export type Subscriptions = { readonly version: 1 | 2; readonly names: readonly DiskPath[] } | undefined;

const path = (mailbox: DiskPath): DiskPath => `${mailbox}/subscriptions`;

/** Reads Dovecot's file: a name a line, with dots (version 1), or after a header of `V 2`, with tabs between the parts. */
export async function readSubscriptions(mailbox: DiskPath): Promise<Subscriptions> {
  const content = (await readIfThere(path(mailbox)))?.toString("latin1");
  if (content === undefined) return undefined;
  const version = content.startsWith(header) ? 2 : 1;
  const lines = content.slice(version === 2 ? header.length : 0).split("\n");
  const names = lines
    .filter((line) => line !== "")
    .map((line) => `.${version === 2 ? line.replaceAll("\t", ".") : line}`);
  return { version, names };
}

export function isSubscribed(subscriptions: Subscriptions, folder: Folder): boolean | undefined {
  return subscriptions?.names.some((name) => isSame(name, folder));
}

const isSame = (name: DiskPath, folder: Folder): boolean =>
  folder.name === ""
    ? /^\.inbox$/i.test(name)
    : name === folder.name || folderPath(name).join("\0") === folder.path.join("\0");

export async function setSubscribed(
  mailbox: DiskPath,
  folder: Folder,
  on: boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  await withDotlock(path(mailbox), clock, signal, async () => {
    const { version, names } = (await readSubscriptions(mailbox)) ?? { version: 2 as const, names: [] };
    const others = names.filter((name) => !isSame(name, folder));
    const now = on ? [...others, folder.name === "" ? ".INBOX" : folder.name] : others;
    const lines = now.map((name) => `${version === 2 ? name.slice(1).replaceAll(".", "\t") : name.slice(1)}\n`);
    await replaceFile(path(mailbox), Buffer.from((version === 2 ? header : "") + lines.join(""), "latin1"));
  });
}
