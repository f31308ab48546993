import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Place, PlaceId, PlaceSpec } from "../../../model/item.ts";
import { isDone, textOf } from "../answer.ts";
import { placeOf, readFolders } from "./folders.ts";
import type { Mailbox } from "./mailbox.ts";

const folded = (path: readonly string[]): string => JSON.stringify(path.map((part) => part.toLowerCase()));

const below = (id: PlaceId | undefined): string =>
  id === undefined ? "/mailFolders" : `/mailFolders/${encodeURIComponent(id)}/childFolders`;

/** Folders of a mailbox as they are known while it is open: asked for once, and again where another hand made one. */
export function createPlaces(mailbox: Mailbox) {
  let known: Promise<readonly Place[]> | undefined;

  async function readAll(options: Options): Promise<readonly Place[]> {
    return (await readFolders(mailbox, options)).map(({ place }) => place);
  }

  async function named(path: readonly string[], options: Options, anew = false): Promise<Place | undefined> {
    if (anew) known = undefined;
    const all = await (known ??= readAll(options));
    return all.find((place) => folded(place.path) === folded(path));
  }

  /** One folder, those above it first; the one that is there where there is one. */
  async function create({ path }: PlaceSpec, options: Options): Promise<Place> {
    const found = await named(path, options);
    if (found !== undefined) return found;
    const above = path.length > 1 ? await create({ path: path.slice(0, -1) }, options) : undefined;
    const displayName = path.at(-1) ?? "";
    // Made by an earlier try whose answer was lost, it is there the second time (ErrorFolderExists).
    const call = {
      ...mailbox.call(below(above?.id)),
      method: "POST",
      body: { displayName },
      repeatable: true,
    } as const;
    const answered = await mailbox.graph.send(call, options);
    const id = textOf(answered.body["id"]);
    if (!isDone(answered) || id === undefined) {
      const there = answered.status === 409 ? await named(path, options, true) : undefined;
      if (there !== undefined) return there;
      throw mailbox.refusal(answered, "Making a folder", "place");
    }
    const made = { ...placeOf(id, path, undefined), neverRemoved: true };
    known = Promise.resolve([...(await (known ?? readAll(options))), made]);
    return made;
  }

  /** What is in it goes with it. */
  async function rename(id: PlaceId, { path }: PlaceSpec, options: Options): Promise<Place> {
    const taken = await named(path, options, true);
    if (taken !== undefined && taken.id !== id) throw exists(path);
    const before = (await (known ??= readAll(options))).find((place) => place.id === id);
    if (before === undefined) throw missing(path);
    const at = `/mailFolders/${encodeURIComponent(id)}`;
    if (folded(before.path.slice(0, -1)) !== folded(path.slice(0, -1))) {
      const above = path.length > 1 ? (await create({ path: path.slice(0, -1) }, options)).id : "msgfolderroot";
      await ask({ method: "POST", path: `${at}/move`, body: { DestinationId: above } }, options);
    }
    const displayName = path.at(-1) ?? "";
    if (before.path.at(-1) !== displayName) await ask({ method: "PATCH", path: at, body: { displayName } }, options);
    known = undefined;
    return { ...before, path };
  }

  async function ask(
    { path, ...call }: { readonly method: "POST" | "PATCH"; readonly path: string; readonly body: object },
    options: Options,
  ): Promise<void> {
    const body = call.body as Readonly<Record<string, unknown>>;
    const answered = await mailbox.graph.send({ ...mailbox.call(path), ...call, body, repeatable: true }, options);
    if (!isDone(answered)) throw mailbox.refusal(answered, "Renaming a folder", "place");
  }

  return { create, rename, forget: () => void (known = undefined) };
}

const exists = (path: readonly string[]): Fault =>
  new Fault({
    code: "place.exists",
    message: "There is a folder of this name already",
    spoils: "place",
    about: path.join("/"),
  });

const missing = (path: readonly string[]): Fault =>
  new Fault({
    code: "place.missing",
    message: "There is no such folder",
    spoils: "place",
    retry: "later",
    about: path.join("/"),
  });
