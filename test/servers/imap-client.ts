/**
 * A plain IMAP client that knows nothing of src/: the other program that puts mail into a server and judges what is there.
 * Folders are named as people see them, with the server's separator: the client alone speaks modified UTF-7.
 */
import { Buffer } from "node:buffer";
import { type Reply, speak } from "./imap-commands.ts";
import { type Line, listOf, pairsOf, textOf, type Value, valuesOf } from "./imap-lines.ts";
import { type Reach, openWire } from "./imap-wire.ts";
import { dateOf, dateText } from "./imap-dates.ts";
import { decodeName, encodeName } from "./utf7.ts";

export type { Reply } from "./imap-commands.ts";
export type { Line, Value } from "./imap-lines.ts";

/** A message as the server has it. */
export interface Stored {
  readonly uid: number;
  /** Without \Recent, which is a session's. */
  readonly flags: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly internalDate: number;
  readonly body: Buffer;
}

export interface Listed {
  readonly name: string;
  /** As the server spells them, such as `\HasNoChildren`. */
  readonly attributes: readonly string[];
  /** Null where folders lie flat. */
  readonly separator: string | null;
}

export interface Namespace {
  readonly prefix: string;
  readonly separator: string | null;
}

export interface ImapClient {
  readonly greeting: Line;
  /** Sends a command; octets among its parts go as literals. Resolves whatever the server's verdict is. */
  command(...parts: readonly (string | Uint8Array)[]): Promise<Reply>;
  /** The same, and throws on anything but OK. */
  ok(...parts: readonly (string | Uint8Array)[]): Promise<Reply>;
  login(user: string, password: string): Promise<Reply>;
  /** AUTHENTICATE: answers each challenge by the next response, then by an empty one. */
  authenticate(mechanism: string, ...responses: readonly (string | Uint8Array)[]): Promise<Reply>;
  /** SASL PLAIN as somebody, with the password of another. */
  loginAs(user: string, administrator: string, password: string): Promise<Reply>;
  starttls(ca: string): Promise<void>;
  /** In capitals, asked anew. */
  capabilities(): Promise<ReadonlySet<string>>;
  /** The first personal namespace. */
  namespace(): Promise<Namespace>;
  /** A path as this server writes it, with its prefix and separator; INBOX stays INBOX. */
  nameOf(path: readonly string[]): Promise<string>;
  list(pattern?: string): Promise<readonly Listed[]>;
  lsub(pattern?: string): Promise<readonly Listed[]>;
  /** Folders that hold messages, by their names. Dovecot's LIST calls one a mere name that was removed and made anew within an instant. */
  holding(): Promise<readonly string[]>;
  /** Such as MESSAGES, UIDNEXT, UIDVALIDITY: item → number. */
  status(folder: string, ...items: readonly string[]): Promise<ReadonlyMap<string, number>>;
  select(folder: string): Promise<Reply>;
  create(folder: string): Promise<Reply>;
  delete(folder: string): Promise<Reply>;
  rename(from: string, to: string): Promise<Reply>;
  subscribe(folder: string): Promise<Reply>;
  unsubscribe(folder: string): Promise<Reply>;
  /** The UID given, where the server tells it. */
  append(folder: string, message: Uint8Array, flags?: readonly string[], date?: number): Promise<number | undefined>;
  /** Everything in a folder, by UID. Marks nothing. */
  fetchAll(folder: string): Promise<readonly Stored[]>;
  /** `FLAGS` replaces, `+FLAGS` adds, `-FLAGS` takes away. */
  store(folder: string, uid: number, how: "FLAGS" | "+FLAGS" | "-FLAGS", flags: readonly string[]): Promise<Reply>;
  copy(folder: string, uid: number, to: string): Promise<Reply>;
  /** MOVE, or copy and expunge where the server has none. */
  move(folder: string, uid: number, to: string): Promise<Reply>;
  /** Deletes this message and no other. */
  expunge(folder: string, uid: number): Promise<Reply>;
  /** One line as it comes, and octets as they are: for what `command` cannot do, such as IDLE. */
  line(): Promise<Line>;
  write(data: string | Uint8Array): void;
  /** LOGOUT. */
  close(): Promise<void>;
  /** Goes without a word. */
  drop(): Promise<void>;
}

/** A folder's name as a quoted string. */
export const quoted = (name: string): string => `"${encodeName(name).replaceAll(/["\\]/g, "\\$&")}"`;

const plainQuoted = (text: string): string | Uint8Array =>
  /^[\x20-\x7e]*$/.test(text) ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : Buffer.from(text);

export async function connectImap(reach: Reach): Promise<ImapClient> {
  const wire = await openWire(reach);
  const greeting = await wire.line();
  const { command, authenticate } = speak(wire);
  const ok: ImapClient["ok"] = async (...parts) => required(await command(...parts), parts);
  const session = { greeting, command, ok, authenticate, line: wire.line, write: wire.write, drop: wire.drop };
  const about = knowing(ok);
  return {
    ...session,
    ...about,
    ...folders(ok, command),
    ...messages(ok, about.capabilities),
    login: (user, password) => command("LOGIN ", plainQuoted(user), " ", plainQuoted(password)),
    loginAs: (user, administrator, password) => authenticate("PLAIN", `${user}\0${administrator}\0${password}`),
    async starttls(ca) {
      await ok("STARTTLS");
      await wire.secure(ca);
    },
    async close() {
      await command("LOGOUT").catch(() => undefined);
      await wire.drop();
    },
  };
}

function required(reply: Reply, parts: readonly (string | Uint8Array)[]): Reply {
  if (reply.status === "OK") return reply;
  const said = parts.map((part) => (typeof part === "string" ? part : `{${part.length}}`)).join("");
  throw new Error(`${said.replace(/^(LOGIN).*/, "$1")}: ${reply.status} ${reply.text}`);
}

/** The values after a word such as `LIST` in each untagged line that has it. */
function untagged(reply: Reply, word: string): (readonly Value[])[] {
  const start = `* ${word} `;
  const lines = reply.untagged.filter(({ text }) => text.toUpperCase().startsWith(start));
  return lines.map((line) => valuesOf(line, start.length));
}

type Ok = ImapClient["ok"];

function knowing(ok: Ok) {
  const namespace = async (): Promise<Namespace> => {
    const [[personal] = []] = untagged(await ok("NAMESPACE"), "NAMESPACE");
    const [prefix, separator] = listOf(listOf(personal)[0]);
    return { prefix: decodeName(textOf(prefix)), separator: textOf(separator) || null };
  };
  return {
    async capabilities(): Promise<ReadonlySet<string>> {
      const [words = []] = untagged(await ok("CAPABILITY"), "CAPABILITY");
      return new Set(words.map((word) => textOf(word).toUpperCase()));
    },
    namespace,
    async nameOf(path: readonly string[]): Promise<string> {
      if (path.length === 1 && path[0]?.toUpperCase() === "INBOX") return "INBOX";
      const { prefix, separator } = await namespace();
      const name = path.join(separator ?? "");
      return name.startsWith(prefix) ? name : prefix + name;
    },
  };
}

const mereName = /^\\(?:noselect|nonexistent)$/i;

function folders(ok: Ok, command: ImapClient["command"]) {
  const listing = async (word: string, pattern: string): Promise<Listed[]> =>
    untagged(await ok(`${word} "" ${quoted(pattern)}`), word).map(([attributes, separator, name]) => ({
      name: decodeName(textOf(name)),
      attributes: listOf(attributes).map(textOf),
      separator: separator === null ? null : textOf(separator),
    }));
  return {
    list: (pattern = "*") => listing("LIST", pattern),
    async holding() {
      const names: string[] = [];
      for (const { name, attributes } of await listing("LIST", "*")) {
        const mere = attributes.some((each) => mereName.test(each));
        if (mere && (await command(`STATUS ${quoted(name)} (MESSAGES)`)).status !== "OK") continue;
        names.push(name);
      }
      return names;
    },
    lsub: (pattern = "*") => listing("LSUB", pattern),
    async status(folder: string, ...items: readonly string[]) {
      const [[, values] = []] = untagged(await ok(`STATUS ${quoted(folder)} (${items.join(" ")})`), "STATUS");
      return new Map([...pairsOf(values)].map(([item, value]) => [item, Number(textOf(value))]));
    },
    select: (folder: string) => ok(`SELECT ${quoted(folder)}`),
    create: (folder: string) => ok(`CREATE ${quoted(folder)}`),
    delete: (folder: string) => ok(`DELETE ${quoted(folder)}`),
    rename: (from: string, to: string) => ok(`RENAME ${quoted(from)} ${quoted(to)}`),
    subscribe: (folder: string) => ok(`SUBSCRIBE ${quoted(folder)}`),
    unsubscribe: (folder: string) => ok(`UNSUBSCRIBE ${quoted(folder)}`),
  };
}

function messages(ok: Ok, capabilities: ImapClient["capabilities"]) {
  const within = async (folder: string, command: string): Promise<Reply> => {
    await ok(`SELECT ${quoted(folder)}`);
    return ok(command);
  };
  const expunge = async (folder: string, uid: number): Promise<Reply> => {
    await within(folder, `UID STORE ${uid} +FLAGS (\\Deleted)`);
    return ok(`UID EXPUNGE ${uid}`);
  };
  return {
    async append(folder: string, message: Uint8Array, flags: readonly string[] = [], date?: number) {
      const at = date === undefined ? "" : `"${dateText(date)}" `;
      const { code } = await ok(`APPEND ${quoted(folder)} (${flags.join(" ")}) ${at}`, message);
      const uid = /^APPENDUID \d+ (\d+)$/i.exec(code)?.[1];
      return uid === undefined ? undefined : Number(uid);
    },
    async fetchAll(folder: string) {
      const { untagged } = await ok(`EXAMINE ${quoted(folder)}`);
      const empty = untagged.some(({ text }) => text === "* 0 EXISTS");
      const found = empty ? [] : storedIn(await ok("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"));
      // Courier refuses to append to a folder that is examined; closing one deletes nothing (RFC 3501 §6.4.2).
      await ok("CLOSE");
      return found;
    },
    store: (folder: string, uid: number, how: string, flags: readonly string[]) =>
      within(folder, `UID STORE ${uid} ${how} (${flags.join(" ")})`),
    copy: (folder: string, uid: number, to: string) => within(folder, `UID COPY ${uid} ${quoted(to)}`),
    async move(folder: string, uid: number, to: string) {
      if ((await capabilities()).has("MOVE")) return within(folder, `UID MOVE ${uid} ${quoted(to)}`);
      await within(folder, `UID COPY ${uid} ${quoted(to)}`);
      return expunge(folder, uid);
    },
    expunge,
  };
}

/** FETCH lines that hold a body; a line with flags alone is news of somebody else's change. */
function storedIn(reply: Reply): Stored[] {
  const found: Stored[] = [];
  for (const line of reply.untagged) {
    const start = /^\* \d+ FETCH /i.exec(line.text)?.[0].length;
    if (start === undefined) continue;
    const pairs = pairsOf(valuesOf(line, start)[0]);
    if (!pairs.has("BODY[]")) continue;
    const body = pairs.get("BODY[]");
    found.push({
      uid: Number(textOf(pairs.get("UID"))),
      flags: listOf(pairs.get("FLAGS"))
        .map(textOf)
        .filter((flag) => flag !== "\\Recent"),
      internalDate: dateOf(textOf(pairs.get("INTERNALDATE"))),
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    });
  }
  return found.toSorted((a, b) => a.uid - b.uid);
}
