import { createHash } from "node:crypto";
import type { Body } from "../../model/item.ts";

/** SHA-256, hex, over the octets as IMAP shows them: every line end is CRLF. */
export interface Digest {
  readonly header: string;
  /** All after the empty line that ends the header. */
  readonly body: string;
  /** The body without the line ends at its end, for a system may add or drop those. */
  readonly text: string;
}

const lineEnd = "\r\n";

/** Takes octets in any cut: what could belong to a line end is held until the next octet tells. */
function createDigester(): { add(octets: Uint8Array): void; end(): Digest } {
  const header = createHash("sha256");
  const body = createHash("sha256");
  let inBody = false;
  let held = "";
  let lineEnds = 0;
  let begun = false;
  /** The header's last octets: the empty line may begin in them. */
  let tail = "";

  const addBody = (text: string): void => {
    const trimmed = text.replace(/(?:\r\n)+$/, "");
    if (trimmed !== "") {
      body.update(lineEnd.repeat(lineEnds) + trimmed, "latin1");
      lineEnds = 0;
    }
    lineEnds += (text.length - trimmed.length) / 2;
  };
  const addHeader = (text: string): void => {
    const all = tail + text;
    // A message may have no header at all: its first line is empty (RFC 5322, section 3.5).
    const end = begun || !all.startsWith(lineEnd) ? all.indexOf(lineEnd + lineEnd) : -lineEnd.length;
    begun = true;
    inBody = end !== -1;
    const length = inBody ? end + lineEnd.length : Math.max(0, all.length - 3);
    header.update(all.slice(0, length), "latin1");
    tail = inBody ? "" : all.slice(length);
    if (inBody) addBody(all.slice(length + lineEnd.length));
  };
  const take = (text: string): void => (text === "" ? undefined : inBody ? addBody(text) : addHeader(text));

  return {
    add(octets) {
      const text = held + Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
      const open = /\r+$/.exec(text)?.[0] ?? "";
      held = open;
      take(text.slice(0, text.length - open.length).replace(/\r*\n/g, lineEnd));
    },
    end() {
      take(held);
      header.update(tail, "latin1");
      const text = body.copy().digest("hex");
      body.update(lineEnd.repeat(lineEnds), "latin1");
      return { header: header.digest("hex"), body: body.digest("hex"), text };
    },
  };
}

export async function digestOf(body: Body): Promise<Digest> {
  const digester = createDigester();
  if (body instanceof Uint8Array) digester.add(body);
  else for await (const chunk of body) digester.add(chunk as Uint8Array);
  return digester.end();
}
