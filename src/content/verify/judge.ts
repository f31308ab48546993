import type { Known, Side } from "../../contract/journal.ts";
import type { PlaceId } from "../../model/item.ts";
import {
  type Differences,
  isDeletion,
  isSettled,
  type MailboxVerification,
  type NamedMessage,
  type Standing,
  standings,
} from "../../model/verification.ts";
import type { Identity } from "../fingerprint.ts";
import { mergeMarks, sameMarks } from "../marks.ts";
import type { Pass } from "../pass.ts";
import { lateItem, unknownItem } from "../waiting.ts";
import type { Memory } from "./anew.ts";
import type { Digest } from "./digest.ts";

/** What was read of a page of rows, by side and row. */
export interface Evidence {
  readonly identity: Readonly<Record<Side, ReadonlyMap<number, Identity>>>;
  /** Of bodies that are to be compared. */
  readonly digest?: Readonly<Record<Side, ReadonlyMap<number, Digest>>>;
  /** Of the destination's bodies, where their hashes are asked for. */
  readonly copies?: ReadonlyMap<number, Digest>;
}

/** What is proved of one message. */
export interface Judged {
  readonly row: Known;
  readonly standing: Standing;
  readonly differences: readonly (keyof Differences)[];
}

interface Judge {
  take(rows: readonly Known[], evidence: Evidence, unread: ReadonlyMap<PlaceId, unknown>): readonly Judged[];
  end(): Pick<MailboxVerification, "counts" | "differences" | "named" | "unnamed">;
}

/** Why a message has no copy. Declarations come first, and then what the journal knows. */
function absence(row: Known, messageId: string | undefined, pass: Pass, { last, deleted }: Memory): Standing {
  const { source, base, pending } = row;
  const route = pass.routes.get(source?.place ?? "");
  if (base !== undefined) return deleted.has(row.row) ? "deleted" : "vanished";
  if (source !== undefined && route !== undefined && !pass.verdict(source, messageId, route).take) return "skipped";
  if (pending?.code === unknownItem.code) return "unknown";
  if (pending !== undefined && pending.code !== lateItem.code) return "pending";
  return pending?.code === lateItem.code || (last > 0 && row.row > last) ? "newer" : "missing";
}

/** What the two of a pair are to each other. A server may rewrite a header: the second key, or an equal body, says that it did. */
function likeness(row: number, { identity, digest, copies }: Evidence): Standing {
  const [ours, theirs] = [identity.source.get(row), identity.destination.get(row)];
  if (ours === undefined || theirs === undefined || copies?.has(row) === false) return "unreadable";
  const named = ours.fingerprint === theirs.fingerprint || ours.loose === theirs.loose;
  if (digest === undefined) return named ? "there" : "altered";
  const [here, there] = [digest.source.get(row), digest.destination.get(row)];
  if (here === undefined || there === undefined) return "unreadable";
  if (here.text === there.text) return "there";
  return named ? "bodyDiffers" : "altered";
}

const seconds = (date: number): number => Math.floor(date / 1000);

/** Where the two differ, though the message is the same. */
function differencesOf(
  { row, source, destination, base }: Known,
  evidence: Evidence,
  pass: Pass,
): readonly (keyof Differences)[] {
  if (source === undefined || destination === undefined) return [];
  const place = pass.destinations.get(destination.place) ?? { marks: "any" as const };
  const merge = mergeMarks(base?.marks ?? [], source.marks, destination.marks, place);
  const { identity, digest } = evidence;
  const [here, there] = [digest?.source.get(row), digest?.destination.get(row)];
  const sameHeader =
    here === undefined
      ? identity.source.get(row)?.fingerprint === identity.destination.get(row)?.fingerprint
      : here.header === there?.header;
  const differs: Readonly<Record<keyof Differences, boolean>> = {
    marks: !sameMarks(source.marks, destination.marks),
    due: merge.add.length + merge.remove.length > 0,
    dates: seconds(source.date) !== seconds(destination.date),
    sizes: source.size !== destination.size,
    headers: !sameHeader,
    lineEnds: here !== undefined && here.body !== there?.body && here.text === there?.text,
  };
  return (Object.keys(differs) as (keyof Differences)[]).filter((each) => differs[each]);
}

/** Sorts messages by what is proved of them, counts them, and names those that are not. */
export function createJudge(pass: Pass, memory: Memory, names: number): Judge {
  const counts = Object.fromEntries(standings.map((standing) => [standing, 0])) as Record<Standing, number>;
  const differences: Differences = { marks: 0, due: 0, dates: 0, sizes: 0, headers: 0, lineEnds: 0 };
  const troubles: NamedMessage[] = [];
  const explained: NamedMessage[] = [];
  let nameable = 0;

  function standingOf(row: Known, evidence: Evidence, unread: ReadonlyMap<PlaceId, unknown>): Standing {
    const { base, destination, source } = row;
    if (unread.has(source?.place ?? "")) return "unreadable";
    if (base === undefined || destination?.there !== true || destination.id === undefined)
      return absence(row, evidence.identity.source.get(row.row)?.messageId, pass, memory);
    if (unread.has(destination.place)) return "unreadable";
    if (!evidence.identity.destination.has(row.row)) return "vanished";
    const standing = likeness(row.row, evidence);
    if (standing !== "there") return standing;
    return destination.place === pass.routes.get(source?.place ?? "")?.destination.id ? "there" : "moved";
  }

  function name(row: Known, standing: Standing, messageId: string | undefined): void {
    const list = isSettled(standing) && !isDeletion(standing) ? explained : troubles;
    const route = pass.routes.get(row.source?.place ?? "");
    if (row.source === undefined || route === undefined) return;
    nameable += 1;
    if (list.length >= names) return;
    const { pending } = row;
    list.push({
      standing,
      from: route.source.path.join("/"),
      folder: route.path.join("/"),
      date: new Date(row.source.date).toISOString(),
      size: row.source.size,
      ...(messageId === undefined || messageId === "" ? {} : { messageId }),
      ...(standing === "pending" && pending !== undefined ? { reason: pending.message } : {}),
    });
  }

  return {
    take: (rows, evidence, unread) =>
      rows.flatMap((row) => {
        const messageId = evidence.identity.source.get(row.row)?.messageId;
        // Gone from the source since it was read: nothing is to be at the destination for it.
        if (messageId === undefined && !unread.has(row.source?.place ?? "")) return [];
        const standing = standingOf(row, evidence, unread);
        counts[standing] += 1;
        if (standing !== "there") name(row, standing, messageId);
        const same = standing === "there" || standing === "moved";
        const differing = same ? differencesOf(row, evidence, pass) : [];
        for (const each of differing) differences[each] += 1;
        return [{ row, standing, differences: differing }];
      }),
    end() {
      const named = [...troubles, ...explained].slice(0, names);
      return { counts, differences, named, unnamed: nameable - named.length };
    },
  };
}
