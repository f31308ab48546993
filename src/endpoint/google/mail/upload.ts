import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { NewItem } from "../../../model/item.ts";
import { jsonOf } from "../wire.ts";
import { labelsFor } from "./labels.ts";
import type { Mailbox, Message } from "./mailbox.ts";
import { piecesOf } from "./octets.ts";

/**
 * Where the date comes from that Gmail sorts by. `insert` would take the time of arrival, `import` the header's; there is no third, so
 * that a date which the source keeps beside the message cannot be brought.
 */
const internalDateSource = "dateHeader";
const mimeType = "message/rfc822";

/** A message whose octets are at hand, with its labels, in one request. */
export async function upload(mailbox: Mailbox, item: NewItem, octets: Buffer, options: Options): Promise<Message> {
  const gmail = await mailbox.apis.gmail();
  const { root } = mailbox.apis;
  const once = { once: true, spoils: "item" } as const;
  const media = { mimeType, body: Readable.from([octets]) };
  if (item.place === "DRAFT") {
    const auth = mailbox.wire.auth(mailbox.call("draft", options, once));
    const { data } = await gmail.users.drafts.create({ userId: "me", requestBody: { message: {} }, media, auth }, root);
    return data.message ?? {};
  }
  const auth = mailbox.wire.auth(mailbox.call("insert", options, once));
  const requestBody = { labelIds: labelsFor(item.place, item.marks) };
  const asked = { userId: "me", internalDateSource, requestBody, media, auth };
  if (mailbox.spec.mail?.method !== "import") return (await gmail.users.messages.insert(asked, root)).data;
  const delivered = { neverMarkSpam: true, processForCalendar: false };
  return (await gmail.users.messages.import({ ...asked, ...delivered }, root)).data;
}

/** Octets of one request of a resumable upload: a multiple of 256 KiB. */
const piece = 8 * 1024 * 1024;
const usualRoot = "https://gmail.googleapis.com/";

/**
 * A message that is larger than a batch, in pieces. What of a piece has arrived is asked for where an answer is lost, so that pieces may be
 * sent again; nothing is stored before the last one is there.
 */
export async function uploadInPieces(mailbox: Mailbox, item: NewItem, options: Options): Promise<Message> {
  const session = await begin(mailbox, item, options);
  let from = 0;
  for await (const octets of piecesOf(item, piece)) {
    const end = from + octets.length;
    const done = await send(mailbox, session, { octets, from, size: item.size, last: end === item.size }, options);
    if (done !== undefined) return done;
    from = end;
  }
  throw broken("Gmail did not say what became of a message that was sent whole", mailbox);
}

async function begin(mailbox: Mailbox, { place, marks, size }: NewItem, options: Options): Promise<string> {
  const draft = place === "DRAFT";
  const path = draft ? "drafts" : mailbox.spec.mail?.method === "import" ? "messages/import" : "messages";
  const url = new URL(`resumable/upload/gmail/v1/users/me/${path}`, mailbox.apis.root.rootUrl ?? usualRoot);
  url.searchParams.set("uploadType", "resumable");
  if (!draft) url.searchParams.set("internalDateSource", internalDateSource);
  if (path.endsWith("import")) url.searchParams.set("neverMarkSpam", "true");
  const body = Buffer.from(JSON.stringify(draft ? { message: {} } : { labelIds: labelsFor(place, marks) }));
  const headers = new Headers({
    "content-type": "application/json",
    "x-upload-content-type": mimeType,
    "x-upload-content-length": String(size),
  });
  // A session that nobody goes on with leaves nothing behind: it may be begun twice.
  const call = mailbox.call(draft ? "draft" : "insert", options, { spoils: "item" });
  const came = await mailbox.wire.send({ method: "POST", url: url.href, headers, body }, call);
  const session = came.headers.get("location");
  if (session === null) throw broken("Gmail began an upload and did not say where", mailbox);
  return session;
}

interface Piece {
  readonly octets: Buffer<ArrayBufferLike>;
  readonly from: number;
  readonly size: number;
  readonly last: boolean;
}

/** Sends a piece, and of it what is still missing as often as is needed. What comes after the last one is the message. */
async function send(
  mailbox: Mailbox,
  url: string,
  { octets, from, size, last }: Piece,
  options: Options,
): Promise<Message | undefined> {
  const call = mailbox.call("profile", options, { once: true, spoils: "item" });
  let arrived = 0;
  for (let tries = 1; ; tries += 1) {
    const rest = octets.subarray(arrived);
    const range = `bytes ${from + arrived}-${from + octets.length - 1}/${size}`;
    const came = await put(mailbox, url, range, Buffer.from(rest), call).catch((thrown: unknown) => {
      if (!(thrown instanceof Fault) || thrown.code !== "outcome.unknown" || tries === 5) throw thrown;
      return put(mailbox, url, `bytes */${size}`, Buffer.alloc(0), { ...call, repeatable: true });
    });
    if (came.status !== 308) return messageOf(came.text);
    const next = Number(/-(\d+)$/.exec(came.headers.get("range") ?? "")?.[1] ?? -1) + 1;
    if (next >= from + octets.length && !last) return undefined;
    if (next < from) throw broken("Gmail lost what it had of a message", mailbox);
    arrived = next - from;
    if (tries > 20) throw broken("Gmail takes no more of a message", mailbox);
  }
}

function put(
  mailbox: Mailbox,
  url: string,
  range: string,
  body: Uint8Array<ArrayBuffer>,
  call: Parameters<Mailbox["wire"]["send"]>[1],
) {
  return mailbox.wire.send({ method: "PUT", url, headers: new Headers({ "content-range": range }), body }, call);
}

/** A draft holds its message. */
function messageOf(text: string): Message {
  const said = (jsonOf(text) ?? {}) as Message & { readonly message?: Message };
  return said.message ?? said;
}

const broken = (message: string, { user }: Mailbox): Fault =>
  new Fault({ code: "upload.broken", message, spoils: "item", retry: "later", about: user });
