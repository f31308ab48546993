import { Buffer } from "node:buffer";
import type { Login } from "./login.ts";

/** Shorter ones are no secrets, and their absence from a text would tell more than it hides. */
const shortest = 4;

/** A server's words without what we logged in with, plain or in base 64: some servers repeat a line that they do not understand. */
export function withoutSecret(text: string, login: Login): string {
  const secret = "token" in login ? login.token : login.password;
  if (secret.length < shortest) return text;
  const octets = Buffer.from(secret, "utf8");
  return text
    .replaceAll(secret, "…")
    .replace(/[A-Za-z0-9+/]{6,}={0,2}/g, (run) => (Buffer.from(run, "base64").includes(octets) ? "…" : run));
}
