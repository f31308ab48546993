import { createHash, randomBytes } from "node:crypto";
import type { NewPassword } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Flavour } from "./flavour/flavour.ts";
import type { Server } from "./settings.ts";

/** draft-behera-ldap-password-policy, 5.3.6: the password must be changed at the next login. */
export const resetAttribute = "pwdReset";

/** Schemes of others that a directory knows by another name: the system's own crypt(3) checks them. */
const asCrypt = /^\{(?:SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|BLF-CRYPT|BCRYPT|DES-CRYPT|CRYPT)\}/i;
const inClear = /^\{(?:PLAIN|CLEAR|CLEARTEXT)\}/i;

/** A value of userPassword: a hash as it is carried, under the name that the directory knows; a password in clear is hashed here. */
export function userPassword({ from, value }: NewPassword): string {
  if (from !== "hash") return salted(value);
  if (inClear.test(value)) return salted(value.replace(inClear, ""));
  if (asCrypt.test(value)) return `{CRYPT}${value.replace(asCrypt, "")}`;
  return value.startsWith("$") ? `{CRYPT}${value}` : value;
}

/** {SSHA} (RFC 2307 with a salt): what every directory of this kind can check. Where it can hash by itself, it is asked to afterwards. */
function salted(password: string): string {
  const salt = randomBytes(12);
  const digest = createHash("sha1").update(password, "utf8").update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString("base64")}`;
}

/** A password travels only where nobody else can read it. Throws `password.exposed`. */
export function assertPrivate(server: Server, about: string, { password }: Pick<Flavour, "password">): void {
  const local = password?.overTls !== true && isLocal(server);
  if (server.tls !== "none" || local) return;
  throw new Fault({
    code: "password.exposed",
    message:
      password?.overTls === true
        ? "The server takes passwords over TLS alone, and the line is in the clear"
        : "The line is not secured, and a password would travel readable",
    about,
    spoils: "item",
    remedy: "write an ldaps:// URL or tls: starttls",
  });
}

const isLocal = ({ at }: Server): boolean => "path" in at || /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(at.host);
