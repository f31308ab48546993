import { createHash } from "node:crypto";
import type { Naming, Place, PlaceId, Role } from "../model/item.ts";
import type { FolderRules } from "../model/resource.ts";

/** Where a source folder's messages go. */
export interface Route {
  readonly source: Place;
  /** The destination's path; the place itself where it is there already. */
  readonly path: readonly string[];
  readonly role?: Role;
  readonly destination?: Place;
  /** True where the name had to be changed for the destination. */
  readonly altered: boolean;
}

/** A folder pattern over `A/B` paths: `X` is that folder alone, `X/**` it and all below, `*` any run inside one part. INBOX has no case. */
export function folderMatcher(pattern: string): (path: readonly string[]) => string | undefined {
  const deep = pattern.endsWith("/**");
  const stem = deep ? pattern.slice(0, -3) : pattern;
  const source = stem
    .split("/")
    .map((part, index) =>
      index === 0 && /^inbox$/i.test(part)
        ? "[Ii][Nn][Bb][Oo][Xx]"
        : part.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replace(/\*/g, "[^/]*"),
    )
    .join("/");
  const expression = new RegExp(`^${source}${deep ? "(?<rest>/.*)?" : ""}$`, "su");
  return (path) => {
    const match = expression.exec(path.join("/"));
    return match === null ? undefined : (match.groups?.["rest"] ?? "");
  };
}

/**
 * Optional places that no `map` pattern names: they are not read, and nothing is concluded about them. A pattern that ordinary folders
 * answer to as well (`[Gmail]/**`) was written for those, and names no optional one.
 */
export function leftOut(
  sources: readonly Pick<Place, "id" | "path" | "optional">[],
  { map = {} }: FolderRules,
): ReadonlySet<PlaceId> {
  const ordinary = sources.filter((place) => place.optional !== true);
  const naming = Object.keys(map)
    .map(folderMatcher)
    .filter((matches) => !ordinary.some((place) => matches(place.path) !== undefined));
  const named = ({ path }: Pick<Place, "path">): boolean => naming.some((matches) => matches(path) !== undefined);
  return new Set(sources.filter((place) => place.optional === true && !named(place)).map((place) => place.id));
}

/** Whether the rules take a source folder, by its path. */
export function folderChooser({ only, exclude = [] }: FolderRules): (path: readonly string[]) => boolean {
  const [taken, left] = [only?.map(folderMatcher), exclude.map(folderMatcher)];
  const isAmong = (path: readonly string[], patterns: typeof left) => patterns.some((fits) => fits(path) !== undefined);
  return (path) => (taken === undefined || isAmong(path, taken)) && !isAmong(path, left);
}

function mapped(path: readonly string[], map: Readonly<Record<string, string>>): readonly string[] | undefined {
  const patterns = Object.keys(map).toSorted((a, b) => b.length - a.length);
  for (const pattern of patterns) {
    const rest = folderMatcher(pattern)(path);
    if (rest === undefined) continue;
    const target = map[pattern] ?? "";
    const full = target.endsWith("/**")
      ? `${target.slice(0, -3)}${rest}`
      : pattern.endsWith("/**")
        ? `${target}${rest}`
        : target;
    return full.split("/").filter((part) => part !== "");
  }
  return undefined;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 6);
}

/** Octets of UTF-8 that still fit, never cutting a character. */
function cut(text: string, octets: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > octets) break;
    kept += character;
  }
  return kept;
}

function legalPart(part: string, naming: Naming): string {
  const legal = [...part.normalize("NFC")]
    .map((character) => (naming.illegal.includes(character) ? "_" : character))
    .join("");
  if (Buffer.byteLength(legal) <= naming.maxPart) return legal;
  return `${cut(legal, naming.maxPart - 7)}~${shortHash(part)}`;
}

/** How the destination tells names apart. */
function nameKey(path: readonly string[], naming: Naming): string {
  const inbox = path.length === 1 && /^inbox$/i.test(path[0] ?? "");
  const parts = inbox
    ? ["INBOX"]
    : path.map((part) => (naming.foldsCase ? part.normalize("NFC").toLowerCase() : part.normalize("NFC")));
  return JSON.stringify(parts);
}

const isInbox = (place: Place): boolean =>
  place.role === "inbox" || nameKey(place.path, { illegal: "", foldsCase: false, maxPart: 255 }) === '["INBOX"]';

/** Where the rules send a folder, before the destination's own names are looked at. */
function wanted(place: Place, destinations: readonly Place[], rules: FolderRules): readonly string[] {
  const explicit = mapped(place.path, rules.map ?? {});
  if (explicit !== undefined) return explicit;
  if (isInbox(place)) return ["INBOX"];
  const byRole =
    (rules.specialUse ?? true) && place.role !== undefined
      ? destinations.find((candidate) => candidate.role === place.role && candidate.optional !== true)
      : undefined;
  return byRole?.path ?? place.path;
}

/**
 * Routes every selectable source folder that the rules take and that is not left out. Declared merges (a map, a role) join folders; names that only the
 * destination cannot tell apart are kept apart by a suffix, and `recorded` keeps the choice of earlier passes.
 */
export function routeFolders(
  sources: readonly Place[],
  destinations: readonly Place[],
  rules: FolderRules,
  naming: Naming,
  recorded: ReadonlyMap<PlaceId, PlaceId>,
): readonly Route[] {
  const takes = folderChooser(rules);
  const out = leftOut(sources, rules);
  const existing = new Map(destinations.map((place) => [nameKey(place.path, naming), place]));
  const byId = new Map(destinations.map((place) => [place.id, place]));
  const takenBy = new Map<string, string>();
  const inOrder = sources.filter((place) => place.selectable && !out.has(place.id) && takes(place.path));
  return inOrder
    .toSorted((a, b) => Number(recorded.has(b.id)) - Number(recorded.has(a.id)) || (a.id < b.id ? -1 : 1))
    .map((source) => {
      const natural = wanted(source, destinations, rules);
      let path: readonly string[] = natural.map((part) => legalPart(part, naming));
      const naturalKey = JSON.stringify(natural);
      const owner = takenBy.get(nameKey(path, naming));
      const before = byId.get(recorded.get(source.id) ?? "");
      const apart = [...path.slice(0, -1), `${path.at(-1) ?? ""}~${shortHash(naturalKey)}`];
      if (before !== undefined && nameKey(before.path, naming) === nameKey(apart, naming)) path = before.path;
      else if (owner !== undefined && owner !== naturalKey) path = apart;
      takenBy.set(nameKey(path, naming), naturalKey);
      const destination = existing.get(nameKey(path, naming));
      return {
        source,
        path: destination?.path ?? path,
        ...(source.role === undefined ? {} : { role: source.role }),
        ...(destination === undefined ? {} : { destination }),
        altered: JSON.stringify(path) !== naturalKey && nameKey(path, naming) !== nameKey(natural, naming),
      };
    });
}
