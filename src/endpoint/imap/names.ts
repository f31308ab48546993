import type { PlaceId } from "../../model/item.ts";
import type { Namespace } from "./introduce.ts";
import { astring, type Literal, quotedName } from "./wire/command.ts";
import { decodeName, encodeName } from "./wire/name.ts";

/** Folder names of one owner: ids as people read them, names as the server has them, and paths without the namespace's prefix. */
export interface Names {
  /** Takes in a name of the wire; INBOX has no case (RFC 3501, 5.1). */
  idOf(wire: string): PlaceId;
  wireOf(id: PlaceId): string;
  pathOf(id: PlaceId): readonly string[];
  idAt(path: readonly string[]): PlaceId;
  /** True for a name of the owner's own: INBOX, and what begins with the personal namespace and with no other's. */
  isOwn(id: PlaceId): boolean;
}

export function createNames(
  { personal, others }: { readonly personal: Namespace; readonly others: readonly Namespace[] },
  utf8: boolean,
): Names {
  const wires = new Map<PlaceId, string>();
  const ids = new Map<string, PlaceId>();
  const { prefix, separator } = personal;
  const foreign = others.map((each) => each.prefix).filter((each) => each !== "");
  const parts = (text: string): readonly string[] => (separator === "" ? [text] : text.split(separator));
  return {
    idOf: (wire) => {
      if (/^inbox$/i.test(wire)) return "INBOX";
      const known = ids.get(wire);
      if (known !== undefined) return known;
      let id = decodeName(wire, utf8);
      // Two names of the wire may read alike, as `R&D` (which is no UTF-7) and `R&-D`: the second is shown with its code.
      while (wires.has(id)) id = encodeName(id, false);
      ids.set(wire, id);
      wires.set(id, wire);
      return id;
    },
    wireOf: (id) => wires.get(id) ?? encodeName(id, utf8),
    pathOf: (id) => {
      if (/^inbox$/i.test(id)) return ["INBOX"];
      const own = prefix !== "" && id.startsWith(prefix) ? id.slice(prefix.length) : id;
      const path = parts(own).map((part) => part.normalize("NFC"));
      // An INBOX's children keep its name where it is no prefix; its case is the server's whim.
      return path.length > 1 && /^inbox$/i.test(path[0] ?? "") ? ["INBOX", ...path.slice(1)] : path;
    },
    idAt: (path) =>
      path.length === 1 && /^inbox$/i.test(path[0] ?? "") ? "INBOX" : `${prefix}${path.join(separator)}`,
    isOwn: (id) => {
      if (id === "INBOX") return true;
      const theirs = foreign.some((each) => id.startsWith(each) || `${id}${separator}` === each);
      return !theirs && (prefix === "" || id.startsWith(prefix));
    },
  };
}

/** A folder's name as an argument. */
export function mailboxName(wire: string, utf8: boolean): string | Literal {
  return utf8 ? quotedName(wire) : astring(wire);
}
