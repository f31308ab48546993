import { createHash } from "node:crypto";
import { relative } from "node:path";

/** Keys that tell where something was written, and not what. */
const places = new Set(["origin", "at"]);
const pathKeys = new Set(["path", "seed", "file", "sqlite"]);

/**
 * A hash over what the manifests mean, in hex: the same for the same meaning, however it is spread over files. Paths below the
 * working folder count by their place in it, so that a plan made in one checkout fits another.
 */
export function digestOf(meaning: unknown, folder: string): string {
  const hash = createHash("sha256");
  let waiting = "";
  writeText(meaning, folder, (text) => {
    waiting += text;
    if (waiting.length < piece) return;
    hash.update(waiting);
    waiting = "";
  });
  return hash.update(waiting).digest("hex");
}

/** UTF-16 units that are hashed at a time: the text of a large company would be tens of megabytes. */
const piece = 65_536;

/** JSON with sorted keys, without the places. */
function writeText(value: unknown, folder: string, write: (text: string) => void): void {
  if (typeof value !== "object" || value === null) return write(JSON.stringify(value ?? null));
  if (Array.isArray(value)) {
    write("[");
    for (let at = 0; at < value.length; at += 1) {
      if (at > 0) write(",");
      writeText(value[at], folder, write);
    }
    return write("]");
  }
  let mark = "{";
  for (const key of Object.keys(value).toSorted()) {
    const part: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (part === undefined || (places.has(key) && typeof part === "object")) continue;
    write(`${mark}${JSON.stringify(key)}:`);
    writeText(pathKeys.has(key) && typeof part === "string" ? portablePath(part, folder) : part, folder, write);
    mark = ",";
  }
  write(mark === "{" ? "{}" : "}");
}

function portablePath(path: string, folder: string): string {
  const below = relative(folder, path);
  return below.startsWith("..") ? path : below;
}
