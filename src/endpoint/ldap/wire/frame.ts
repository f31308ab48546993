import { Buffer } from "node:buffer";

/** Octets of one message: what is longer is no directory's answer to what we ask. */
const most = 256 * 1024 * 1024;

/** Cuts a server's octets into LDAP messages (RFC 4511, 4.1.1), whatever the chunks they come in. */
export interface Cutter {
  /** Throws a SyntaxError for what is no LDAP. */
  push(chunk: Buffer): void;
  /** Octets of a message that has not come to its end. */
  readonly held: number;
}

export function createCutter(take: (message: Buffer) => void): Cutter {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = 2;

  function join(): Buffer {
    const [first] = chunks;
    const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length);
    chunks = [whole];
    return whole;
  }

  return {
    get held() {
      return length;
    },
    push(chunk) {
      chunks.push(chunk);
      length += chunk.length;
      while (length >= wanted) {
        const octets = join();
        wanted = sizeOf(octets);
        if (octets.length < wanted) continue;
        take(octets.subarray(0, wanted));
        const rest = octets.subarray(wanted);
        chunks = rest.length === 0 ? [] : [rest];
        length = rest.length;
        wanted = 2;
      }
    },
  };
}

/** Octets of the message that begins here, its header included; of the header alone where that is not whole yet. */
function sizeOf(octets: Buffer): number {
  const [tag, first = 0] = octets;
  if (tag !== 0x30) throw new SyntaxError("what came is no LDAP message");
  if (first < 0x80) return 2 + first;
  const digits = first - 0x80;
  if (digits === 0 || digits > 4) throw new SyntaxError("a message has no length that can be");
  if (octets.length < 2 + digits) return 2 + digits;
  const content = octets.readUIntBE(2, digits);
  if (content > most) throw new SyntaxError(`a message of ${content} octets is announced`);
  return 2 + digits + content;
}
