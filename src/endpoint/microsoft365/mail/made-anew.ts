import type { Address, Attachment, Email } from "postal-mime";
import type { NewItem } from "../../../model/item.ts";
import type { Loose } from "../answer.ts";
import { followUpOf, isCategory } from "./marks.ts";

/** What was last done with a message (PidTagLastVerbExecuted, MS-OXOMSG, 2.2.1.4). */
const verbs: Readonly<Record<string, string>> = { "\\answered": "102", $forwarded: "104" };

/** A message as Graph makes one: of what its octets say, as far as Graph has a word for it. Throws what the parser throws. */
export async function madeAnew({ date, marks, flag }: NewItem, octets: Uint8Array): Promise<Loose> {
  const { default: parser } = await import("postal-mime");
  const email = await parser.parse(octets, { attachmentEncoding: "base64", forceRfc822Attachments: true });
  const has = new Set(marks.map((mark) => mark.toLowerCase()));
  const attachments = email.attachments.map(attachmentOf);
  return {
    subject: email.subject ?? "",
    body: bodyOf(email),
    ...peopleOf(email),
    ...(email.messageId !== undefined && email.messageId !== "" && { internetMessageId: email.messageId }),
    isRead: has.has("\\seen"),
    flag: flag === undefined ? { flagStatus: has.has("\\flagged") ? "flagged" : "notFlagged" } : followUpOf(flag),
    categories: marks.filter(isCategory),
    singleValueExtendedProperties: propertiesOf(email, date, has),
    ...(attachments.length > 0 && { attachments }),
  };
}

const bodyOf = ({ html, text }: Email) =>
  html === undefined ? { contentType: "text", content: text ?? "" } : { contentType: "html", content: html };

function peopleOf({ from, sender, to, cc, bcc, replyTo }: Email): Loose {
  const [author] = recipients(from === undefined ? [] : [from]);
  const [agent] = recipients(sender === undefined ? [] : [sender]);
  return {
    ...(author !== undefined && { from: author }),
    ...((agent ?? author) !== undefined && { sender: agent ?? author }),
    toRecipients: recipients(to),
    ccRecipients: recipients(cc),
    bccRecipients: recipients(bcc),
    replyTo: recipients(replyTo),
  };
}

/** Members of a group (RFC 5322, 3.4) one by one. */
const recipients = (all: readonly Address[] = []): readonly Loose[] =>
  all
    .flatMap((each) => each.group ?? [each])
    .filter(({ address }) => address !== undefined && address !== "")
    .map(({ name, address }) => ({ emailAddress: { address, ...(name !== "" && { name }) } }));

const time = (at: number): string => new Date(at).toISOString();

/**
 * Flags and dates that Graph sets by no property of its own: PidTagMessageFlags without its bit for what is unsent, when it was delivered
 * and when it was sent (MS-OXPROPS). A draft stays one, and its date is its making.
 */
function propertiesOf(email: Email, received: number, marks: ReadonlySet<string>): readonly Loose[] {
  const verb = Object.keys(verbs).find((mark) => marks.has(mark));
  const sent = Date.parse(email.date ?? "");
  return [
    ...(marks.has("\\draft") ? [] : [{ id: "Integer 0x0E07", value: marks.has("\\seen") ? "1" : "0" }]),
    { id: "SystemTime 0x0E06", value: time(received) },
    { id: "SystemTime 0x0039", value: time(Number.isNaN(sent) ? received : sent) },
    ...(verb === undefined ? [] : [{ id: "Integer 0x1081", value: verbs[verb] }]),
  ];
}

function attachmentOf({ filename, mimeType, disposition, contentId, related, content }: Attachment): Loose {
  const id = contentId?.replaceAll(/^<|>$/g, "");
  return {
    "@odata.type": "#microsoft.graph.fileAttachment",
    name: filename ?? "attachment",
    contentType: mimeType,
    contentBytes: typeof content === "string" ? content : Buffer.from(content as Uint8Array).toString("base64"),
    isInline: related === true || disposition === "inline",
    ...(id !== undefined && id !== "" && { contentId: id }),
  };
}
