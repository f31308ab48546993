import type { Look } from "../../contract/item-store.ts";
import type { PlaceId, Role } from "../../model/item.ts";
import type { Survey } from "./look.ts";
import type { Names } from "./names.ts";
import { fetched } from "./entry.ts";
import { listOf, type Response, textOf } from "./wire/response.ts";

/** Gmail's All Mail, read as its archive: messages that no folder shows are there, and nowhere else. */
export interface AllMail {
  readonly id: PlaceId;
  /** Whether a message is in one of the folders, too, by its X-GM-LABELS. */
  isFiled(response: Response): boolean;
}

/** Labels of the system as X-GM-LABELS has them; `\Starred` and `\Important` file nothing. */
const systemLabels: Readonly<Record<string, Role>> = {
  "\\inbox": "inbox",
  "\\sent": "sent",
  "\\draft": "drafts",
  "\\drafts": "drafts",
  "\\spam": "junk",
  "\\trash": "trash",
};

/** Undefined where the server shows no such folder; a user may hide it from IMAP, and labels as well. */
export function allMailOf({ listed }: Survey, { places }: Look, names: Names): AllMail | undefined {
  const id = listed.find(({ attributes }) => attributes.has("\\all"))?.id;
  if (id === undefined) return undefined;
  const shown = places.filter((place) => place.selectable && place.optional !== true);
  const ids = new Set(shown.map((place) => place.id));
  const roles = new Set(shown.flatMap(({ role }) => role ?? []));
  const shows = (label: string): boolean => {
    if (!label.startsWith("\\")) return ids.has(names.idOf(label));
    const role = systemLabels[label.toLowerCase()];
    return role !== undefined && roles.has(role);
  };
  return {
    id,
    isFiled: (response) =>
      listOf(fetched(response)?.attributes.get("X-GM-LABELS")).some((label) => shows(textOf(label) ?? "")),
  };
}

const role: Role = "archive";

/** A look in which All Mail is the archive that it holds, where no other folder is. */
export function withArchive(look: Look, { id }: AllMail): Look {
  const taken = look.places.some((place) => place.role === role);
  const places = look.places.map((place) => {
    if (place.id !== id) return place;
    const { optional: _, ...rest } = place;
    return taken ? rest : { ...rest, role };
  });
  return { ...look, places };
}
