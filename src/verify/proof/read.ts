import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Fault } from "../../model/fault.ts";
import type { ProofClosing, ProofHead, ProofLine, ProofMessage, ProofSignature } from "../../model/proof.ts";
import { closingOf, createCount } from "./closing.ts";
import { isSignature } from "./key.ts";
import { encodeLine } from "./line.ts";

/** Octets that a line may have. */
const longest = 4 * 1024 * 1024;

/** A proof whose octets are those that were written. */
export interface ReadProof {
  readonly head: ProofHead;
  readonly closing: ProofClosing;
  /** The key that signed it, Base64 of its SubjectPublicKeyInfo; absent where nobody did. */
  readonly signedBy?: string;
  /** Folders that were there. */
  readonly folders: ReadonlySet<string>;
}

/**
 * Reads a proof and hands its messages on, line by line. Throws `proof.broken` where an octet is not as it was written, the signature does
 * not fit, or it is not by `publicKey`, where one is given; what was handed on counts for nothing then.
 */
export async function readProof(
  path: string,
  publicKey: string | undefined,
  take: (message: ProofMessage) => Promise<void>,
): Promise<ReadProof> {
  const reader = createReader(path);
  for await (const octets of linesOf(path)) {
    const message = reader.add(octets);
    if (message !== undefined) await take(message);
  }
  return reader.end(publicKey);
}

/** The first line alone, of a file that nothing is known of yet. */
export async function readHead(path: string): Promise<ProofHead> {
  for await (const octets of linesOf(path)) {
    const line = decode(octets, path);
    if ("proof" in line) return supported(line.proof, path);
    break;
  }
  throw broken(path, "Its first line is not what it should be");
}

export function broken(about: string, message: string): Fault {
  return new Fault({
    code: "proof.broken",
    message,
    about,
    spoils: "mailbox",
    remedy: "take the file as it was written, from where nobody could change it",
  });
}

interface Reader {
  /** Gives back the message that the line tells of. */
  add(octets: Buffer): ProofMessage | undefined;
  end(publicKey: string | undefined): ReadProof;
}

function createReader(path: string): Reader {
  const hash = createHash("sha256");
  const count = createCount();
  const folders = new Set<string>();
  let head: ProofHead | undefined;
  let closing: { readonly octets: Buffer; readonly said: ProofClosing } | undefined;
  let signature: ProofSignature | undefined;

  function take(line: ProofLine, octets: Buffer): ProofMessage | undefined {
    if ("proof" in line !== (head === undefined)) throw broken(path, "Its first line is not what it should be");
    if ("end" in line) closing = { octets, said: line.end };
    else hash.update(octets);
    count.add(line);
    if ("proof" in line) head = supported(line.proof, path);
    if ("folder" in line && line.folder.there) folders.add(line.folder.path);
    return "message" in line ? line.message : undefined;
  }

  return {
    add(octets) {
      const line = decode(octets, path);
      if (signature !== undefined) throw broken(path, "Something follows its last line");
      if (closing === undefined) return take(line, octets);
      if (!("signature" in line)) throw broken(path, "Something follows its closing line");
      signature = line.signature;
      return undefined;
    },
    end(publicKey) {
      if (head === undefined || closing === undefined) throw broken(path, "It is cut off: its closing line is missing");
      const wanted = encodeLine({ end: closingOf(count.so(), hash.digest("hex")) });
      if (!closing.octets.equals(Buffer.from(wanted)))
        throw broken(path, "It was changed: its closing line does not fit the lines before it");
      const signedBy = signerOf(signature, closing.octets, publicKey, path);
      return { head, closing: closing.said, folders, ...(signedBy === undefined ? {} : { signedBy }) };
    },
  };
}

function signerOf(
  signature: ProofSignature | undefined,
  octets: Buffer,
  publicKey: string | undefined,
  path: string,
): string | undefined {
  if (signature === undefined) {
    if (publicKey !== undefined) throw broken(path, "It is not signed, and a public key was given");
    return undefined;
  }
  const { publicKey: key, value } = signature;
  // Nothing else is in its line: what the signature does not cover is fixed.
  const fixed = { algorithm: "Ed25519", publicKey: key, value } as const;
  if (encodeLine({ signature: fixed }) !== encodeLine({ signature }) || !isSignature(octets, fixed))
    throw broken(path, "Its signature does not fit");
  if (publicKey !== undefined && signature.publicKey !== publicKey)
    throw broken(path, "It is signed by another key than the one that was given");
  return signature.publicKey;
}

/** A line is taken only in the octets that the product itself would write. */
function decode(octets: Buffer, path: string): ProofLine {
  const line = parsed(octets.toString("utf8"));
  if (line === undefined || !Buffer.from(encodeLine(line)).equals(octets))
    throw broken(path, "It holds a line that is none of a proof's");
  return line;
}

const keys = new Set(["proof", "folder", "unread", "message", "end", "signature"]);

function parsed(text: string): ProofLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== "object" || line === null) return undefined;
    const [[key, value] = ["", undefined], ...more] = Object.entries(line);
    const fits = keys.has(key) && more.length === 0 && typeof value === "object" && value !== null;
    return fits ? (line as ProofLine) : undefined;
  } catch {
    return undefined;
  }
}

function supported(head: ProofHead, path: string): ProofHead {
  if (head.format === 1) return head;
  throw new Fault({
    code: "proof.newer",
    message: "The proof is in a format that this version does not know",
    about: path,
    spoils: "mailbox",
    remedy: "check it with the version that made it, or a later one",
  });
}

async function* chunksOf(path: string): AsyncIterable<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault({
      code: "proof.missing",
      message:
        code === "ENOENT" ? "There is no manifest of hashes of it" : `Its manifest of hashes cannot be read (${code})`,
      about: path,
      spoils: "mailbox",
      remedy: "name the folder that `verify --manifest-out` wrote, whole",
      cause,
    });
  }
}

/** Lines with their line breaks, octet by octet as they are. */
async function* linesOf(path: string): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(path)) {
    const octets: Buffer = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let at = 0;
    for (let end = octets.indexOf(10, at); end >= 0; end = octets.indexOf(10, at)) {
      yield octets.subarray(at, end + 1);
      at = end + 1;
    }
    held = octets.subarray(at);
    if (held.length > longest) throw broken(path, "It holds a line that is too long");
  }
  if (held.length > 0) throw broken(path, "It is cut off in the middle of a line");
}
