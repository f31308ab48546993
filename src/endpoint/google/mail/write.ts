import type { Buffer } from "node:buffer";
import type { Options } from "../../../contract/options.ts";
import { type Fault, interrupted, recordOf } from "../../../model/fault.ts";
import type { NewItem, Receipt } from "../../../model/item.ts";
import { Refused } from "../refused.ts";
import type { Copies } from "./copies.ts";
import { type Labels, marksOf, revisionOf } from "./labels.ts";
import { sideways } from "../sideways.ts";
import { asMailFault, type Mailbox, type Message } from "./mailbox.ts";
import { beginningOf, octetsOf } from "./octets.ts";
import { upload, uploadInPieces } from "./upload.ts";

interface Writer {
  readonly mailbox: Mailbox;
  readonly copies: Copies;
  readonly labels: Labels;
  /** Octets above which a message goes in pieces. */
  readonly large: number;
  /** Told of a date that could not be brought. */
  undated(item: NewItem): void;
}

const width = 8;

/** Writes what it can. An item without a receipt is one whose outcome nobody knows. */
export async function write(writer: Writer, items: readonly NewItem[], options: Options): Promise<readonly Receipt[]> {
  if (options.signal.aborted) throw interrupted();
  const receipts: Receipt[] = [];
  let failure: Fault | undefined;
  const one = async (item: NewItem): Promise<Receipt | undefined> => {
    if (failure !== undefined) return undefined;
    try {
      return await writeOne(writer, item, options);
    } catch (thrown) {
      const fault = asMailFault(thrown, writer.mailbox);
      if (fault.code === "outcome.unknown") return undefined;
      if (fault.spoils === "item") return { key: item.key, fault: recordOf(fault) };
      failure ??= fault;
      return undefined;
    }
  };
  for await (const receipt of sideways(items, width, one)) if (receipt !== undefined) receipts.push(receipt);
  if (failure !== undefined) throw failure;
  return receipts;
}

async function writeOne(writer: Writer, whole: NewItem, options: Options): Promise<Receipt> {
  const { mailbox, copies, labels, large } = writer;
  await mailbox.budget.charge({ messages: 1, bytes: whole.size }, options.signal);
  const isLarge = whole.size > large;
  const { head, item } = isLarge ? await beginningOf(whole) : { head: await octetsOf(whole), item: whole };
  const probe = { octets: head, size: item.size };
  const shared = await copies.sharable(probe, item.place, item.marks, labels, options);
  const merged = shared === undefined ? undefined : await label(writer, shared, item, options);
  if (merged !== undefined) {
    if (!(item.body instanceof Uint8Array)) item.body.destroy();
    return { ...receiptOf(merged, item), merged: true };
  }
  const sent = isLarge ? await uploadInPieces(mailbox, item, options) : await upload(mailbox, item, head, options);
  const message = await marked(writer, item, sent, options);
  if (message.id) copies.note(probe, message.id, labels.placesOf(message.labelIds ?? []), item.marks);
  if (dateOf(head) !== Math.floor(item.date / 1000)) writer.undated(item);
  return receiptOf(message, item);
}

/** Seconds since 1970 as the Date header says; undefined where it says none. */
function dateOf(octets: Buffer): number | undefined {
  const head = octets.subarray(0, 65_536).toString("latin1");
  const text = /^date:[ \t]*([^\r\n]+(?:\r?\n[ \t][^\r\n]*)*)/im.exec(/^[^]*?\r?\n\r?\n/.exec(head)?.[0] ?? head)?.[1];
  const at = Date.parse(
    (text ?? "")
      .replace(/\([^)]*\)/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000);
}

/** Drafts are made without labels: whether it was read, and its star, come after. */
async function marked({ mailbox }: Writer, item: NewItem, message: Message, options: Options): Promise<Message> {
  if (item.place !== "DRAFT" || !message.id || !item.marks.includes("\\Flagged")) return message;
  const gmail = await mailbox.apis.gmail();
  const requestBody = { addLabelIds: ["STARRED"] };
  const auth = mailbox.auth("modify", options);
  return (await gmail.users.messages.modify({ userId: "me", id: message.id, requestBody, auth })).data;
}

/** The same message in another folder: it gets that label, too. Undefined where it is gone by now. */
async function label(
  { mailbox }: Writer,
  id: string,
  { place }: NewItem,
  options: Options,
): Promise<Message | undefined> {
  const gmail = await mailbox.apis.gmail();
  const auth = mailbox.auth("modify", options);
  try {
    return (await gmail.users.messages.modify({ userId: "me", id, requestBody: { addLabelIds: [place] }, auth })).data;
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.status === 404) return undefined;
    throw thrown;
  }
}

function receiptOf({ id, labelIds }: Message, { key }: NewItem): Receipt {
  const labels = labelIds ?? [];
  return { key, ...(id ? { id } : {}), marks: marksOf(labels), revision: revisionOf(labels) };
}
