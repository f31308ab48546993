import type { ProofSide } from "../../model/proof.ts";

/** A message of a proof, or of the destination as it is now. */
export interface Kept {
  readonly side: ProofSide;
  readonly messageId?: string;
}

/** What became of a message, or of one that the proof does not hold. `unread` is one whose hashes one of the two lacks. */
export type Fate =
  | { readonly is: "same" | "moved" | "unread"; readonly was: Kept; readonly now: Kept }
  | { readonly is: "changed"; readonly was: Kept; readonly now: Kept; readonly what: readonly ("header" | "body")[] }
  | { readonly is: "missing"; readonly was: Kept }
  | { readonly is: "extra"; readonly now: Kept };

interface Paired {
  readonly fates: readonly Fate[];
  readonly missing: readonly Kept[];
  readonly extra: readonly Kept[];
}

type Key = (side: ProofSide) => string | undefined;

const hashes: Key = ({ header, body }) => (header === undefined ? undefined : `${header} ${body ?? ""}`);
/** Folder and internal date to the second: servers keep no more of it. */
const position: Key = ({ folder, date }) => JSON.stringify([folder, date.slice(0, 19)]);
const both =
  (one: Key, other: Key): Key =>
  (side) => {
    const [first, second] = [one(side), other(side)];
    return first === undefined || second === undefined ? undefined : `${first} ${second}`;
  };

/** By what two messages of one fingerprint are one, the surest first. */
const alike: readonly Key[] = [
  both(hashes, position),
  both(hashes, ({ folder }) => folder),
  hashes,
  position,
  ({ folder }) => folder,
  () => "",
];

/** Pairs messages of one fingerprint. Each is taken once: two that are equal are two. */
export const pairAlike = (was: readonly Kept[], now: readonly Kept[]): Paired => pairBy(alike, was, now);

/**
 * Pairs what is left, of one folder and date: a header that was rewritten (the body is equal), or a message that one of the two could not
 * read (the size is).
 */
export function pairRewritten(was: readonly Kept[], now: readonly Kept[]): Paired {
  const first = pairBy([({ body }) => body], was, now);
  const second = pairBy(bySize, first.missing, first.extra.filter(isSilent));
  const third = pairBy(bySize, second.missing.filter(isSilent), first.extra.filter(isHashed));
  return {
    fates: [...first.fates, ...second.fates, ...third.fates],
    missing: [...second.missing.filter(isHashed), ...third.missing],
    extra: [...second.extra, ...third.extra],
  };
}

const bySize: readonly Key[] = [({ size }) => String(size)];
const isSilent = ({ side }: Kept): boolean => side.header === undefined;
const isHashed = (message: Kept): boolean => !isSilent(message);

/** What the messages that are left are sorted by. */
export const positionOf = (side: ProofSide): string => position(side) ?? "";

function pairBy(keys: readonly Key[], was: readonly Kept[], now: readonly Kept[]): Paired {
  const fates: Fate[] = [];
  let [missing, extra] = [was, now];
  for (const key of keys) {
    if (missing.length === 0 || extra.length === 0) break;
    const there = Map.groupBy(extra, ({ side }) => key(side));
    const taken = new Set<Kept>();
    for (const one of missing) {
      const by = key(one.side);
      const other = by === undefined ? undefined : there.get(by)?.pop();
      if (other === undefined) continue;
      fates.push(fateOf(one, other));
      taken.add(one).add(other);
    }
    missing = missing.filter((each) => !taken.has(each));
    extra = extra.filter((each) => !taken.has(each));
  }
  return { fates, missing, extra };
}

function fateOf(was: Kept, now: Kept): Fate {
  const [before, after] = [was.side, now.side];
  if (before.header === undefined || after.header === undefined) return { is: "unread", was, now };
  const what = (["header", "body"] as const).filter((each) => before[each] !== after[each]);
  if (what.length > 0) return { is: "changed", was, now, what };
  return { is: before.folder === after.folder ? "same" : "moved", was, now };
}

/** True where the internal date is another one, to the second. */
export const isRedated = ({ side: was }: Kept, { side: now }: Kept): boolean =>
  was.date.slice(0, 19) !== now.date.slice(0, 19);
