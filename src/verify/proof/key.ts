import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { ProofSignature } from "../../model/proof.ts";
import { Fault } from "../../model/fault.ts";

/** Signs octets with one key. */
export type Signer = (octets: Uint8Array) => ProofSignature;

const base64 = (key: KeyObject): string => key.export({ format: "der", type: "spki" }).toString("base64");

/** Takes a private Ed25519 key as PKCS#8 PEM (RFC 8410). Throws `key.invalid`, which never says what was found. */
export function signerOf(pem: string): Signer {
  const key = parsed(() => createPrivateKey({ key: pem, format: "pem", type: "pkcs8" }));
  if (key === undefined || key.asymmetricKeyType !== "ed25519" || !/^-----BEGIN PRIVATE KEY-----/m.test(pem))
    throw new Fault({
      code: "key.invalid",
      message: "The signing key is no private Ed25519 key in PKCS#8 PEM without a passphrase",
      about: "verification.signingKey",
      spoils: "run",
      remedy: "make one with: openssl genpkey -algorithm ed25519",
    });
  const publicKey = base64(createPublicKey(key));
  return (octets) => ({ algorithm: "Ed25519", publicKey, value: sign(null, octets, key).toString("base64") });
}

/** A public Ed25519 key, as signatures name theirs, of a PEM file. Throws `key.invalid`. */
export function publicKeyOf(pem: string, about: string): string {
  const key = pem.includes("PRIVATE KEY") ? undefined : parsed(() => createPublicKey({ key: pem, format: "pem" }));
  if (key?.asymmetricKeyType === "ed25519") return base64(key);
  throw new Fault({
    code: "key.invalid",
    message: "The file holds no public Ed25519 key in PEM",
    about,
    spoils: "run",
    remedy: "make it of the private one with: openssl pkey -pubout",
  });
}

/** True where the signature is that of these octets by the key that it names. Another spelling of the same Base64 is not taken. */
export function isSignature(octets: Uint8Array, { publicKey, value }: ProofSignature): boolean {
  if (typeof publicKey !== "string" || typeof value !== "string") return false;
  const [der, bytes] = [Buffer.from(publicKey, "base64"), Buffer.from(value, "base64")];
  if (der.toString("base64") !== publicKey || bytes.toString("base64") !== value) return false;
  const key = parsed(() => createPublicKey({ key: der, format: "der", type: "spki" }));
  if (key?.asymmetricKeyType !== "ed25519" || base64(key) !== publicKey) return false;
  return verify(null, octets, key, bytes);
}

/** What people compare keys by: SHA-256 of the public key, as OpenSSH writes it. */
export const nameOfKey = (publicKey: string): string =>
  `SHA256:${createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("base64").replace(/=+$/, "")}`;

function parsed(parse: () => KeyObject): KeyObject | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
