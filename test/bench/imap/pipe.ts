/**
 * The least there is to do: every folder's FETCH goes straight into APPENDs of several messages, over two pairs of connections, or one for
 * each of many mailboxes, with nothing remembered, compared or checked. What it takes bounds whoever copies by IMAP on this machine. Its
 * argument is the work, as JSON.
 */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { End } from "./setting.ts";

interface Side {
  readonly end: End;
  /** Of each mailbox. */
  readonly users: readonly string[];
}

export interface PipeWork {
  readonly source: Side;
  readonly destination: Side;
  readonly password: string;
  readonly atOnce: number;
}

const work = JSON.parse(process.argv[2] ?? "") as PipeWork;

/** As many messages as one APPEND takes, or octets; two are on their way in each folder. */
const batch = { messages: 200, octets: 4_000_000, inFlight: 2 };

interface Wire {
  readonly socket: Socket;
  /** Hears of every untagged response, and of the literal in it. */
  heard: (line: string, literal: Buffer | undefined) => void;
  run(parts: readonly (string | Buffer)[]): Promise<void>;
}

async function openWire({ host, port, ca }: End, user: string): Promise<Wire> {
  const plain = () => connect(port, host);
  const socket = (ca === undefined ? plain() : connectTls({ host, port, ca: readFileSync(ca) })).setNoDelay(true);
  const running = new Map<string, { resolve(): void; reject(error: Error): void }>();
  let tags = 0;
  const wire: Wire = {
    socket,
    heard: () => undefined,
    run: (parts) => {
      const tag = `t${++tags}`;
      socket.cork();
      for (const part of [`${tag} `, ...parts, "\r\n"]) socket.write(part, "latin1");
      socket.uncork();
      return new Promise((resolve, reject) => running.set(tag, { resolve, reject }));
    },
  };
  readLines(socket, (line, literal) => {
    const [first = "", status = ""] = line.split(" ", 2);
    const command = running.get(first);
    if (command === undefined) wire.heard(line, literal);
    else if (status === "OK") command.resolve();
    else command.reject(new Error(line));
    running.delete(first);
  });
  await wire.run([`LOGIN "${user}" "${work.password}"`]);
  return wire;
}

/** Lines, with a literal in them at most, which is cut out. */
function readLines(socket: Socket, take: (line: string, literal: Buffer | undefined) => void): void {
  let line = "";
  let literal: Buffer | undefined;
  let filled = 0;
  socket.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      if (literal !== undefined && filled < literal.length) {
        const size = chunk.copy(literal, filled, at);
        filled += size;
        at += size;
        continue;
      }
      const end = chunk.indexOf("\n", at) + 1 || chunk.length;
      line += chunk.toString("latin1", at, end);
      at = end;
      const announced = /\{(\d+)\}\r\n$/u.exec(line);
      if (announced) {
        literal = Buffer.allocUnsafeSlow(Number(announced[1]));
        filled = 0;
        line = line.slice(0, announced.index);
      } else if (line.endsWith("\n")) {
        take(line.trimEnd(), literal);
        line = "";
        literal = undefined;
      }
    }
  });
}

/** Names of the folders, the largest first. */
async function foldersOf(source: Wire): Promise<string[]> {
  const counts = new Map<string, number>();
  source.heard = (line) => {
    const [, name = "", count] = /^\* STATUS "?([^"(]+?)"? \(MESSAGES (\d+)\)/u.exec(line) ?? [];
    if (count !== undefined) counts.set(name, Number(count));
  };
  await source.run(['LIST "" "*" RETURN (STATUS (MESSAGES))']);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
}

async function copyFolder(source: Wire, destination: Wire, folder: string): Promise<void> {
  if (folder !== "INBOX") await destination.run([`CREATE "${folder}"`]);
  let held: (string | Buffer)[] = [];
  let octets = 0;
  const under = new Set<Promise<void>>();
  const send = (): void => {
    if (held.length === 0) return;
    const sent = destination.run([`APPEND "${folder}"`, ...held]).finally(() => {
      under.delete(sent);
      if (under.size < batch.inFlight) source.socket.resume();
    });
    under.add(sent);
    if (under.size >= batch.inFlight) source.socket.pause();
    held = [];
    octets = 0;
  };
  await source.run([`EXAMINE "${folder}"`]);
  source.heard = (line, body) => {
    if (body === undefined) return;
    const [, flags = ""] = /FLAGS \(([^)]*)\)/u.exec(line) ?? [];
    const [, date = ""] = /INTERNALDATE ("[^"]+")/u.exec(line) ?? [];
    held.push(` (${flags.replace(/\\Recent ?/u, "").trim()}) ${date} {${body.length}+}\r\n`, body);
    octets += body.length;
    if (held.length >= 2 * batch.messages || octets >= batch.octets) send();
  };
  await source.run(["UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"]).catch((error: Error) => {
    // Of an empty folder there is no message to name.
    if (!error.message.includes(" BAD ")) throw error;
  });
  send();
  await Promise.all(under);
}

/** One mailbox over some pairs of connections, each of which takes the folder that is next. */
async function copyMailbox(number: number, pairs: number): Promise<void> {
  const open = ({ end, users }: Side) => openWire(end, users[number] ?? "");
  const both = (): Promise<[Wire, Wire]> => Promise.all([open(work.source), open(work.destination)]);
  const opened = await Promise.all(Array.from({ length: pairs }, both));
  const [first] = opened as [[Wire, Wire]];
  const folders = await foldersOf(first[0]);
  // Dovecot makes INBOX when it is first met, and refuses whoever meets it at the same moment (ALREADYEXISTS).
  await first[1].run(["STATUS INBOX (MESSAGES)"]);
  await Promise.all(
    opened.map(async ([source, destination]) => {
      for (let folder = folders.shift(); folder !== undefined; folder = folders.shift())
        await copyFolder(source, destination, folder);
      await Promise.all([source.run(["LOGOUT"]), destination.run(["LOGOUT"])]);
      source.socket.destroy();
      destination.socket.destroy();
    }),
  );
}

const numbers = work.source.users.keys();
const pairs = work.source.users.length === 1 ? 2 : 1;
await Promise.all(
  Array.from({ length: work.atOnce }, async () => {
    for (const number of numbers) await copyMailbox(number, pairs);
  }),
);
