import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { between, chance } from "./chance.ts";

/** Folders of the mailbox, as Maildir++ names them; the share of the messages each holds falls from the first to the last. */
const folders = [
  "",
  ".Sent",
  ".Drafts",
  ".Archive",
  ".Archive.2024",
  ".Archive.2025",
  ".Projects",
  ".Projects.Harbour",
].concat([".Lists", ".Lists.Sailing", ".Invoices", ".Travel"]);

/** Octets of a message, by share: most are a few KB, one in a hundred has an attachment. */
const sizes = [
  { share: 0.9, from: 1_000, to: 8_000 },
  { share: 0.99, from: 8_000, to: 40_000 },
  { share: 1, from: 40_000, to: 400_000 },
] as const;

const flags = ["S", "S", "S", "RS", "FS", ""];
const day = 86_400;
const newest = Date.UTC(2026, 0, 1) / 1000;

/** Lines of base64, as attachments are; messages take pieces of it. */
const filling = `${"TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdCwgc2VkIGRv\n".repeat(4800)}`;

/** Lays out one Maildir of so many messages in 12 folders, the same on every run. Returns its octets. */
export async function layMailbox(box: string, messages: number): Promise<number> {
  const random = chance(messages);
  for (const folder of folders) {
    for (const part of ["cur", "new", "tmp"]) await mkdir(join(box, folder, part), { recursive: true });
  }
  let octets = 0;
  const atOnce = 32;
  for (let from = 0; from < messages; from += atOnce) {
    const letters = Array.from({ length: Math.min(atOnce, messages - from) }, (_, at) => compose(from + at, random));
    await Promise.all(letters.map((letter) => lay(box, letter)));
    octets += letters.reduce((sum, { text }) => sum + text.length, 0);
  }
  return octets;
}

interface Letter {
  readonly file: string;
  readonly text: string;
  readonly at: number;
}

function compose(number: number, random: () => number): Letter {
  const at = newest - between(random, 0, 10 * 365 * day);
  const folder = folders[Math.floor(random() * random() * folders.length)] ?? "";
  const drawn = random();
  const size = sizes.find(({ share }) => drawn < share) ?? sizes[2];
  const header = [
    `Message-ID: <${number}.${at}@sailing.example>`,
    `Date: ${new Date(at * 1000).toUTCString().replace("GMT", "+0000")}`,
    `From: Person ${between(random, 0, 400)} <p${between(random, 0, 400)}@sailing.example>`,
    "To: Ana Ruiz <ana@harbour.example>",
    `Subject: =?UTF-8?Q?Auftrag_${number}:_f=C3=BCnf_Liegepl=C3=A4tze?=`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
  ].join("\n");
  const letters = flags[between(random, 0, flags.length)] ?? "";
  const file = join(folder, "cur", `${at}.M${number}P1.mail.harbour.example:2,${letters}`);
  return { file, at, text: `${header}\n\n${filling.slice(0, between(random, size.from, size.to))}\n` };
}

async function lay(box: string, { file, text, at }: Letter): Promise<void> {
  const path = join(box, file);
  await writeFile(path, text, "latin1");
  await utimes(path, at, at);
}
