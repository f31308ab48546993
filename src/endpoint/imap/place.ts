import { Fault } from "../../model/fault.ts";
import type { Place, PlaceId, PlaceSpec, Role } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { placeOf, standingAt } from "./look.ts";
import { mailboxName, type Names } from "./names.ts";
import type { Literal } from "./wire/command.ts";

/** What the folders of one owner are made and named by. */
export interface InPlace {
  readonly lane: Lane;
  readonly names: Names;
  readonly marksOf: (id: PlaceId | undefined) => Place["marks"];
}

const uses: { readonly [R in Role]?: string } = {
  sent: "\\Sent",
  drafts: "\\Drafts",
  junk: "\\Junk",
  trash: "\\Trash",
  archive: "\\Archive",
};

/** The folder as it stands; undefined where there is none of this name that can hold messages. */
async function find(line: Line, id: PlaceId, { names, marksOf }: InPlace): Promise<Place | undefined> {
  const standing = await standingAt(line, id, names).catch((thrown: unknown) => {
    if (thrown instanceof Fault && !line.wire.closed) return undefined;
    throw thrown;
  });
  const role = id === "INBOX" ? "inbox" : undefined;
  return standing && placeOf({ id, attributes: new Set() }, standing, role, { names, marksOf });
}

/** Finds the folder, or makes it, with its role where the server takes one (RFC 6154, 3); a role that is taken is no reason to fail. */
export async function createPlace(parts: InPlace, spec: PlaceSpec): Promise<Place> {
  const { lane, names } = parts;
  const id = names.idAt(spec.path);
  return lane.outside(async (line) => {
    const there = await find(line, id, parts);
    if (there !== undefined) return there;
    const name = mailboxName(names.wireOf(id), line.abilities.utf8);
    const use = spec.role === undefined ? undefined : uses[spec.role];
    const roled = use !== undefined && line.abilities.createSpecialUse;
    const first = roled ? await line.wire.run(["CREATE ", name, ` (USE (${use}))`]) : undefined;
    if (first?.name !== "OK") await makeFolder(line, name, id);
    const made = await find(line, id, parts);
    if (made !== undefined) return made;
    throw new Fault({
      code: "place.unmade",
      message: "The server made the folder and does not show it",
      spoils: "place",
      retry: "later",
      about: id,
      remedy: "look at the folder's rights, or map it to another name by `folders.map`",
    });
  });
}

/** A name that exists without holding messages becomes a folder; one that somebody made meanwhile is what was wanted. */
async function makeFolder({ wire }: Line, name: string | Literal, id: PlaceId): Promise<void> {
  const done = await wire.run(["CREATE ", name]);
  if (done.code?.name === "ALREADYEXISTS") return;
  expectOk(done, "Making the folder", id, "place");
}

/** RENAME takes what is below along, and refuses a name that is taken (RFC 3501, 6.3.5). INBOX is never renamed: that would empty it. */
export async function renamePlace(parts: InPlace, place: PlaceId, spec: PlaceSpec): Promise<Place> {
  const { lane, names } = parts;
  const to = names.idAt(spec.path);
  if (place === "INBOX" || to === "INBOX")
    throw new Fault({ code: "place.inbox", message: "INBOX is never renamed", spoils: "place", about: place });
  return lane.outside(async (line) => {
    const { utf8 } = line.abilities;
    const command = ["RENAME ", mailboxName(names.wireOf(place), utf8), " ", mailboxName(names.wireOf(to), utf8)];
    expectOk(await line.wire.run(command), "Renaming the folder", place, "place");
    const renamed = await find(line, to, parts);
    if (renamed !== undefined) return renamed;
    throw new Fault({ code: "place.missing", message: "The renamed folder is not there", spoils: "place", about: to });
  });
}

export async function setSubscribed({ lane, names }: InPlace, place: PlaceId, on: boolean): Promise<void> {
  await lane.outside(async ({ wire, abilities }) => {
    const name = mailboxName(names.wireOf(place), abilities.utf8);
    expectOk(await wire.run([on ? "SUBSCRIBE " : "UNSUBSCRIBE ", name]), "Subscribing the folder", place, "place");
  });
}
