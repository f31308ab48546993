import { listOf, type Loose, looseOf, textOf } from "../answer.ts";

/**
 * A header block of what Graph says of a message: Message-ID, Date, From, To and Subject. It is made of the same fields in every
 * mailbox, and asks for no octets. A draft was never sent: when it was made, or changed, is no date of its own.
 */
export function headerOf(message: Loose): Uint8Array {
  const sent = Date.parse(textOf(message["sentDateTime"]) ?? "");
  const to = listOf(message["toRecipients"]).map(addressOf).filter(Boolean).join(", ");
  const fields: readonly (readonly [string, string])[] = [
    ["From", addressOf(looseOf(message["from"]))],
    ["To", to],
    ["Subject", oneLine(textOf(message["subject"]) ?? "")],
    ["Message-ID", oneLine(textOf(message["internetMessageId"]) ?? "")],
    ["Date", message["isDraft"] === true || Number.isNaN(sent) ? "" : dateText(sent)],
  ];
  return Buffer.from(fields.flatMap(([name, value]) => (value === "" ? [] : `${name}: ${value}\r\n`)).join(""));
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n\0]+\s*/g, " ").trim();

/** As RFC 5322, 3.3 has it. */
const dateText = (at: number): string => new Date(at).toUTCString().replace("GMT", "+0000");

function addressOf(recipient: Loose): string {
  const { address, name } = looseOf(recipient["emailAddress"]);
  const [addrSpec, display] = [oneLine(textOf(address) ?? ""), oneLine(textOf(name) ?? "")];
  if (addrSpec === "" || display === "" || display === addrSpec) return addrSpec || display;
  const words = /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(display) ? display : `"${display.replaceAll(/["\\]/g, "\\$&")}"`;
  return `${words} <${addrSpec}>`;
}
