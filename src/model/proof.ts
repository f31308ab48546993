import type { Address } from "./address.ts";
import type { Differences, Standing } from "./verification.ts";

/** What one side shows of a message. Hashes are there where its body was read. */
export interface ProofSide {
  readonly folder: string;
  /** ISO 8601, the internal date. */
  readonly date: string;
  /** Octets, as the side tells them. */
  readonly size: number;
  /** 128 bits, hex: Message-ID, Date, From, To, Subject. */
  readonly fingerprint?: string;
  /** SHA-256, hex, over the header with CRLF line ends, the empty line that ends it left out. */
  readonly header?: string;
  /** SHA-256, hex, over all after that empty line, with CRLF line ends. */
  readonly body?: string;
}

/** What a proof says of a message: that of a source's, or that it is at the destination alone. */
export type ProofStanding = Standing | "destinationOnly";

/** A message, by what may be told of it: neither subject nor body. */
export interface ProofMessage {
  readonly standing: ProofStanding;
  readonly messageId?: string;
  /** Why it is not proved. */
  readonly reason?: string;
  /** Where the two sides differ, though the message is the same. */
  readonly differences?: readonly (keyof Differences)[];
  /** The destination's folder that it belongs to, where it is not there. */
  readonly belongs?: string;
  readonly destination?: ProofSide;
  readonly source?: ProofSide;
}

/** One side of the mailbox: whose mail it is. */
interface ProofEnd {
  /** The endpoint's name in the manifests. */
  readonly endpoint: string;
  readonly user: string;
  /** Which system that is, where the manifests tell. */
  readonly system?: string;
}

/** The first line. Nothing but `made` differs between two proofs of the same mail. */
export interface ProofHead {
  readonly format: 1;
  readonly migration: string;
  readonly mailbox: Address;
  /** ISO 8601: when reading began. */
  readonly made: string;
  readonly source: ProofEnd;
  readonly destination: ProofEnd;
  /** How `header` and `body` are made. */
  readonly hash: typeof proofHash;
  /** True where the source's bodies were read as well, and compared. */
  readonly content: boolean;
  readonly strict: boolean;
}

export const proofHash = "SHA-256 over the octets as IMAP shows them, every line end as CRLF";

/** A folder of the destination: read, or not there though something is to go to it. */
export interface ProofFolder {
  readonly path: string;
  readonly there: boolean;
}

/** What could not be read: about it nothing is said. */
export interface ProofUnread {
  readonly what: string;
  readonly code: string;
  readonly reason: string;
}

/** The line after all others: every field of it follows from them. */
export interface ProofClosing {
  /** How many of the lines before are messages, and how many of each standing. */
  readonly messages: number;
  readonly standings: Readonly<Partial<Record<ProofStanding, number>>>;
  readonly proved: boolean;
  /** SHA-256, hex, over all octets before this line. */
  readonly sha256: string;
}

/** The last line of a proof that is signed: over the octets of the closing line, its line break included. */
export interface ProofSignature {
  readonly algorithm: "Ed25519";
  /** SubjectPublicKeyInfo, DER, Base64. */
  readonly publicKey: string;
  /** Base64. */
  readonly value: string;
}

/** A line of a proof, by the one key that names it. */
export type ProofLine =
  | { readonly proof: ProofHead }
  | { readonly folder: ProofFolder }
  | { readonly unread: ProofUnread }
  | { readonly message: ProofMessage }
  | { readonly end: ProofClosing }
  | { readonly signature: ProofSignature };
