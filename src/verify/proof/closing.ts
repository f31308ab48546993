import type { ProofClosing, ProofLine, ProofStanding } from "../../model/proof.ts";
import { isDeletion, isSettled } from "../../model/verification.ts";

/** What was seen of a proof's lines, as far as its closing line says it again. */
export interface Counted {
  readonly messages: number;
  readonly standings: ReadonlyMap<ProofStanding, number>;
  readonly strict: boolean;
  /** Folders that are not there, and whatever could not be read. */
  readonly holes: number;
}

export function createCount(): { add(line: ProofLine): void; so(): Counted } {
  const standings = new Map<ProofStanding, number>();
  let [messages, holes, strict] = [0, 0, false];
  return {
    add(line) {
      if ("proof" in line) strict = line.proof.strict;
      if ("unread" in line || ("folder" in line && !line.folder.there)) holes += 1;
      if (!("message" in line)) return;
      messages += 1;
      const { standing } = line.message;
      standings.set(standing, (standings.get(standing) ?? 0) + 1);
    },
    so: () => ({ messages, standings, strict, holes }),
  };
}

/** True where a message of this standing does not stand against the proof. */
const holds = (standing: ProofStanding, strict: boolean): boolean =>
  standing === "destinationOnly" || (isSettled(standing) && !(strict && isDeletion(standing)));

export function closingOf({ messages, standings, strict, holes }: Counted, sha256: string): ProofClosing {
  const proved = holes === 0 && [...standings.keys()].every((standing) => holds(standing, strict));
  const sorted = [...standings].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { messages, standings: Object.fromEntries(sorted), proved, sha256 };
}
