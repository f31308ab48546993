/** Takes commands out of a client's stream and answers them instead of the server. */
import { Buffer } from "node:buffer";
import { type Answer, tallyOf } from "./fault-rules.ts";

export interface Taken {
  /** What goes on to the server. */
  readonly on: Buffer;
  readonly replies: readonly { readonly text: string; readonly answer: Answer }[];
}

function replyTo(line: string, answers: readonly Answer[]) {
  for (const answer of answers) {
    const tally = tallyOf(answer);
    const match = tally.done < (answer.times ?? 1) ? new RegExp(answer.on).exec(line) : null;
    if (!match) continue;
    tally.seen += 1;
    if (tally.seen <= (answer.skip ?? 0)) continue;
    tally.done += 1;
    return { text: match[0].replace(new RegExp(answer.on), answer.reply), answer };
  }
  return undefined;
}

/** Follows the client's lines and literals; holds an unfinished line only while there are answers to give. */
export function interceptor(): (chunk: Buffer, answers: readonly Answer[]) => Taken {
  let held = Buffer.alloc(0);
  /** The part of the present line that has gone on. */
  let begun = "";
  /** Octets of a literal still to come. */
  let literal = 0;
  /** The command under way is answered already: the rest of it goes nowhere. */
  let swallowing = false;

  return (chunk, answers) => {
    let rest = Buffer.concat([held, chunk]);
    held = Buffer.alloc(0);
    const on: Buffer[] = [];
    const replies: { text: string; answer: Answer }[] = [];
    const pass = (part: Buffer): void => void (swallowing || on.push(part));
    while (rest.length > 0) {
      if (literal > 0) {
        const part = rest.subarray(0, literal);
        literal -= part.length;
        rest = rest.subarray(part.length);
        pass(part);
        continue;
      }
      const end = rest.indexOf("\r\n");
      if (end < 0) {
        if (begun === "" && answers.length > 0) held = rest;
        else pass(rest);
        if (held.length === 0) begun += rest.toString("latin1");
        break;
      }
      const line = begun + rest.toString("latin1", 0, end);
      const [, size = "", plus = ""] = /\{(\d+)(\+?)\}$/.exec(line) ?? [];
      const reply = begun === "" && !swallowing ? replyTo(line, answers) : undefined;
      if (reply) {
        replies.push(reply);
        swallowing = true;
      }
      pass(rest.subarray(0, end + 2));
      rest = rest.subarray(end + 2);
      begun = "";
      literal = Number(size);
      // A refused literal does not come, unless the client did not ask (RFC 7888).
      if (size === "" || (reply && plus === "")) [swallowing, literal] = [false, 0];
    }
    return { on: Buffer.concat(on), replies };
  };
}
