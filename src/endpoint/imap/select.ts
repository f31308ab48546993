import type { Place, PlaceId } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import { mailboxName } from "./names.ts";
import type { Response } from "./wire/response.ts";

/** How a folder stood when it was opened. */
export interface Selected {
  readonly place: PlaceId;
  /** UIDVALIDITY. */
  readonly validity: string;
  /** UIDNEXT; undefined where an old server does not say. */
  readonly next: number | undefined;
  readonly exists: number;
  /** HIGHESTMODSEQ; 0 where the folder has none (RFC 7162, 3.1.2.2). */
  readonly modseq: bigint;
  /** PERMANENTFLAGS; of a folder opened for reading they say nothing. */
  readonly marks: Place["marks"];
}

const systemFlags = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"] as const;

/** Marks that a folder keeps, by its PERMANENTFLAGS (RFC 3501, 7.1). */
function marksOf(flags: string | undefined): Place["marks"] {
  if (flags === undefined) return "any";
  const all = flags
    .replace(/^\(|\)$/g, "")
    .split(" ")
    .filter((each) => each !== "");
  const system = systemFlags.filter((flag) => all.some((each) => each.toLowerCase() === flag.toLowerCase()));
  if (all.includes("\\*") && system.length === systemFlags.length) return "any";
  const keywords = all.filter((each) => !each.startsWith("\\"));
  return [...system, ...keywords];
}

/** Opens a folder by EXAMINE, or by SELECT for writing. Throws `place.missing` and its kin. */
export async function selectFolder(
  { wire, abilities, enabled }: Line,
  place: PlaceId,
  name: string,
  writing: boolean,
): Promise<Selected> {
  const said = new Map<string, string>();
  let exists = 0;
  const take = (response: Response): void => {
    if (response.name === "EXISTS") exists = response.number ?? 0;
    if (response.name === "OK" && response.code !== undefined) said.set(response.code.name, response.code.rest);
  };
  const ask = abilities.condstore && !enabled.condstore ? " (CONDSTORE)" : "";
  const verb = writing ? "SELECT" : "EXAMINE";
  const done = await wire.run([`${verb} `, mailboxName(name, abilities.utf8), ask], take);
  expectOk(done, `Opening the folder ${place}`, place, "place");
  const next = Number(said.get("UIDNEXT") ?? Number.NaN);
  return {
    place,
    validity: said.get("UIDVALIDITY") ?? "0",
    next: Number.isSafeInteger(next) ? next : undefined,
    exists,
    modseq: modseqOf(said.get("HIGHESTMODSEQ")),
    marks: writing ? marksOf(said.get("PERMANENTFLAGS")) : "any",
  };
}

/** The version is equal only while nothing changed: without modification sequences nobody can tell for marks. */
export const versionOf = (next: number, exists: number, modseq: bigint): { readonly version?: string } =>
  modseq > 0n ? { version: `${next}:${exists}:${modseq}` } : {};

/** A modification sequence has up to 63 bits, more than a number holds. */
export function modseqOf(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}
