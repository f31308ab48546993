import { Buffer } from "node:buffer";
import { between, chance } from "../chance.ts";

/** `mixed`: 10 KB median, 52 KB mean, as people have it. `small`: 2 KB median, for many. `large`: 25 MB each. */
export type Kind = "mixed" | "small" | "large";

/** Octets at shares of all messages; between them the logarithm is straight. */
const sizes: Readonly<Record<Kind, readonly (readonly [share: number, octets: number])[]>> = {
  mixed: [
    [0, 1_000],
    [0.5, 10_000],
    [0.9, 60_000],
    [0.99, 520_000],
    [0.999, 3_000_000],
    [1, 12_000_000],
  ],
  small: [
    [0, 700],
    [0.5, 2_000],
    [0.9, 5_000],
    [1, 40_000],
  ],
  large: [
    [0, 25_000_000],
    [1, 25_000_000],
  ],
};

function sizeAt(kind: Kind, share: number): number {
  const knots = sizes[kind];
  const at = knots.findIndex(([end]) => share < end);
  const [[low = 0, from = 0] = [], [high = 1, to = 0] = []] = [knots[at - 1], knots[at]];
  return Math.round(from * (to / from) ** ((share - low) / (high - low)));
}

const names =
  "INBOX,Sent,Archive,Projects,Lists,Invoices,Drafts,Trash,Archive/2022,Archive/2023,Archive/2024,Archive/2025"
    .concat(",Projects/Harbour,Projects/Quay,Projects/Light House,Lists/Sailing,Lists/Weather,Travel,Family,Notes")
    .concat(",Receipts,Bank,Insurance,School")
    .split(",");

/** The first so many folders of a mailbox; the share of the messages each holds falls from the first to the last. */
export const folderNames = (count: number): readonly string[] => names.slice(0, count);

/** A message as it lies in a Maildir: line feeds alone. */
export interface Letter {
  readonly folder: string;
  /** Letters of a Maildir's file name. */
  readonly flags: string;
  /** Seconds since 1970, of its date and its arrival. */
  readonly at: number;
  readonly text: Buffer;
}

const flags = ["S", "S", "S", "RS", "FS", ""];
const day = 86_400;
const newest = Date.UTC(2026, 0, 1) / 1000;
/** Multiples of it modulo 1 fill the interval evenly, however many there are, so that every mailbox has the same distribution. */
const golden = (Math.sqrt(5) - 1) / 2;

/** Lines of base64, as attachments are. */
const filling = makeFilling();

function makeFilling(): Buffer {
  const random = chance(1);
  const octets = Buffer.from(Uint8Array.from({ length: 57 * 16_384 }, () => between(random, 0, 256)));
  return Buffer.from(octets.toString("base64").replaceAll(/.{76}/gu, "$&\n"), "latin1");
}

/** The messages of one mailbox, the same on every run. `mailbox` tells them from those of other mailboxes. */
export function* letters(kind: Kind, mailbox: number, messages: number, folders: number): Iterable<Letter> {
  const random = chance(mailbox);
  for (let number = 0; number < messages; number++) {
    const size = sizeAt(kind, ((number + 0.5 + mailbox) * golden) % 1);
    const folder = names[Math.floor(random() * random() * folders)] ?? "INBOX";
    const at = newest - between(random, 0, 10 * 365 * day);
    const chosen = flags[between(random, 0, flags.length)] ?? "";
    yield { folder, flags: chosen, at, text: textOf(`${mailbox}.${number}`, at, size, random) };
  }
}

function textOf(name: string, at: number, size: number, random: () => number): Buffer {
  const person = between(random, 0, 400);
  const date = new Date(at * 1000).toUTCString().replace("GMT", "+0000");
  const header = Buffer.from(
    [
      `Return-Path: <p${person}@sailing.example>`,
      `Received: from relay.sailing.example (relay.sailing.example [192.0.2.7]) by mail.harbour.example with ESMTPS id ${name}; ${date}`,
      `Message-ID: <${name}.${at}@sailing.example>`,
      `Date: ${date}`,
      `From: Person ${person} <p${person}@sailing.example>`,
      "To: Ana Ruiz <ana@harbour.example>",
      `Subject: =?UTF-8?Q?Auftrag_${name}:_f=C3=BCnf_Liegepl=C3=A4tze?=`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=us-ascii",
      "Content-Transfer-Encoding: base64",
      "\n",
    ].join("\n"),
  );
  const text = Buffer.alloc(Math.max(size, header.length + 78), "\n");
  header.copy(text);
  let filled = header.length;
  while (filled < text.length - 1) {
    const from = between(random, 0, filling.length / 77) * 77;
    filled += filling.copy(text, filled, from, from + text.length - 1 - filled);
  }
  return text;
}
