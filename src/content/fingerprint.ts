import { createHash, hash } from "node:crypto";
import { type Readable, Readable as NodeReadable } from "node:stream";
import type { Body } from "../model/item.ts";
import { addrSpecs, decodeText, firstField, type HeaderFields, instantOf, parseHeader } from "./header.ts";

/** Who a message is. Both keys are 128 bits in hex. */
export interface Identity {
  /** Message-ID, Date, From, To, Subject; the whole header where there is no Message-ID. */
  readonly fingerprint: string;
  /** Date, From, Subject and the internal date to the second: for servers that invent Message-IDs or re-encode headers. */
  readonly loose: string;
  /** As it stands, angle brackets included; empty where there is none. */
  readonly messageId: string;
}

function digest(parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts), "hex").slice(0, 32);
}

function wholeHeader(fields: HeaderFields): readonly string[] {
  return fields.map(([name, value]) => `${name}:${value.replace(/\s+/g, " ")}`);
}

/** `date` is the internal date in milliseconds. The header block may go on into the body: what follows its empty line is not looked at. */
export function identify(block: Uint8Array, date: number): Identity {
  const fields = parseHeader(block);
  const messageId = firstField(fields, "message-id").replace(/\s+/g, "");
  const sent = instantOf(firstField(fields, "date"));
  const from = addrSpecs(firstField(fields, "from"));
  const subject = decodeText(firstField(fields, "subject"));
  const rest = messageId === "" ? wholeHeader(fields) : addrSpecs(firstField(fields, "to"));
  return {
    fingerprint: digest([messageId, sent, from, rest, subject]),
    loose: digest([sent, from, subject, Math.floor(date / 1000)]),
    messageId,
  };
}

/** A header larger than this is cut for identity: both sides cut alike. */
const headerLimit = 256 * 1024;

/** Octets that hold most headers: what is not in a body would else be looked for in all of it. */
const near = 16 * 1024;

const emptyLine = { lf: Buffer.from("\n\n"), crlf: Buffer.from("\n\r\n") } as const;

function emptyLineIn(octets: Buffer): number {
  const crlf = octets.indexOf(emptyLine.crlf);
  const lf = (crlf < 0 ? octets : octets.subarray(0, crlf + 1)).indexOf(emptyLine.lf);
  return lf < 0 ? crlf : lf;
}

/** Where the last line of the header ends; -1 where no empty line follows it. */
function headerEnd(octets: Buffer): number {
  const end = emptyLineIn(octets.subarray(0, near));
  return end < 0 && octets.length > near ? emptyLineIn(octets) : end;
}

function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length);
}

/** The header block of a body, and the body to go on with; of a stream, no more is read than the header. */
export async function peekHeader(body: Body): Promise<{ readonly header: Uint8Array; readonly body: Body }> {
  if (body instanceof Uint8Array) {
    const end = headerEnd(asBuffer(body));
    return { header: body.subarray(0, end < 0 ? headerLimit : end), body };
  }
  const chunks = body[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  for (let octets = 0; octets < headerLimit;) {
    const next = await chunks.next();
    if (next.done === true) break;
    held.push(asBuffer(next.value as Uint8Array));
    octets += (next.value as Uint8Array).length;
    if (headerEnd(Buffer.concat(held)) >= 0) break;
  }
  const first = Buffer.concat(held);
  const end = headerEnd(first);
  return { header: first.subarray(0, end < 0 ? headerLimit : end), body: replay(first, chunks, body) };
}

function replay(first: Buffer, rest: AsyncIterator<unknown>, source: Readable): Readable {
  return NodeReadable.from(
    (async function* () {
      try {
        if (first.length > 0) yield first;
        for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
      } finally {
        source.destroy();
      }
    })(),
    { objectMode: false },
  );
}

/**
 * A hash of what a reader sees of a message: all after the header, with line ends as LF and final ones dropped, so that the same mail
 * is the same on systems that keep its lines differently. A message without a body hashes alike everywhere.
 */
export async function bodyHash(body: Body): Promise<string> {
  const hash = createHash("sha256");
  const normal = createTextNormalizer((octets) => hash.update(octets));
  if (body instanceof Uint8Array) normal.add(asBuffer(body));
  else for await (const chunk of body) normal.add(asBuffer(chunk as Uint8Array));
  normal.end();
  return hash.digest("hex").slice(0, 32);
}

/**
 * Passes on what follows the first empty line, trailing line ends and every CR before them or before LF left out, for a server may drop
 * one of several (Dovecot 2.3 does). Octets arrive in any cut.
 */
function createTextNormalizer(take: (octets: Buffer) => void): { add(octets: Buffer): void; end(): void } {
  let inBody = false;
  let atLineStart = true;
  let pendingCrs = 0;
  let pendingLines = 0;
  const out: number[] = [];
  const flush = (): void => {
    if (out.length > 0) take(Buffer.from(out));
    out.length = 0;
  };
  const emit = (octet: number): void => {
    for (; pendingLines > 0; pendingLines -= 1) out.push(10);
    out.push(octet);
    if (out.length >= 65_536) flush();
  };
  const lineEnd = (): void => {
    if (inBody) pendingLines += 1;
    else if (atLineStart) inBody = true;
    atLineStart = true;
  };
  const plain = (octet: number): void => {
    atLineStart = false;
    if (inBody) emit(octet);
  };
  return {
    add: (octets) => {
      for (const octet of octets) {
        if (octet === 13) {
          pendingCrs += 1;
          continue;
        }
        if (octet === 10) lineEnd();
        else {
          for (; pendingCrs > 0; pendingCrs -= 1) plain(13);
          plain(octet);
        }
        pendingCrs = 0;
      }
    },
    end: flush,
  };
}
