import type { ProofLine, ProofMessage } from "../../model/proof.ts";
import { escapeJson } from "../../report/escape.ts";

/** A line as it is written, with its line break: JSON that holds nothing which could steer a terminal. */
export const encodeLine = (line: ProofLine): string => `${escapeJson(JSON.stringify(line))}\n`;

/** A message's line under the key that it is sorted by: folder, internal date, fingerprint, and then all that is said of it. */
export function keyed(message: ProofMessage): string {
  const side = message.destination ?? message.source;
  const folder = message.destination?.folder ?? message.belongs ?? "";
  const key = escapeJson(JSON.stringify([folder, side?.date ?? "", side?.fingerprint ?? ""]));
  return `${key}\t${encodeLine({ message }).slice(0, -1)}`;
}

/** What follows the key. JSON holds no tab but escaped. */
export const unkeyed = (text: string): string => text.slice(text.indexOf("\t") + 1);
