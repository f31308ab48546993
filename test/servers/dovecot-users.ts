/** Dovecot's passwd-file: `name:password:uid:gid:gecos:home:shell:extra`. */
import { Buffer } from "node:buffer";
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DovecotUser } from "./dovecot-options.ts";

/** In base 64, which holds a password with any character. */
export const passwordField = (password: string): string => `{PLAIN.b64}${Buffer.from(password).toString("base64")}`;

/** A user whom nobody is, and whose one field tells which state of the file the server knows. */
export const probe = "reconcile-probe";

function lineOf([name, { password, quota, locked }]: readonly [string, DovecotUser]): string {
  const extra = [
    ...(quota ? [`userdb_quota_rule=*:storage=${quota}`] : []),
    ...(locked ? ["nologin=y", "reason=locked"] : []),
  ];
  return `${name}:${passwordField(password)}::::::${extra.join(" ")}\n`;
}

/** Writes `users`, and for each login that is to fail for now a file in `broken/` which the server cannot read. */
export async function writeUsers(
  folder: string,
  users: Readonly<Record<string, DovecotUser>>,
  revision: number,
): Promise<void> {
  const known = Object.entries(users);
  for (const [name, { tempfail }] of known) {
    await rm(join(folder, "broken", name), { force: true });
    if (tempfail) await writeFile(join(folder, "broken", name), "", { mode: 0 });
  }
  const text = known.filter(([, { tempfail }]) => !tempfail).map(lineOf);
  const path = join(folder, "users");
  await writeFile(`${path}.new`, [...text, `${probe}:!::::::userdb_revision=${revision}\n`].join(""));
  // The server reads the file again where its size or the second of its change is another.
  await utimes(`${path}.new`, revision, revision);
  await rename(`${path}.new`, path);
}
