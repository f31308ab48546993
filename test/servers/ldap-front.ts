/**
 * A front for Samba, which sets none of Active Directory's limits on answers (MS-ADTS 3.1.1.3.4.6): no more than MaxPageSize entries
 * without paging, then sizeLimitExceeded; no more than MaxValRange values of an attribute, as `member;range=0-1499`.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import * as der from "./der.ts";

interface Part {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

export interface LdapFrontOptions {
  /** The plain port behind it. */
  readonly to: number;
  /** A PEM file with certificate and key: TLS before, from the first octet. In the clear without it. */
  readonly secure?: string;
  readonly page?: number;
  readonly values?: number;
}

export interface LdapFront {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** What was cut so far: searches that ended with sizeLimitExceeded, pages made smaller, attributes given in part. */
  readonly cut: { searches: number; pages: number; attributes: number };
  stop(): Promise<void>;
}

/** Of one search under way. */
interface Search {
  readonly paged: boolean;
  entries: number;
}

const tags = { searchRequest: 0x63, entry: 0x64, done: 0x65, controls: 0xa0 } as const;
const pagedResults = Buffer.from("1.2.840.113556.1.4.319");
const sizeLimitExceeded = Buffer.from([0x0a, 1, 4]);

export async function startLdapFront(options: LdapFrontOptions): Promise<LdapFront> {
  const sockets = new Set<Socket>();
  const cut: LdapFront["cut"] = { searches: 0, pages: 0, attributes: 0 };
  const limits = { page: options.page ?? 1000, values: options.values ?? 1500, cut };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket
      .setNoDelay(true)
      .on("error", () => undefined)
      .once("close", () => sockets.delete(socket));
  };
  const serve = (client: Socket): void => {
    const server = keep(connect(options.to, "127.0.0.1"));
    carry(keep(client), server, limits);
  };
  const pem = options.secure === undefined ? undefined : readFileSync(options.secure);
  const front = pem === undefined ? createServer(serve) : createTlsServer({ cert: pem, key: pem }, serve);
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  return {
    host: "127.0.0.1",
    port: (front.address() as AddressInfo).port,
    cut,
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (!front.listening) return;
      front.close();
      await once(front, "close");
    },
  };
}

interface Limits {
  readonly page: number;
  readonly values: number;
  readonly cut: LdapFront["cut"];
}

function carry(client: Socket, server: Socket, limits: Limits): void {
  const searches = new Map<string, Search>();
  client.on(
    "data",
    messages((message) => server.write(asked(message, searches, limits))),
  );
  server.on(
    "data",
    messages((message) => client.write(answered(message, searches, limits))),
  );
  client.on("close", () => server.destroy());
  server.on("close", () => client.destroy());
}

/** Cuts octets into messages. */
function messages(take: (message: Part) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let first = partAt(held, 0); first !== undefined; first = partAt(held, 0)) {
      held = held.subarray(first.whole.length);
      take(first);
    }
  };
}

/** Undefined where it is not whole. */
function partAt(octets: Buffer, at: number): Part | undefined {
  const [tag, first] = [octets[at], octets[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const digits = first < 0x80 ? 0 : first - 0x80;
  if (octets.length < at + 2 + digits) return undefined;
  const start = at + 2 + digits;
  const end = start + (digits === 0 ? first : octets.readUIntBE(at + 2, digits));
  return end > octets.length
    ? undefined
    : { tag, content: octets.subarray(start, end), whole: octets.subarray(at, end) };
}

function partsOf(octets: Buffer): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < octets.length; at += parts.at(-1)?.whole.length ?? octets.length) {
    const part = partAt(octets, at);
    if (part === undefined) throw new Error("The front met what is no BER");
    parts.push(part);
  }
  return parts;
}

const part = (octets: Buffer, index: number): Part => {
  const found = partsOf(octets)[index];
  if (found === undefined) throw new Error("The front met an LDAP message without a part");
  return found;
};

/** What goes to the server in place of this. */
function asked(message: Part, searches: Map<string, Search>, { page, cut }: Limits): Buffer {
  const [id, operation, ...more] = partsOf(message.content);
  if (id === undefined || operation?.tag !== tags.searchRequest) return message.whole;
  let paged = false;
  const rest = more.map((each) => {
    if (each.tag !== tags.controls) return each.whole;
    const controls = partsOf(each.content).map((control) => {
      const fields = partsOf(control.content);
      if (fields[0]?.content.equals(pagedResults) !== true) return control.whole;
      paged = true;
      const [size, cookie] = partsOf(part(fields.at(-1)?.content ?? Buffer.alloc(0), 0).content);
      if (size === undefined || cookie === undefined || Number(`0x${size.content.toString("hex")}`) <= page)
        return control.whole;
      cut.pages += 1;
      const smaller = der.sequence(der.integer(Buffer.from([page >> 8, page & 0xff])), cookie.whole);
      return der.sequence(...fields.slice(0, -1).map(({ whole }) => whole), der.octets(smaller));
    });
    return der.tagged(tags.controls, ...controls);
  });
  searches.set(id.whole.toString("hex"), { paged, entries: 0 });
  return der.sequence(id.whole, operation.whole, ...rest);
}

/** What goes to the client in place of this; nothing for an entry too many. */
function answered(message: Part, searches: Map<string, Search>, limits: Limits): Buffer {
  const [id, operation, ...more] = partsOf(message.content);
  const key = id?.whole.toString("hex") ?? "";
  const search = searches.get(key);
  if (id === undefined || operation === undefined || search === undefined) return message.whole;
  const rest = more.map(({ whole }) => whole);
  if (operation.tag === tags.entry) {
    search.entries += 1;
    if (!search.paged && search.entries > limits.page) return Buffer.alloc(0);
    const [name, attributes] = partsOf(operation.content);
    if (name === undefined || attributes === undefined) return message.whole;
    const listed = partsOf(attributes.content).flatMap((attribute) => ranged(attribute, limits));
    return der.sequence(id.whole, der.tagged(tags.entry, name.whole, der.sequence(...listed)), ...rest);
  }
  if (operation.tag !== tags.done) return message.whole;
  searches.delete(key);
  if (search.paged || search.entries <= limits.page) return message.whole;
  limits.cut.searches += 1;
  const words = partsOf(operation.content).slice(1);
  return der.sequence(id.whole, der.tagged(tags.done, sizeLimitExceeded, ...words.map(({ whole }) => whole)), ...rest);
}

/** An attribute as the server gives it in one piece; of too many values the first, and beside it, as Windows does, itself without any. */
function ranged(attribute: Part, { values: most, cut }: Limits): Buffer[] {
  const [type, set] = partsOf(attribute.content);
  const values = set === undefined ? [] : partsOf(set.content);
  if (type === undefined || values.length <= most) return [attribute.whole];
  cut.attributes += 1;
  const [, name = "", from] = /^(.*?)(?:;range=(\d+)-.*)?$/is.exec(type.content.toString()) ?? [];
  const first = Number(from ?? 0);
  const kept = values.slice(0, most).map(({ whole }) => whole);
  const range = `${name};range=${first}-${first + most - 1}`;
  const piece = der.sequence(der.octets(Buffer.from(range)), der.set(...kept));
  return from === undefined ? [der.sequence(der.octets(Buffer.from(name)), der.set()), piece] : [piece];
}
