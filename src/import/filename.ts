import { createHash } from "node:crypto";

/** File systems allow names of 255 octets; a domain may have 253. */
const longest = 200;

/** The file of a domain. */
export function fileNameOf(domain: string): string {
  if (domain.length <= longest) return `${domain}.yaml`;
  const hash = createHash("sha256").update(domain).digest("hex").slice(0, 12);
  return `${domain.slice(0, longest)}~${hash}.yaml`;
}
