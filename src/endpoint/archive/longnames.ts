import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type DiskPath, folderOf, readIfThere, replaceFile } from "./disk.ts";
import { nameLimit } from "./limits.ts";

/** Where names too long for the disk are kept in full, a JSON line each: the short name, the whole one. */
const fileName = ".reconcile-names";

/** Names that had to be shortened, short → whole, in one folder. */
export type LongNames = ReadonlyMap<DiskPath, DiskPath>;

/** `name`, or a short one with a hash in it; `reserve` octets are left for suffixes. */
export function shortened(name: DiskPath, reserve = 0): DiskPath {
  if (name.length + reserve <= nameLimit) return name;
  const hash = createHash("sha256").update(name, "latin1").digest("hex").slice(0, 24);
  // No character is cut in half: only plain ones are kept.
  return `${name.replace(/[^A-Za-z0-9]/g, "_").slice(0, 24)}~${hash}`;
}

export async function readLongNames(folder: DiskPath): Promise<LongNames> {
  const content = await readIfThere(`${folder}/${fileName}`);
  if (content === undefined) return new Map();
  return new Map(content.toString("latin1").split("\n").flatMap(pairOf));
}

function pairOf(line: string): readonly (readonly [DiskPath, DiskPath])[] {
  try {
    const [short, whole] = JSON.parse(line) as unknown[];
    return typeof short === "string" && typeof whole === "string" ? [[short, whole]] : [];
  } catch {
    return [];
  }
}

/** Remembers the whole name, durably, before anything is called by the short one. */
export async function rememberLongName(short: DiskPath, whole: DiskPath): Promise<void> {
  const folder = folderOf(short);
  const names = new Map(await readLongNames(folder)).set(short.slice(folder.length + 1), whole);
  const lines = [...names].map((pair) => `${JSON.stringify(pair)}\n`);
  await replaceFile(`${folder}/${fileName}`, Buffer.from(lines.join(""), "latin1"));
}
