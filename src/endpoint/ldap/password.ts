import { createHash, randomBytes } from "node:crypto";
import type { NewPassword, Scope } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";
import type { Flavour } from "./flavour/flavour.ts";
import { Unholdable } from "./form.ts";
import { printHash } from "./hash.ts";
import type { Server } from "./settings.ts";

/** draft-behera-ldap-password-policy, 5.3.6: the password must be changed at the next login. */
export const resetAttribute = "pwdReset";

/** A value of userPassword: a hash by the name that the directory knows; a password in clear is hashed here. Throws Unholdable. */
export function userPassword({ from, value }: NewPassword): string {
  if (from !== "hash") return salted(value);
  const printed = printHash(value);
  if (printed === undefined) throw new Unholdable("the hash has not the form that the directory could check");
  return printed;
}

/** Where passwords stand, by what the manifest says of accounts, or of their rows. */
export const passwordAttribute = ({ accounts }: Pick<LdapEndpointSpec, "accounts">, map?: Scope["map"]): string =>
  map?.["password"] ?? accounts?.attributes?.password ?? "userPassword";

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
