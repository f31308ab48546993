import type { DirectoryResource } from "../model/resource.ts";
import type { Json } from "../model/json.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** What is wanted as far as the endpoint can hold it, and the parts (`field.part`) that it cannot. */
export function heldParts(
  want: DirectoryResource,
  parts: Readonly<Record<string, readonly string[]>> = {},
): { readonly want: DirectoryResource; readonly lost: readonly string[] } {
  const lost: string[] = [];
  const fields: Record<string, Json | undefined> = { ...(want.fields as Values) };
  for (const [field, held] of Object.entries(parts)) {
    const value = fields[field];
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    const beyond = Object.keys(value).filter((part) => !held.includes(part));
    if (beyond.length === 0) continue;
    lost.push(...beyond.map((part) => `${field}.${part}`));
    const kept = Object.entries(value).filter(([part]) => held.includes(part));
    if (kept.length === 0) delete fields[field];
    else fields[field] = Object.fromEntries(kept) as Json;
  }
  return lost.length === 0 ? { want, lost } : { want: { ...want, fields } as DirectoryResource, lost };
}
