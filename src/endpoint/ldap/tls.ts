import { Fault } from "../../model/fault.ts";
import type { Server } from "./settings.ts";

interface Reading {
  readonly codes: RegExp;
  /** Instead of OpenSSL's words, where those help nobody. */
  readonly words?: string;
  readonly remedy: string;
}

const byAuthority = "name the certificate's authority by `ca` (a PEM file)";
const byUrl = "look at url and tls: by custom ldaps:// is 636, and 389 is for ldap:// with tls: starttls";

/** X.509 verification codes (`man x509_verify_cert_error_string`), and Node's own. */
const readings: readonly Reading[] = [
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    remedy: "write the host in url as the certificate names it",
  },
  {
    codes: /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$/,
    remedy: "let the server's certificate be renewed, or set this machine's clock",
  },
  { codes: /^UNABLE_TO_|^SELF_SIGNED|^DEPTH_ZERO|^CERT_UNTRUSTED/, remedy: byAuthority },
  { codes: /^ERR_SSL_WRONG_VERSION_NUMBER$|^ERR_SSL_PACKET_LENGTH/, words: "the port speaks no TLS", remedy: byUrl },
  { codes: /^ERR_OSSL_|^ERR_CRYPTO/, remedy: "look at the client certificate and its key" },
  {
    codes: /^ERR_SSL_|^EPROTO$/,
    remedy: "look which versions of TLS the server speaks, whether it wants a client certificate, and at url",
  },
  { codes: /^ERR_TLS_|^CERT_/, remedy: byAuthority },
];

/** Node adds advice for its own command line, and OpenSSL its place in the source. */
const plainly = (message: string): string =>
  (message.split(/; |\n/)[0] ?? "").replace(/^[0-9A-F]+:error:[0-9A-F]+:/, "");

/** The fault of a line that could not be secured; undefined for trouble of another sort. */
export function tlsRefusal(trouble: NodeJS.ErrnoException, { about, name }: Server): Fault | undefined {
  const reading = readings.find(({ codes }) => codes.test(trouble.code ?? ""));
  if (reading === undefined) return undefined;
  return new Fault({
    code: "tls.refused",
    message: `The line to ${name} cannot be trusted: ${reading.words ?? plainly(trouble.message)}`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: `${reading.remedy}; no login was sent`,
    cause: trouble,
  });
}
