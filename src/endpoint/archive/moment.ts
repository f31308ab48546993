import type { BigIntStats } from "node:fs";
import type { Json } from "../../model/json.ts";
import type { Delivered } from "./delivered.ts";
import { type DiskPath, bornAt } from "./disk.ts";
import { tick } from "./limits.ts";

/**
 * A point in a folder's life, as a watermark and as a bookmark: our own messages are before it by their number, those of others by
 * the birth of their file. Births that stand too near to the moment to tell are settled by name.
 */
export interface Moment {
  readonly tag: string;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Ids of others' messages that were there, and were born within a tick of the clock before. */
  readonly recent: readonly string[];
}

export const momentOf = (record: Delivered | undefined, at: number, recent: readonly string[]): Moment => ({
  tag: record?.tag ?? "",
  count: record?.count ?? 0,
  at,
  recent,
});

export const momentJson = ({ tag, count, at, recent }: Moment): Json => ({ tag, count, at, recent: [...recent] });

/** Reads one back; undefined for what is none, before which nothing is known to have been. */
export function momentFrom(json: Json | undefined): Moment | undefined {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return undefined;
  const { tag, count, at, recent } = json as Readonly<Record<string, Json | undefined>>;
  if (typeof tag !== "string" || typeof count !== "number" || typeof at !== "number" || !Array.isArray(recent))
    return undefined;
  return { tag, count, at, recent: recent as readonly string[] };
}

/** Whether a message came after the moment. `current` is the tag of the folder's record now. Without births, others' never did. */
export function cameAfter(
  moment: Moment,
  current: string | undefined,
  id: string,
  file: DiskPath,
  stats: BigIntStats,
): boolean {
  const own = ownNumber(file);
  if (own !== undefined && own.tag === moment.tag) return own.number > moment.count;
  if (own !== undefined && own.tag === current) return true;
  return isRecent(stats, moment.at) && !moment.recent.includes(id);
}

export function isRecent(stats: BigIntStats, at: number): boolean {
  const born = bornAt(stats);
  return born !== undefined && Number(born / 1_000_000n) >= at - tick;
}

/** The part of a file's name that makes it ours, and unlike every other: the record's tag, the number under it, and chance. */
export const ownStem = (tag: string, number: number, chance: string): string => `R${tag}Q${number}_${chance}`;

/** Whether a file was delivered under the record of this tag; without a record nothing was. */
export const isOurs = (file: DiskPath, tag: string | undefined): boolean =>
  tag !== undefined && ownNumber(file)?.tag === tag;

/** Undefined for a file of others. */
export function ownNumber(file: DiskPath): { readonly tag: string; readonly number: number } | undefined {
  const [, tag, number] = /[.-]R([0-9a-f]{12})Q(\d+)_[0-9a-f]{8}\.(?:reconcile|eml)/.exec(file) ?? [];
  return tag === undefined ? undefined : { tag, number: Number(number) };
}
