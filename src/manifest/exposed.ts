import { stat } from "node:fs/promises";
import type { Finding } from "../model/finding.ts";
import type { Resource } from "../model/resource.ts";
import type { DeclaredEndpoint } from "./endpoint.ts";

/** Read or write, by everybody: not the owner, and not the group, by which a service may be meant to come at it. */
const everybody = 0o006;

/** Files with secrets that the manifests name, and that everybody on this machine may read or write. Looks at modes alone. */
export async function exposedSecrets(
  endpoints: Iterable<DeclaredEndpoint>,
  resources: Iterable<Resource>,
): Promise<readonly Finding[]> {
  // Windows has other rights than these bits.
  if (process.platform === "win32") return [];
  const paths = new Set([
    ...[...endpoints].flatMap(({ spec }) => secretFiles(spec)),
    ...[...resources].flatMap((each) =>
      each.kind === "mailbox" ? secretFiles([each.source, each.destination]) : secretFiles(each.password),
    ),
  ]);
  const found: Finding[] = [];
  for (const path of paths) {
    const mode = await stat(path).then(
      (facts) => (facts.isFile() ? facts.mode : 0),
      // That it cannot be read is told when it is needed.
      () => 0,
    );
    if ((mode & everybody) === 0) continue;
    found.push({
      code: "secret.exposed",
      severity: "warning",
      about: path,
      message: "The file holds a secret, and everybody on this machine may read or write it",
      remedy: `chmod 600 ${path}`,
    });
  }
  return found;
}

/** Paths of secret references, and of private keys, anywhere in what the manifests say. */
function secretFiles(part: unknown): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  if (Array.isArray(part)) return part.flatMap(secretFiles);
  const { file, at, key, certificate } = part as Readonly<Record<string, unknown>>;
  if (typeof file === "string" && typeof at === "object") return [file];
  if (typeof key === "string" && typeof certificate === "string") return [key];
  return Object.values(part).flatMap(secretFiles);
}
