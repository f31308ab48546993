import { Fault } from "../../model/fault.ts";
import type { Place, PlaceId, PlaceSpec, Role } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { placeOf, standingAt } from "./look.ts";
import { mailboxName, type Names } from "./names.ts";
import type { Response } from "./wire/response.ts";

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

/**
 * Makes the folder, or finds it where it is there already, with its role where the server takes one (RFC 6154, 3); a role that is taken is
 * no reason to fail. How it stands is asked without waiting for the answer: several folders are made in a round trip.
 */
export async function createPlace(parts: InPlace, spec: PlaceSpec): Promise<Place> {
  const { lane, names } = parts;
  const id = names.idAt(spec.path);
  return lane.beside(id, async (line) => {
    const name = mailboxName(names.wireOf(id), line.abilities.utf8);
    const use = spec.role === undefined ? undefined : uses[spec.role];
    const roled = use !== undefined && line.abilities.createSpecialUse;
    const made = line.wire.run(["CREATE ", name, roled ? ` (USE (${use}))` : ""]);
    const [first, there] = await Promise.all([made, find(line, id, parts)]);
    if (there !== undefined) return there;
    if (roled || first.code?.name === "ALREADYEXISTS") expectMade(await line.wire.run(["CREATE ", name]), id);
    else expectMade(first, id);
    const second = await find(line, id, parts);
    if (second !== undefined) return second;
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
function expectMade(done: Response, id: PlaceId): void {
  if (done.code?.name !== "ALREADYEXISTS") expectOk(done, "Making the folder", id, "place");
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
  await lane.beside(place, async ({ wire, abilities }) => {
    const name = mailboxName(names.wireOf(place), abilities.utf8);
    expectOk(await wire.run([on ? "SUBSCRIBE " : "UNSUBSCRIBE ", name]), "Subscribing the folder", place, "place");
  });
}
