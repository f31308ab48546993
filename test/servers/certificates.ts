/** An authority of the tests' own, and the certificates that a server may show: the right one, and wrong ones. */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as der from "./der.ts";

/** What is shown: a fitting certificate, one of an authority that nobody trusts, one out of date, one for another host. */
export type CertificateKind = "good" | "other-authority" | "expired" | "other-host";

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Certificate and key in one file. */
  readonly both: string;
}

interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Buffer[];
}

const day = 86_400_000;
const ecdsaWithSha256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const nameOf = (text: string) => der.sequence(der.set(der.sequence(der.oid("2.5.4.3"), der.utf8(text))));
const pem = (label: string, body: Buffer) =>
  `-----BEGIN ${label}-----\n${body.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd()}\n-----END ${label}-----\n`;

const extension = (id: string, value: Buffer, critical = false) =>
  der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));

const isAuthority = [
  extension("2.5.29.19", der.sequence(der.boolean(true)), true),
  // keyCertSign and cRLSign are bits 5 and 6 (RFC 5280 §4.2.1.3).
  extension("2.5.29.15", der.bits(Buffer.from([0b0000_0110]), 1), true),
];

const isClient = [extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.2")))];

const isServer = (hosts: readonly string[], addresses: readonly string[]) => [
  extension(
    "2.5.29.17",
    der.sequence(
      ...hosts.map((host) => der.implicit(2, Buffer.from(host))),
      ...addresses.map((address) => der.implicit(7, Buffer.from(address.split(".").map(Number)))),
    ),
  ),
  extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.1"))),
];

/** RFC 5280 §4.1. */
function certificate(subject: Subject, issuer: Signer): string {
  const serial = randomBytes(8);
  serial[0] = 1;
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    ecdsaWithSha256,
    nameOf(issuer.name),
    der.sequence(der.time(subject.from), der.time(subject.until)),
    nameOf(subject.name),
    subject.publicKey.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(...subject.extensions)),
  );
  return pem(
    "CERTIFICATE",
    der.sequence(body, ecdsaWithSha256, der.bits(sign("sha256", body, { key: issuer.key, dsaEncoding: "der" }))),
  );
}

function authority(name: string): Signer & { readonly pem: string } {
  const { publicKey, privateKey: key } = pair();
  const now = Date.now();
  const self = { name, publicKey, from: now - 400 * day, until: now + 400 * day, extensions: isAuthority };
  return { name, key, pem: certificate(self, { name, key }) };
}

/** Writes an authority, and a server's certificate of this kind, into a folder. */
export async function writeCertificates(folder: string, kind: CertificateKind = "good"): Promise<CertificateFiles> {
  const trusted = authority("Test Authority");
  const issuer = kind === "other-authority" ? authority("Another Authority") : trusted;
  const now = Date.now();
  const { publicKey, privateKey } = pair();
  const right = kind !== "other-host";
  const shown = certificate(
    {
      name: right ? "localhost" : "mail.example.org",
      publicKey,
      from: now - 300 * day,
      until: kind === "expired" ? now - day : now + 300 * day,
      extensions: right ? isServer(["localhost"], ["127.0.0.1"]) : isServer(["mail.example.org"], ["192.0.2.1"]),
    },
    issuer,
  );
  const secret = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const at = (name: string) => join(folder, name);
  const files = { authority: at("ca.pem"), certificate: at("server.pem"), key: at("server.key"), both: at("both.pem") };
  await Promise.all([
    writeFile(files.authority, trusted.pem),
    writeFile(files.certificate, shown),
    writeFile(files.key, secret, { mode: 0o600 }),
    writeFile(files.both, shown + secret, { mode: 0o600 }),
  ]);
  return files;
}

/** Writes what an application registers with Microsoft Entra: a certificate with an RSA key, for it takes no other. */
export async function writeApplicationCertificate(
  folder: string,
): Promise<Pick<CertificateFiles, "certificate" | "key">> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const now = Date.now();
  const subject = { name: "reconcile", publicKey, from: now - day, until: now + day, extensions: isClient };
  const files = { certificate: join(folder, "application.pem"), key: join(folder, "application.key") };
  await writeFile(files.certificate, certificate(subject, authority("Applications")));
  await writeFile(files.key, String(privateKey.export({ type: "pkcs8", format: "pem" })), { mode: 0o600 });
  return files;
}

/** Writes what a client shows of itself, `cn=NAME`, by an authority of its own, which the server must be told of. */
export async function writeClientCertificate(folder: string, name: string): Promise<CertificateFiles> {
  const issuer = authority("Client Authority");
  const { publicKey, privateKey } = pair();
  const now = Date.now();
  const shown = certificate({ name, publicKey, from: now - day, until: now + day, extensions: isClient }, issuer);
  const secret = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const at = (file: string) => join(folder, `client-${file}.pem`);
  const files = { authority: at("ca"), certificate: at("certificate"), key: at("key"), both: at("both") };
  await Promise.all([
    writeFile(files.authority, issuer.pem),
    writeFile(files.certificate, shown),
    writeFile(files.key, secret, { mode: 0o600 }),
    writeFile(files.both, shown + secret, { mode: 0o600 }),
  ]);
  return files;
}
