/** Commands and their replies over a wire: tags, literals, continuations (RFC 3501 §2.2, §7). */
import { Buffer } from "node:buffer";
import type { Line } from "./imap-lines.ts";
import type { Wire } from "./imap-wire.ts";

export interface Reply {
  readonly status: "OK" | "NO" | "BAD";
  /** What stands in the brackets of the tagged line, such as `APPENDUID 1 7`; empty without. */
  readonly code: string;
  /** The tagged line after its status, with the code. */
  readonly text: string;
  /** Every line since the last command's reply, `* ` included. */
  readonly untagged: readonly Line[];
}

type Part = string | Uint8Array;

interface Speaker {
  command(...parts: readonly Part[]): Promise<Reply>;
  authenticate(mechanism: string, ...responses: readonly Part[]): Promise<Reply>;
}

export function speak(wire: Wire): Speaker {
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  /** One command at a time, in the order of the calls. */
  const inTurn = (work: (tag: string) => Promise<Reply>): Promise<Reply> => {
    count += 1;
    const tag = `t${count}`;
    const turn = last.then(() => work(tag));
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    command: (...parts) =>
      inTurn((tag) => {
        const [head = "", ...rest] = piecesOf(tag, parts);
        wire.write(head);
        return replyTo(wire, tag, rest);
      }),
    authenticate: (mechanism, ...responses) =>
      inTurn((tag) => {
        wire.write(`${tag} AUTHENTICATE ${mechanism}\r\n`);
        const coded = responses.map((each) => `${Buffer.from(each as Uint8Array).toString("base64")}\r\n`);
        return replyTo(wire, tag, coded, "\r\n");
      }),
  };
}

/** What is sent at first, and what after each `+`: a literal's octets with all that follows up to the next one's. */
function piecesOf(tag: string, parts: readonly Part[]): Buffer[] {
  const pieces: Buffer[] = [];
  let piece: Buffer[] = [Buffer.from(`${tag} `)];
  for (const part of parts) {
    if (typeof part === "string") {
      piece.push(Buffer.from(part));
      continue;
    }
    pieces.push(Buffer.concat([...piece, Buffer.from(`{${part.length}}\r\n`)]));
    piece = [Buffer.from(part)];
  }
  return [...pieces, Buffer.concat([...piece, Buffer.from("\r\n")])];
}

/** Reads to the tagged line; each `+` is answered by the next piece, or by `otherwise`. */
async function replyTo(wire: Wire, tag: string, pieces: readonly Part[], otherwise?: string): Promise<Reply> {
  const left = [...pieces];
  const untagged: Line[] = [];
  for (;;) {
    const line = await wire.line().catch((error: Error) => {
      throw new Error([error.message, ...untagged.map(({ text }) => text)].join("\n"), { cause: error });
    });
    if (line.text.startsWith("+")) {
      const piece = left.shift() ?? otherwise;
      if (piece === undefined) throw new Error(`The server waits for more: ${line.text}`);
      wire.write(piece);
      continue;
    }
    const found =
      line.text.startsWith(`${tag} `) &&
      /^(OK|NO|BAD)\b ?((?:\[([^\]]*)\])?.*)$/i.exec(line.text.slice(tag.length + 1));
    if (!found) {
      untagged.push(line);
      continue;
    }
    const [, status = "", text = "", code = ""] = found;
    return { status: status.toUpperCase() as Reply["status"], code, text, untagged };
  }
}
