import type { OwnerSight } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { checkSignal } from "./bounded.ts";
import { type DiskPath, diskPath, list, shown, statIfThere } from "./disk.ts";
import { diskFault } from "./faults.ts";
import { findRoot, flawOf, isInside } from "./mailbox.ts";

/** A folder right below the path is a mailbox, named as its user; what begins with a dot is none, and files are none. */
export async function* owners(path: string, { signal }: Options): AsyncGenerator<OwnerSight> {
  const root = await findRoot(path);
  const entries = await list(root).catch((thrown: unknown) => {
    throw diskFault(thrown, "endpoint", path);
  });
  for (const { name, kind } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    checkSignal(signal);
    if (name.startsWith(".") || (kind !== "folder" && kind !== "link")) continue;
    const sight = await sightOf(root, name, kind === "link");
    if (sight !== undefined) yield sight;
  }
}

async function sightOf(root: DiskPath, name: DiskPath, link: boolean): Promise<OwnerSight | undefined> {
  const user = shown(name);
  if (link && !(await isInside(root, `${root}/${name}`)))
    return { user, flaw: "it is a link to a place outside the path" };
  if (link && (await statIfThere(`${root}/${name}`))?.isDirectory() !== true) return undefined;
  const flaw = diskPath(user) === name ? flawOf(user) : "its name is no UTF-8";
  return flaw === undefined ? { user } : { user, flaw };
}
