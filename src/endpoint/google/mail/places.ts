import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Place, PlaceId, PlaceSpec } from "../../../model/item.ts";
import { isRefused, type Refused } from "../refused.ts";
import type { Label, Mailbox } from "./mailbox.ts";
import { asMailFault } from "./mailbox.ts";
import type { Labels } from "./labels.ts";

const shown = { labelListVisibility: "labelShow", messageListVisibility: "show" };

/** Makes a label, and those above it: Gmail makes none by itself. Returns the one that is there where there is one. */
export async function createPlace(
  mailbox: Mailbox,
  { path }: PlaceSpec,
  labels: () => Promise<Labels>,
  options: Options,
): Promise<Place> {
  const gmail = await mailbox.apis.gmail();
  const there = await labels();
  const found = there.named(path);
  if (found !== undefined) return found;
  for (let depth = 1; depth <= path.length; depth += 1) {
    const part = path.slice(0, depth);
    if (there.named(part) !== undefined) continue;
    const requestBody: Label = { name: part.join("/"), ...shown };
    try {
      await gmail.users.labels.create({ userId: "me", requestBody, auth: mailbox.auth("writeLabel", options) });
    } catch (thrown) {
      // By an earlier try whose answer was lost, or by another hand; Gmail says it with either.
      if (!isRefused(thrown, 409, 400)) throw asMailFault(thrown, mailbox);
      if ((await labels()).named(part) === undefined) throw refused(part, thrown);
    }
  }
  const made = (await labels()).named(path);
  if (made === undefined) throw missing(path);
  return { ...made, neverRemoved: true };
}

/** A label is renamed with those below it: to Gmail they are names that begin alike. */
export async function renamePlace(
  mailbox: Mailbox,
  id: PlaceId,
  { path }: PlaceSpec,
  labels: () => Promise<Labels>,
  options: Options,
): Promise<Place> {
  const gmail = await mailbox.apis.gmail();
  const before = await labels();
  const old = before.places.find((place) => place.id === id)?.path;
  if (old === undefined) throw missing([id]);
  const taken = before.named(path);
  if (taken !== undefined && taken.id !== id) throw exists(path);
  if (path.length > 1) await createPlace(mailbox, { path: path.slice(0, -1) }, labels, options);
  const within = before.places.filter(
    (place) => old.every((part, at) => place.path[at] === part) && before.own.includes(place.id),
  );
  for (const place of within) {
    const requestBody = { name: [...path, ...place.path.slice(old.length)].join("/") };
    try {
      await gmail.users.labels.patch({
        userId: "me",
        id: place.id,
        requestBody,
        auth: mailbox.auth("writeLabel", options),
      });
    } catch (thrown) {
      throw isRefused(thrown, 409, 400) ? refused(path, thrown) : asMailFault(thrown, mailbox);
    }
  }
  const now = (await labels()).places.find((place) => place.id === id);
  if (now === undefined) throw missing(path);
  return now;
}

const refused = (path: readonly string[], { message }: Refused): Fault =>
  new Fault({
    code: "place.refused",
    message: `Gmail takes no label of this name${message === "" ? "" : `: ${message}`}`,
    spoils: "place",
    about: path.join("/"),
    remedy: "give it another name by `folders.map`, or leave it out by `folders.exclude`",
  });

const exists = (path: readonly string[]): Fault =>
  new Fault({
    code: "place.exists",
    message: "There is a label of this name already",
    spoils: "place",
    about: path.join("/"),
  });

const missing = (path: readonly string[]): Fault =>
  new Fault({
    code: "place.missing",
    message: "There is no such label",
    spoils: "place",
    retry: "later",
    about: path.join("/"),
  });
