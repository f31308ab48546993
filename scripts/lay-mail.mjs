/** Lays plain message files out as the mailboxes of the quickstart: Maildir, mbox and EML. */
import { appendFile, mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const letters = { "\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S" };

/** Rows of mail.csv; no cell holds a comma or a quote. */
export async function readTable(file) {
  const [head, ...rows] = (await readFile(file, "utf8")).trim().split("\n");
  const columns = head.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, at) => [columns[at], cell])));
}

/** Writes one message; `box` is the mailbox's folder, and `number` makes file names unique. */
export async function layMessage(format, box, { folder, date, marks, body, number }) {
  const at = new Date(date);
  await layouts[format](box, { folder, at, marks: marks.split(" ").filter(Boolean), body, number });
}

const layouts = {
  /** Maildir++: INBOX is the top, `.A.B` a folder; flags stand in the name, keywords as letters of `dovecot-keywords`. */
  async maildir(box, { folder, at, marks, body, number }) {
    const place = folder === "INBOX" ? box : join(box, `.${folder.split("/").map(modifiedUtf7).join(".")}`);
    for (const each of ["cur", "new", "tmp"]) await mkdir(join(place, each), { recursive: true });
    const keywords = marks.filter((mark) => !(mark in letters));
    if (keywords.length > 0) await writeFile(join(place, "dovecot-keywords"), keywordLines(keywords));
    const flags = [...marks.flatMap((mark) => letters[mark] ?? []).toSorted(), ...keywords.map((_, at) => "abc"[at])];
    const file = join(place, "cur", `${at.getTime() / 1000}.M${number}P1.mail.harbour-old.example:2,${flags.join("")}`);
    await writeFile(file, body);
    await utimes(file, at, at);
  },

  /** A file a folder, those below it in `<folder>.sbd/`; a line that could divide messages is quoted (mboxrd). */
  async mbox(box, { folder, at, marks, body }) {
    const file = join(
      box,
      ...folder.split("/").map((part, index, all) => (index < all.length - 1 ? `${part}.sbd` : part)),
    );
    await mkdir(dirname(file), { recursive: true });
    const has = (mark, letter) => (marks.includes(mark) ? letter : "");
    const notes = `Status: ${has("\\Seen", "R")}O\nX-Status: ${has("\\Answered", "A")}${has("\\Flagged", "F")}\n`;
    const text = body.toString("latin1").replace("\n\n", `\n${notes}\n`);
    const quoted = text.replace(/^>*From /gm, ">$&");
    await appendFile(file, `From - ${asctime(at)}\n${quoted}\n`, "latin1");
  },

  /** A file a message with CRLF, as desktop programs export it: its time is the date, and flags are lost. */
  async eml(box, { folder, at, body, number }) {
    const file = join(box, folder, `${number}.eml`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
    await utimes(file, at, at);
  },
};

const keywordLines = (keywords) => keywords.map((keyword, at) => `${at} ${keyword}\n`).join("");

/** RFC 3501, section 5.1.3. */
const modifiedUtf7 = (part) => part.replace(/&|[^ -~]+/g, (run) => (run === "&" ? "&-" : `&${modifiedBase64(run)}-`));

const modifiedBase64 = (run) =>
  Buffer.from(run, "utf16le").swap16().toString("base64").replace(/=+$/, "").replaceAll("/", ",");

/** `Fri Feb 27 08:00:04 2026`, in UTC. */
function asctime(at) {
  const [, day, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString());
  return `${day} ${month} ${date.replace(/^0/, " ")} ${time} ${year}`;
}
