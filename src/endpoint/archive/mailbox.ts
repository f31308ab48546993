import { Buffer } from "node:buffer";
import { Fault } from "../../model/fault.ts";
import { type DiskPath, diskPath, isMissing, lstatIfThere, realPath, stat } from "./disk.ts";
import { diskFault, leaves } from "./faults.ts";

/** One owner's folder below the endpoint's path. */
export interface Mailbox {
  readonly user: string;
  /** The endpoint's path, links resolved. */
  readonly root: DiskPath;
  /** The owner's folder; it need not be there. */
  readonly path: DiskPath;
}

/** Resolves the endpoint's path. Throws `archive.missing` where there is no such folder. */
export async function findRoot(path: string): Promise<DiskPath> {
  try {
    const real = await realPath(diskPath(path));
    if ((await stat(real)).isDirectory()) return real;
  } catch (thrown) {
    if (!isMissing(thrown)) throw diskFault(thrown, "endpoint", path);
  }
  throw new Fault({
    code: "archive.missing",
    message: "There is no folder at the endpoint's path",
    spoils: "endpoint",
    about: path,
    remedy: "correct the path, mount the disk, or make the folder",
  });
}

/** Finds the owner's folder. Throws `archive.user` where the name is no name of a folder right below the path, and `archive.outside`. */
export async function findMailbox(root: DiskPath, user: string): Promise<Mailbox> {
  const bad = flawOf(user);
  if (bad !== undefined) throw unusable(user, bad);
  const path = `${root}/${diskPath(user)}`;
  if ((await lstatIfThere(path)) !== undefined) await requireInside(root, path, "mailbox");
  return { user, root, path };
}

/** Throws `archive.outside` unless the path, links resolved, lies below the root. */
export async function requireInside(
  root: DiskPath,
  path: DiskPath,
  spoils: "item" | "place" | "mailbox",
): Promise<void> {
  if (!(await isInside(root, path))) throw leaves(path, spoils);
}

/** False for a link that leads out of the root, or nowhere. */
export async function isInside(root: DiskPath, path: DiskPath): Promise<boolean> {
  try {
    return (await realPath(path)).startsWith(root === "/" ? root : `${root}/`);
  } catch (thrown) {
    if (isMissing(thrown) || (thrown instanceof Error && "code" in thrown && thrown.code === "ELOOP")) return false;
    throw thrown;
  }
}

const flaws: readonly (readonly [RegExp, string])[] = [
  [/^$/, "it is empty"],
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  [/[\u0000-\u001F\u007F]/, "it holds a control character"],
  [/[/\\]/, "it holds a slash"],
  [/^\./, "it begins with a dot"],
  [/\p{Surrogate}/u, "it is no Unicode text"],
];

/** Why no mailbox can be called so, as a clause. */
export function flawOf(user: string): string | undefined {
  if (Buffer.byteLength(user) > 255) return "it is longer than 255 octets";
  return flaws.find(([pattern]) => pattern.test(user))?.[1];
}

function unusable(user: string, why: string): Fault {
  return new Fault({
    code: "archive.user",
    message: `No mailbox in an archive can be called ${JSON.stringify(user.slice(0, 80))}: ${why}`,
    spoils: "mailbox",
    about: user.slice(0, 80),
    remedy: "name the folder by `user` of the mailbox",
  });
}
