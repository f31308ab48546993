import { constants } from "node:fs";
import type { CheckRequest } from "../../contract/check.ts";
import type { Options } from "../../contract/options.ts";
import type { Finding } from "../../model/finding.ts";
import type { ArchiveEndpointSpec } from "../../model/spec.ts";
import { checkSignal } from "./bounded.ts";
import { access, type DiskPath, freeSpace, list, listIfThere, lstatIfThere, shown } from "./disk.ts";
import { findRoot } from "./mailbox.ts";
import { isMessage } from "./eml/folders.ts";

type Format = ArchiveEndpointSpec["format"];

/** Reach, rights, room, what each mailbox takes, and what the format cannot hold. */
export async function* check(
  name: string,
  spec: ArchiveEndpointSpec,
  request: CheckRequest,
  { signal }: Options,
): AsyncIterable<Finding> {
  const root = await findRoot(spec.path);
  yield* rights(name, root);
  yield {
    code: "archive.space",
    severity: "info",
    about: name,
    message: "Free space",
    detail: { bytes: await freeSpace(root) },
  };
  for (const limit of limitsOf(spec)) yield { severity: "info", about: name, ...limit };
  for (const { name: user, kind } of await list(root)) {
    checkSignal(signal);
    if (kind !== "folder" || user.startsWith(".")) continue;
    yield* mailbox(name, spec.format, `${root}/${user}`, request, signal);
  }
}

async function* rights(name: string, root: DiskPath): AsyncIterable<Finding> {
  const able = (mode: number) =>
    access(root, mode).then(
      () => true,
      () => false,
    );
  if (!(await able(constants.R_OK | constants.X_OK))) {
    yield {
      code: "archive.denied",
      severity: "error",
      about: name,
      message: "The folder cannot be read",
      remedy: "give the right to read it",
    };
  }
  if (!(await able(constants.W_OK))) {
    yield {
      code: "archive.readOnly",
      severity: "warning",
      about: name,
      message: "The folder cannot be written to: it can be a source only",
    };
  }
}

type Limit = Pick<Finding, "code" | "message">;

const ofFormat: Readonly<Record<Format, readonly Limit[]>> = {
  maildir: [{ code: "archive.keywords", message: "A folder holds 26 keywords; more are left out and counted" }],
  eml: [{ code: "archive.marks", message: "Message files hold no flags and no keywords" }],
  mbox: [{ code: "archive.dates", message: "Dates are kept to the second" }],
};

const ofMboxo: Limit = {
  code: "archive.quoting",
  message:
    "mboxo cannot tell a line that began with >From from one that began with From: such messages come back altered; mboxrd can",
};

const limitsOf = ({ format, dialect }: ArchiveEndpointSpec): readonly Limit[] =>
  format === "mbox" && dialect === "mboxo" ? [...ofFormat.mbox, ofMboxo] : ofFormat[format];

interface Sum {
  files: number;
  bytes: number;
  ignored: number;
}

async function* mailbox(
  name: string,
  format: Format,
  path: DiskPath,
  request: CheckRequest,
  signal: AbortSignal,
): AsyncIterable<Finding> {
  const user = shown(path.slice(path.lastIndexOf("/") + 1));
  const about = `${name}: ${user}`;
  try {
    const sum: Sum = { files: 0, bytes: 0, ignored: 0 };
    await add(path, "", format, sum, signal);
    tell(request, user, format, sum);
    yield {
      code: "archive.mailbox",
      severity: "info",
      about,
      message: "Size",
      detail: { files: sum.files, bytes: sum.bytes },
    };
    if (sum.ignored > 0) {
      const message = "Files that are no message of this format are left out";
      yield { code: "archive.ignored", severity: "warning", about, message, detail: { files: sum.ignored } };
    }
  } catch {
    checkSignal(signal);
    yield {
      code: "archive.denied",
      severity: "error",
      about,
      message: "The mailbox cannot be read",
      remedy: "give the right to read it",
    };
  }
}

/** What lies on disk, whatever the rules leave out of it; an mbox is not opened for counting its messages. */
function tell({ mailboxes, seen }: CheckRequest, user: string, format: Format, { files, bytes }: Sum): void {
  const messages = format === "mbox" ? {} : { messages: files };
  for (const { address, owner } of mailboxes)
    if (owner.user === user)
      seen({ address, holds: { ...messages, bytes, counted: "by the files on disk, all folders" } });
}

/** Whether a file holds mail, by its name and the name of its directory. */
const holdsMail: Readonly<Record<Format, (name: DiskPath, parent: DiskPath) => boolean>> = {
  maildir: (_, parent) => parent === "cur" || parent === "new",
  mbox: () => true,
  eml: (name) => isMessage(name),
};

async function add(path: DiskPath, parent: DiskPath, format: Format, sum: Sum, signal: AbortSignal): Promise<void> {
  checkSignal(signal);
  for (const { name, kind } of await listIfThere(path)) {
    const inner = `${path}/${name}`;
    if (kind === "folder" && (format === "maildir" || !name.startsWith(".")))
      await add(inner, name, format, sum, signal);
    if (kind !== "file" || name.startsWith(".")) continue;
    if (holdsMail[format](name, parent)) {
      sum.files += 1;
      sum.bytes += Number((await lstatIfThere(inner))?.size ?? 0);
    } else if (format === "eml") sum.ignored += 1;
  }
}
