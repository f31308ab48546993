import { type Buffer } from "node:buffer";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { BindRequest, ExtendedRequest } from "ldapts";
import { Fault, type FaultFacts, interrupted } from "../../model/fault.ts";
import { trusting } from "../tls/trust.ts";
import { resultFault } from "./faults.ts";
import type { Server } from "./settings.ts";
import { tlsRefusal } from "./tls.ts";
import { decode, type Result } from "./wire/decode.ts";
import { createCutter } from "./wire/frame.ts";
import { createLine, type Line } from "./wire/line.ts";

/** As whom; nobody in particular where it is undefined. */
export type Login = { readonly dn: string; readonly password: string } | { readonly external: true } | undefined;

/** Milliseconds for a connection with its TLS, at most. */
const openingTime = 30_000;
const startTls = "1.3.6.1.4.1.1466.20037";

/**
 * Connects, secures the line and binds. The library's client is not used for it: it opens a line that broke anew without binding, so
 * that a search would be answered as for anybody, and does not notice the end of a line that StartTLS secured. Throws
 * `server.unreachable`, `tls.refused`, `login.refused`, `run.interrupted`.
 */
export async function connect(server: Server, login: Login, signal: AbortSignal): Promise<Line> {
  if (signal.aborted) throw interrupted();
  const plain = connectTcp("path" in server.at ? { path: server.at.path } : { ...server.at, autoSelectFamily: true });
  const stop = (): void => void plain.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const socket = await within(secured(plain, server), plain, server);
    const line = createLine({ socket, about: server.about, server: server.name, silence: server.silence });
    await bind(line, login, server, signal);
    return line;
  } catch (thrown) {
    plain.destroy();
    if (signal.aborted) throw interrupted();
    throw thrown instanceof Fault ? thrown : unreachable(thrown as NodeJS.ErrnoException, server);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function within<T>(work: Promise<T>, socket: Socket, { silence }: Server): Promise<T> {
  const late = Object.assign(new Error("it took too long"), { code: "ETIMEDOUT" });
  const timer = setTimeout(() => socket.destroy(late), Math.min(openingTime, silence));
  return work.finally(() => clearTimeout(timer));
}

async function secured(plain: Socket, server: Server): Promise<Socket> {
  await happens(plain, "connect");
  if (server.tls === "none") return plain;
  if (server.tls === "starttls") await askForTls(plain, server);
  const host = "host" in server.at ? server.at.host : "localhost";
  const socket = connectTls({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(server.ca === undefined ? server.own : { secureContext: trusting(server.ca, server.own) }),
  });
  try {
    await happens(socket, "secureConnect");
    return socket;
  } catch (thrown) {
    throw tlsRefusal(thrown as Error, server) ?? thrown;
  }
}

/** Asks in the clear, and takes nothing but the one answer: what follows it there was not said by the server that TLS will show. */
async function askForTls(socket: Socket, server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const messages: Buffer[] = [];
  const cutter = createCutter((message) => messages.push(message));
  const take = (chunk: Buffer): void => {
    try {
      cutter.push(chunk);
      const [first, ...more] = messages;
      if (first === undefined) return;
      const response = decode(first);
      if (more.length > 0 || cutter.held > 0 || !("result" in response)) reject(injected(server));
      else resolve(response.result);
    } catch (thrown) {
      reject(thrown);
    }
  };
  socket.on("data", take);
  socket.write(new ExtendedRequest({ messageId: 1, oid: startTls }).write());
  const { code, words } = await Promise.race([promise, ends(socket)]).finally(() => socket.off("data", take));
  if (code !== 0) throw notOffered(code, words, server);
}

function notOffered(code: number, words: string, { about, name }: Server): Fault {
  return new Fault({
    code: "tls.refused",
    message: `${name} does not begin TLS (code ${code}, ${JSON.stringify(words.slice(0, 300))})`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: "write an ldaps:// URL, or let the server have a certificate; no login was sent",
  });
}

function injected({ about, name }: Server): Fault {
  return new Fault({
    code: "tls.refused",
    message: `The line to ${name} cannot be trusted: something was sent in the clear where TLS should have begun`,
    spoils: "endpoint",
    about,
    remedy: "somebody may be in between: try another network, or an ldaps:// URL; no login was sent",
  });
}

async function bind(line: Line, login: Login, server: Server, signal: AbortSignal): Promise<void> {
  if (login === undefined) return;
  const named = "dn" in login;
  // A bind without a password succeeds on many servers, as nobody (RFC 4513, 5.1.2).
  if (named && login.password === "") throw emptyPassword(login.dn, server);
  const result = await line.ask(
    named
      ? new BindRequest({ messageId: 0, dn: login.dn, password: login.password })
      : new BindRequest({ messageId: 0, mechanism: "EXTERNAL" }),
    signal,
  );
  if (result.code === 0) return;
  line.end();
  throw resultFault(result, {
    what: named ? `Logging in as ${login.dn}` : "Logging in by what the line says of us (SASL EXTERNAL)",
    about: server.about,
    spoils: "endpoint",
    secrets: named ? [login.password] : [],
  });
}

function emptyPassword(dn: string, { about }: Server): Fault {
  return new Fault({
    code: "login.refused",
    message: `The password of ${dn} is empty, which would be a login as nobody`,
    spoils: "endpoint",
    about,
    remedy: "look at where the password of `bind` comes from, or leave `bind` out",
  });
}

const facts: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "has no address",
  EAI_AGAIN: "could not be looked up",
  ETIMEDOUT: "did not answer in time",
  ECONNRESET: "broke the line while it was opened",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ENOENT: "is not there",
  EACCES: "may not be opened by this user",
};

/** A server may come back, so that it is tried again. */
function unreachable(trouble: NodeJS.ErrnoException, { about, name, tls }: Server): Fault {
  const known = facts[trouble.code ?? ""];
  const lasting = trouble.code === "ENOTFOUND" || trouble.code === "EACCES" || trouble.code === "ENOENT";
  const retry: FaultFacts["retry"] = lasting ? "later" : { afterMs: 2000 };
  return new Fault({
    code: "server.unreachable",
    message: `${name} ${known ?? `did not let us in: ${trouble.message}`}`,
    spoils: "endpoint",
    retry,
    about,
    remedy: `look at url${tls === "none" ? "" : ` and tls (${tls})`}, and whether the server is up`,
    cause: trouble,
  });
}

async function happens(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once(event, resolve);
  await Promise.race([promise, ends(socket)]).finally(() => socket.off(event, resolve));
}

/** Rejects when the socket ends before anything else. */
function ends(socket: Socket): Promise<never> {
  return new Promise((_, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("it closed the line"), { code: "ECONNRESET" })));
  });
}
