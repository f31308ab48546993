import type { Address } from "./address.ts";
import type { ProofUnread } from "./proof.ts";

/** What became of messages that a proof holds, and of those that it does not. */
export interface FateCounts {
  readonly same: number;
  readonly moved: number;
  readonly changed: number;
  readonly missing: number;
  /** At the destination, and not in the proof. */
  readonly extra: number;
  readonly unread: number;
}

/** A message by what may be told of it. */
export interface FatedMessage {
  readonly is: keyof FateCounts;
  /** Where it is now; where it was, of one that is missing. */
  readonly folder: string;
  /** Where it was, where that is another folder. */
  readonly from?: string;
  readonly date: string;
  readonly size: number;
  readonly messageId?: string;
  /** What of it is no longer the same. */
  readonly what?: readonly ("header" | "body")[];
}

/** A destination held against a proof. */
export interface ProofCheck {
  readonly address: Address;
  readonly file: string;
  /** When the proof was made. */
  readonly made: string;
  /** Whether the proof itself proved everything. */
  readonly proved: boolean;
  /** The name of the key that signed it; absent where nobody did. */
  readonly signedBy?: string;
  /** True where that is the key that was given. */
  readonly trusted: boolean;
  /** True where what came since counts. */
  readonly strict: boolean;
  readonly counts: FateCounts;
  /** Messages whose internal date is another one. */
  readonly redated: number;
  readonly foldersMissing: readonly string[];
  readonly unread: readonly ProofUnread[];
  /** What is not the same, the gravest first; as many as were asked for. */
  readonly named: readonly FatedMessage[];
  readonly unnamed: number;
}

/** True where the proof proved everything, and all of it is there as it was. */
export const stands = ({ proved, counts, unread, strict }: ProofCheck): boolean =>
  proved &&
  counts.missing === 0 &&
  counts.changed === 0 &&
  counts.unread === 0 &&
  unread.length === 0 &&
  !(strict && counts.extra > 0);
