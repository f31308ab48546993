import { constants, createHash, createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";

/** What a client proves itself with: the certificate that the application's registration has, and its private key, PEM both. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Seconds that an assertion is good for; it is used at once. */
const lasting = 600;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * A client assertion (RFC 7523, 2.2) as Microsoft Entra wants it: PS256, and the certificate named by the SHA-256 hash of its DER
 * (`x5t#S256`, RFC 7515, 4.1.8). `now` in milliseconds. Throws what node:crypto throws for a key that is none.
 */
export function clientAssertion(by: ClientCertificate, client: string, audience: string, now: number): string {
  const { raw } = new X509Certificate(by.certificate);
  const seconds = Math.floor(now / 1000);
  const header = { alg: "PS256", typ: "JWT", "x5t#S256": createHash("sha256").update(raw).digest("base64url") };
  const claims = { aud: audience, iss: client, sub: client, jti: randomUUID(), iat: seconds, nbf: seconds };
  const signed = `${part(header)}.${part({ ...claims, exp: seconds + lasting })}`;
  const signature = sign("sha256", Buffer.from(signed), {
    key: createPrivateKey(by.privateKey),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
  return `${signed}.${signature.toString("base64url")}`;
}
