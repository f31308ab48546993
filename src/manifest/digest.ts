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
  return createHash("sha256").update(textOf(meaning, folder)).digest("hex");
}

/** JSON with sorted keys, without the places. */
function textOf(value: unknown, folder: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((part) => textOf(part, folder)).join(",")}]`;
  const parts: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const part: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (part === undefined || (places.has(key) && typeof part === "object")) continue;
    const portable = pathKeys.has(key) && typeof part === "string" ? portablePath(part, folder) : part;
    parts.push(`${JSON.stringify(key)}:${textOf(portable, folder)}`);
  }
  return `{${parts.join(",")}}`;
}

function portablePath(path: string, folder: string): string {
  const below = relative(folder, path);
  return below.startsWith("..") ? path : below;
}
