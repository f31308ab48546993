import { Buffer } from "node:buffer";
import { type Dialect, ofHeader, quoter } from "./dialect.ts";
import { type Group, groupText } from "./group.ts";

const [lf, cr] = [10, 13];
const newline = Buffer.from("\n");

/**
 * A message as it stands in the file behind its From_ line: quoted, our lines at the end of its header block, an end of line where
 * it has none, and a blank line. A header block ends at the first blank line; without one the whole message is header.
 */
export async function* encode(
  body: AsyncIterable<Buffer>,
  size: number,
  dialect: Dialect,
  group: Omit<Group, "octets" | "contentLength">,
  doubtful: () => void,
): AsyncIterable<Buffer> {
  let quote = quoter(ofHeader(dialect), doubtful);
  const header = new HeaderEnd();
  let octets = 0;
  let last: number | undefined;
  const lines = (behind: number) =>
    groupText({ ...group, octets: size, ...(dialect === "mboxcl2" && { contentLength: size - behind }) }, header.eol);
  for await (const { chunk, rest } of unsplit(body)) {
    const blank = rest ? header.end() : header.push(chunk);
    if (blank) {
      yield quote.push(chunk.subarray(0, blank.start));
      yield lines(octets + blank.end);
      // At the beginning of a line nothing is held back.
      if (ofHeader(dialect) !== dialect) quote = quoter(dialect, doubtful);
      yield quote.push(chunk.subarray(blank.start));
    } else yield quote.push(chunk);
    octets += chunk.length;
    last = chunk[chunk.length - 1];
  }
  yield quote.end();
  if (last !== undefined && last !== lf) yield newline;
  if (!header.found) yield lines(size);
  yield newline;
}

/** The same octets, none of the chunks empty and no CRLF cut in two; `rest` is the CR, and no more, that a body ends with. */
async function* unsplit(
  body: AsyncIterable<Buffer>,
): AsyncIterable<{ readonly chunk: Buffer; readonly rest: boolean }> {
  let held = false;
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    const all: Buffer = held ? Buffer.concat([Buffer.from("\r"), chunk]) : chunk;
    held = all[all.length - 1] === cr;
    const now = held ? all.subarray(0, -1) : all;
    if (now.length > 0) yield { chunk: now, rest: false };
  }
  if (held) yield { chunk: Buffer.from("\r"), rest: true };
}

/** Finds the blank line that ends a header block, and the kind of line ends before it. */
class HeaderEnd {
  found = false;
  eol = "\n";
  #lineStart = true;
  #first = true;

  push(chunk: Buffer): { readonly start: number; readonly end: number } | undefined {
    for (let at = 0; at < chunk.length && !this.found;) {
      const end = chunk.indexOf(lf, at) + 1;
      const crlf = end >= 2 && chunk[end - 2] === cr;
      if (end > 0 && this.#first) this.eol = crlf ? "\r\n" : "\n";
      if (end > 0) this.#first = false;
      if (this.#lineStart && (end - at === 1 || (end - at === 2 && crlf))) {
        this.found = true;
        return { start: at, end };
      }
      this.#lineStart = end > 0;
      at = end > 0 ? end : chunk.length;
    }
    return undefined;
  }

  /** A CR alone in the last line: with the LF that is added it becomes a blank line, so it counts as one. */
  end(): { readonly start: number; readonly end: number } | undefined {
    if (this.found || !this.#lineStart) return undefined;
    this.found = true;
    return { start: 0, end: 1 };
  }
}
