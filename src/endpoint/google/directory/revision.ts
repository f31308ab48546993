import { createHash } from "node:crypto";

/** A hash of what we see. Google's etag changes with what is none of ours, such as the last login. */
export function revisionOf(...seen: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(seen)).digest("base64url").slice(0, 22);
}
