import type { Place, PlaceId, Role } from "../../../model/item.ts";
import type { Label } from "./mailbox.ts";

/** Where a message has no label of a person's or of the system's: Gmail's archive is that, and no label. */
export const archive = "ARCHIVE";

interface SystemPlace {
  readonly id: PlaceId;
  readonly path: readonly string[];
  readonly role: Role;
}

/** Labels of the system that are folders, as Gmail's IMAP names them, so that rules written for one hold for the other. */
const systemPlaces: readonly SystemPlace[] = [
  { id: "INBOX", path: ["INBOX"], role: "inbox" },
  { id: "SENT", path: ["[Gmail]", "Sent Mail"], role: "sent" },
  { id: "DRAFT", path: ["[Gmail]", "Drafts"], role: "drafts" },
  { id: "SPAM", path: ["[Gmail]", "Spam"], role: "junk" },
  { id: "TRASH", path: ["[Gmail]", "Trash"], role: "trash" },
  { id: archive, path: ["[Gmail]", "Archive"], role: "archive" },
];

/** Which label is which folder, for a reader. */
export const systemFolders = systemPlaces.map(({ id, path }) => ({
  label: id === archive ? "what has no label" : id,
  folder: path.join("/"),
}));

/** A message is in one of these and nowhere else, whatever labels it has beside. */
const exclusive = ["TRASH", "SPAM"] as const;

/** Labels that nobody can put on a message, or take off. */
const fixed: ReadonlySet<PlaceId> = new Set(["SENT", "DRAFT"]);

export const isFixed = (place: PlaceId): boolean => fixed.has(place);
export const isExclusive = (place: PlaceId): boolean =>
  place === archive || (exclusive as readonly string[]).includes(place);

/** What a label is as a mark. The others that are no folders (IMPORTANT, CATEGORY_…) say nothing that is known elsewhere. */
const seen = "UNREAD";
const flagged = "STARRED";

export const markable = ["\\Seen", "\\Flagged"] as const;

/** The labels of one mailbox, as folders. */
export interface Labels {
  readonly places: readonly Place[];
  /** Ids of the labels that people made. */
  readonly own: readonly PlaceId[];
  /** Where a message with these labels is; nowhere for a chat. */
  placesOf(labelIds: readonly string[]): readonly PlaceId[];
  named(path: readonly string[]): Place | undefined;
}

export function createLabels(all: readonly Label[], neverRemoved: (place: PlaceId) => boolean): Labels {
  const own = all.flatMap(({ id, name, type }) => (type === "user" && id && name ? [{ id, name }] : []));
  const system = systemPlaces.map((place) => ({ ...place, ...shape(place.id), neverRemoved: neverRemoved(place.id) }));
  const places: Place[] = [
    ...system,
    ...own.map(({ id, name }) => ({
      id,
      path: name.normalize("NFC").split("/"),
      ...shape(id),
      objectId: id,
      neverRemoved: neverRemoved(id),
    })),
  ];
  const ids = new Set([...own.map(({ id }) => id), "INBOX", "SENT", "DRAFT"]);
  return {
    places,
    own: own.map(({ id }) => id),
    placesOf: (labelIds) => {
      if (labelIds.includes("CHAT")) return [];
      const alone = exclusive.find((id) => labelIds.includes(id));
      if (alone !== undefined) return [alone];
      const found = labelIds.filter((id) => ids.has(id));
      return found.length === 0 ? [archive] : found;
    },
    named: (path) => places.find((place) => sameName(place.path, path)),
  };
}

const shape = (id: PlaceId): Pick<Place, "selectable" | "marks"> => ({
  selectable: true,
  marks: id === "DRAFT" ? [...markable, "\\Draft"] : markable,
});

/** Gmail's labels differ by more than case. */
const sameName = (a: readonly string[], b: readonly string[]): boolean =>
  a.join("/").normalize("NFC").toLowerCase() === b.join("/").normalize("NFC").toLowerCase();

export function marksOf(labelIds: readonly string[]): readonly string[] {
  return [
    ...(labelIds.includes(seen) ? [] : ["\\Seen"]),
    ...(labelIds.includes(flagged) ? ["\\Flagged"] : []),
    ...(labelIds.includes("DRAFT") ? ["\\Draft"] : []),
  ];
}

const has = (marks: readonly string[], mark: string): boolean =>
  marks.some((one) => one.toLowerCase() === mark.toLowerCase());

/** The labels of a message that is written into a place. */
export function labelsFor(place: PlaceId, marks: readonly string[]): string[] {
  return [
    ...(place === archive ? [] : [place]),
    ...(has(marks, "\\Seen") ? [] : [seen]),
    ...(has(marks, "\\Flagged") ? [flagged] : []),
  ];
}

/** What changing marks means in labels; marks that Gmail has no label for take no part. */
export function relabelled(
  add: readonly string[],
  remove: readonly string[],
): { addLabelIds: string[]; removeLabelIds: string[] } {
  return {
    addLabelIds: [...(has(remove, "\\Seen") ? [seen] : []), ...(has(add, "\\Flagged") ? [flagged] : [])],
    removeLabelIds: [...(has(add, "\\Seen") ? [seen] : []), ...(has(remove, "\\Flagged") ? [flagged] : [])],
  };
}

/** Equal only while the marks are: which other labels a message has is none of a folder's. */
export const revisionOf = (labelIds: readonly string[]): string => marksOf(labelIds).join(" ") || "-";
