/** Mailboxes on disk for tests: temporary folders, and hands that reach them by plain file operations. */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { promises as fs } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, OpenContext } from "../../src/contract/endpoint.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { open } from "../../src/endpoint/archive/index.ts";
import type { Event } from "../../src/model/event.ts";
import type { ArchiveEndpointSpec } from "../../src/model/spec.ts";
import type { Hands, Outside } from "../contract/item-store.ts";

export const user = "ana@example.com";
export type Format = Pick<ArchiveEndpointSpec, "format" | "dialect">;

/** Real time, and waits that take none. */
export const quickClock: Clock = { now: () => Date.now(), wait: async () => {} };

export interface Bench {
  /** The endpoint's path. */
  readonly path: string;
  /** The mailbox's folder. */
  readonly mailbox: string;
  readonly events: Event[];
  store(clock?: Clock): Promise<ItemStore>;
  remove(): Promise<void>;
}

export async function createBench({ format, dialect }: Format): Promise<Bench> {
  const around = await fs.mkdtemp(join(tmpdir(), "archive-"));
  const path = join(around, "path");
  await fs.mkdir(path);
  const events: Event[] = [];
  const stores: ItemStore[] = [];
  return {
    path,
    mailbox: join(path, user),
    events,
    store: async (clock = quickClock) => {
      const spec: ArchiveEndpointSpec = { type: "archive", path, format, ...(dialect && { dialect }) };
      const endpoint = await open("archive", spec, contextOf(clock, events));
      const opened = await endpoint.items.message?.(
        { user },
        { signal: new AbortController().signal, use: "destination" },
      );
      if (!opened) throw new Error("an archive has messages");
      stores.push(opened);
      return opened;
    },
    remove: async () => {
      for (const each of stores) await each.close();
      await fs.rm(around, { recursive: true, force: true });
    },
  };
}

export function contextOf(clock: Clock, events: Event[]): OpenContext {
  return {
    secret: () => Promise.reject(new Error("an archive has no secrets")),
    budget: {
      connection: async () => () => {},
      spare: async () => undefined,
      idle: () => undefined,
      unlimited: true,
      charge: async () => {},
      rates: {},
    },
    clock,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    open: () => Promise.reject(new Error("an archive opens nothing else")),
  };
}

const seconds = (ms: number) => new Date(ms);
const flagLetters: Readonly<Record<string, string>> = {
  "\\Draft": "D",
  "\\Flagged": "F",
  $Forwarded: "P",
  "\\Answered": "R",
  "\\Seen": "S",
  "\\Deleted": "T",
};

/** Maildir, as Dovecot and Courier keep it. */
export function maildirHands(mailbox: string): Hands {
  const at = (path: readonly string[]) =>
    path[0] === "INBOX" && path.length === 1 ? mailbox : join(mailbox, dirOf(path));
  const files = async (path: readonly string[]) => {
    const found: { readonly dir: string; readonly file: string }[] = [];
    for (const dir of ["new", "cur"]) {
      for (const file of await fs.readdir(join(at(path), dir))) found.push({ dir, file });
    }
    return found;
  };
  const find = async (path: readonly string[], body: Uint8Array) => {
    for (const each of await files(path)) {
      const file = join(at(path), each.dir, each.file);
      if ((await fs.readFile(file)).equals(body)) return { ...each, path: file };
    }
    throw new Error("no such message");
  };
  const keywords = async (path: readonly string[]) => {
    const text = await fs.readFile(join(at(path), "dovecot-keywords"), "utf8").catch(() => "");
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ")[1] ?? "");
  };
  const letters = async (path: readonly string[], marks: readonly string[]) => {
    const known = await keywords(path);
    for (const mark of marks) if (!flagLetters[mark] && !known.includes(mark)) known.push(mark);
    await fs.writeFile(join(at(path), "dovecot-keywords"), known.map((name, index) => `${index} ${name}\n`).join(""));
    return marks
      .map((mark) => flagLetters[mark] ?? String.fromCharCode(97 + known.indexOf(mark)))
      .toSorted()
      .join("");
  };
  const folder = async (path: readonly string[]) => {
    for (const dir of ["cur", "new", "tmp"]) await fs.mkdir(join(at(path), dir), { recursive: true });
  };
  return {
    folder,
    async put(path, { body, date, marks }) {
      const name = `${Math.floor(Date.now() / 1000)}.M${Math.floor(Math.random() * 1e6)}P${process.pid}_${randomBytes(4).toString("hex")}.host`;
      const info = marks.length === 0 ? "" : `:2,${await letters(path, marks)}`;
      const tmp = join(at(path), "tmp", name);
      await fs.writeFile(tmp, body);
      await fs.utimes(tmp, seconds(date), seconds(date));
      await fs.rename(tmp, join(at(path), info === "" ? "new" : "cur", name + info));
    },
    async list(path) {
      const known = await keywords(path);
      const all: Outside[] = [];
      for (const { dir, file } of await files(path)) {
        const full = join(at(path), dir, file);
        const info = file.split(":2,")[1] ?? "";
        const marks = [...info].map(
          (letter) => nameOf(letter) ?? known[letter.charCodeAt(0) - 97] ?? `unknown ${letter}`,
        );
        all.push({
          body: await fs.readFile(full),
          date: Math.round((await fs.stat(full)).mtimeMs),
          marks: [...new Set(marks)],
        });
      }
      return all;
    },
    async remove(path, body) {
      await fs.unlink((await find(path, body)).path);
    },
    async flag(path, body, marks) {
      const { path: from, file } = await find(path, body);
      await fs.rename(from, join(at(path), "cur", `${file.split(":")[0]}:2,${await letters(path, marks)}`));
    },
    async renew(path) {
      await fs.rm(at(path), { recursive: true });
      await folder(path);
    },
  };
}

const nameOf = (letter: string) => Object.entries(flagLetters).find(([, each]) => each === letter)?.[0];

/** Names as Dovecot would write them; only what the tests need. */
const dirOf = (path: readonly string[]) => `.${path.map((part) => spelt[part] ?? part).join(".")}`;
const spelt: Readonly<Record<string, string>> = { "Söng ✉": "S&APY-ng &Jwk-" };

/** A tree of message files. */
export function emlHands(mailbox: string): Hands {
  const at = (path: readonly string[]) => join(mailbox, ...path);
  const files = async (path: readonly string[]) =>
    (await fs.readdir(at(path))).filter((name) => /^[^.].*\.eml$/i.test(name)).map((name) => join(at(path), name));
  return {
    folder: async (path) => void (await fs.mkdir(at(path), { recursive: true })),
    async put(path, { body, date }) {
      const name = join(at(path), `Ünïcode ${randomBytes(4).toString("hex")}.EML`);
      await fs.writeFile(name, body);
      await fs.utimes(name, seconds(date), seconds(date));
    },
    async list(path) {
      const all: Outside[] = [];
      for (const file of await files(path)) {
        all.push({ body: await fs.readFile(file), date: Math.round((await fs.stat(file)).mtimeMs), marks: [] });
      }
      return all;
    },
    async remove(path, body) {
      for (const file of await files(path)) {
        if ((await fs.readFile(file)).equals(body)) return fs.unlink(file);
      }
      throw new Error("no such message");
    },
    async renew(path) {
      await fs.rm(at(path), { recursive: true });
      await fs.mkdir(at(path));
    },
  };
}

/**
 * An mbox, read and written by means of its own, line by line over the whole file: slow, plain, and knowing nothing of the store's.
 * Marks of a message are the store's lines; a message without marks is put as any other program puts it.
 */
export function mboxHands(mailbox: string, dialect: "mboxrd" | "mboxo" | "mboxcl2"): Hands {
  const file = (path: readonly string[]) =>
    join(mailbox, ...path.slice(0, -1).map((part) => `${part}.sbd`), path.at(-1) ?? "");
  const load = async (path: readonly string[]) => parse((await fs.readFile(file(path))).toString("latin1"), dialect);
  const save = (path: readonly string[], all: readonly Raw[]) =>
    fs.writeFile(file(path), all.map((each) => each.text).join(""), "latin1");
  return {
    async folder(path) {
      await fs.mkdir(join(file(path), ".."), { recursive: true });
      await fs.writeFile(file(path), "");
    },
    async put(path, message) {
      await fs.appendFile(file(path), compose(message, dialect), "latin1");
    },
    list: async (path) =>
      (await load(path)).map(({ body, date, marks }) => ({ body: Buffer.from(body, "latin1"), date, marks })),
    async remove(path, body) {
      const all = await load(path);
      await save(path, all.toSpliced(index(all, body), 1));
    },
    async flag(path, body, marks) {
      const all = await load(path);
      const at = index(all, body);
      const { date } = all[at] ?? { date: 0 };
      const text = compose({ body: Buffer.from(body), date, marks }, dialect, true);
      await save(path, all.toSpliced(at, 1, { text, body: "", date, marks }));
    },
  };
}

const index = (all: readonly Raw[], body: Uint8Array) => {
  const found = all.findIndex((each) => each.body === Buffer.from(body).toString("latin1"));
  if (found < 0) throw new Error("no such message");
  return found;
};

interface Raw {
  readonly text: string;
  readonly body: string;
  readonly date: number;
  readonly marks: readonly string[];
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
const group =
  /^Status: (R?)O(\r?)\nX-Status: (A?F?T?D?)\r?\nX-Keywords: (.*?)\r?\n(?:Content-Length: (\d+)\r?\n)?X-Mbox-Delivery: (\d+).*\r?\n$/;

function compose({ body, date, marks }: Outside, dialect: string, always = false): string {
  const at = new Date(date);
  const stamp = at
    .toUTCString()
    .replace(
      /^(...), (\d\d) (...) (\d+) (\S+) GMT$/,
      (_, day, dom, month, year, time) => `${day} ${month} ${String(Number(dom)).padStart(2)} ${time} ${year}`,
    );
  const text = body.toString("latin1");
  const blank = /(?:^|\n)(\r?\n)/.exec(text);
  const split = blank ? blank.index + blank[0].length - (blank[1] ?? "").length : text.length;
  const lines = [
    `Status: ${marks.includes("\\Seen") ? "RO" : "O"}`,
    `X-Status: ${["\\Answered", "\\Flagged", "\\Draft", "\\Deleted"].map((mark, index) => (marks.includes(mark) ? "AFTD"[index] : "")).join("")}`,
    `X-Keywords: ${marks.filter((mark) => !mark.startsWith("\\")).join(" ")}`,
    ...(dialect === "mboxcl2" ? [`Content-Length: ${text.slice(split).replace(/^\r?\n/, "").length}`] : []),
    `X-Mbox-Delivery: ${text.length}`,
  ];
  // Another program has no way to say that a last line has no end.
  const ours = marks.length > 0 || always || !text.endsWith("\n") ? lines.map((line) => `${line}\n`).join("") : "";
  const whole = text.slice(0, split) + ours + text.slice(split);
  return `From someone@example.com ${stamp}\n${quote(whole, dialect)}\n`;
}

function quote(text: string, dialect: string): string {
  if (dialect === "mboxrd") return text.replace(/^(>*From )/gm, ">$1");
  return dialect === "mboxo" ? text.replace(/^From /gm, ">From ") : text;
}

function unquote(text: string, dialect: string): string {
  if (dialect === "mboxrd") return text.replace(/(^|\n)>(>*From )/g, "$1$2");
  return dialect === "mboxo" ? text.replace(/(^|\n)>From /g, "$1From ") : text;
}

function parse(text: string, dialect: string): Raw[] {
  const all: Raw[] = [];
  const line = /(?:^|\n)(From \S+ ... (...) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})\n)/g;
  for (let at = 0; at < text.length;) {
    line.lastIndex = at === 0 ? 0 : at - 1;
    const [, from = "", month = "", ...numbers] = line.exec(text) ?? [];
    const start = at + from.length;
    const length = dialect === "mboxcl2" ? lengthBy(text, start) : undefined;
    line.lastIndex = length === undefined ? start : length - 1;
    const next = line.exec(text);
    const end = next ? next.index + (next[0].startsWith("\n") ? 1 : 0) : text.length;
    const [day, hour, minute, second, year] = numbers.map(Number);
    const date = Date.UTC(year ?? 0, months.indexOf(month) / 3, day, hour, minute, second);
    all.push({ text: text.slice(at, end), date, ...content(text.slice(start, end), dialect) });
    at = end;
  }
  return all;
}

/** Where the content ends, by the Content-Length of the last lines of the header. */
function lengthBy(text: string, start: number): number | undefined {
  const blank = /(?:^|\n)(\r?\n)/g;
  blank.lastIndex = start - 1;
  const hit = blank.exec(text);
  if (!hit) return undefined;
  const header = text.slice(start, blank.lastIndex - (hit[1] ?? "").length);
  const said = [...header.matchAll(/^Content-Length: (\d+)\r?$/gm)].at(-1)?.[1];
  return said === undefined || !/X-Mbox-Delivery: .*\r?\n$/.test(header) ? undefined : blank.lastIndex + Number(said);
}

function content(raw: string, dialect: string): { body: string; marks: readonly string[] } {
  const blank = /(?:^|\n)(\r?\n)/.exec(raw);
  const split = blank ? blank.index + blank[0].length - (blank[1] ?? "").length : raw.length;
  const header = raw.slice(0, split);
  const from = header.lastIndexOf("Status: ", header.lastIndexOf("X-Status: ") - 1);
  const hit = from >= 0 ? group.exec(header.slice(from)) : null;
  if (!hit) return { body: unquote(raw, dialect).replace(/\n$/, ""), marks: [] };
  const [, seen, , flags = "", keywords = "", , octets] = hit;
  const plain =
    unquote(header.slice(0, from), dialect === "mboxcl2" ? "mboxrd" : dialect) + unquote(raw.slice(split), dialect);
  const named = ["\\Answered", "\\Flagged", "\\Draft", "\\Deleted"].filter((_, index) =>
    flags.includes("AFTD"[index] ?? "?"),
  );
  const marks = [...(seen ? ["\\Seen"] : []), ...named, ...keywords.split(" ").filter(Boolean)];
  return { body: plain.slice(0, Number(octets)), marks };
}
