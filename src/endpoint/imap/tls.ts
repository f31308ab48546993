import { Fault } from "../../model/fault.ts";

/** Whose line it was to be. */
interface Whither {
  readonly about: string;
  readonly host: string;
  readonly port: number;
}

/** What a TLS line broke by, as Node, OpenSSL and imapflow tell it. */
interface TlsTrouble extends Error {
  readonly code?: string;
  readonly tlsFailed?: boolean;
}

interface Reading {
  readonly codes: RegExp;
  /** Instead of the library's words, where those help nobody. */
  readonly words?: string;
  readonly remedy: string;
}

const byAuthority = "name the certificate's authority by `ca` (a PEM file)";
const byPort = "look at port and tls: by custom 993 is implicit, 143 is starttls";

/** X.509 verification codes (`man x509_verify_cert_error_string`), Node's own, and imapflow's. */
const readings: readonly Reading[] = [
  { codes: /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/, remedy: "write host as the certificate names it" },
  {
    codes: /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$/,
    remedy: "let the server's certificate be renewed, or set this machine's clock",
  },
  { codes: /^UNABLE_TO_|^SELF_SIGNED|^DEPTH_ZERO|^CERT_UNTRUSTED/, remedy: byAuthority },
  {
    codes: /^STARTTLS_INJECTION$/,
    words: "something was sent in the clear where TLS should have begun",
    remedy: "somebody may be in between: try another network, or tls: implicit",
  },
  { codes: /^ERR_SSL_WRONG_VERSION_NUMBER$|^ERR_SSL_PACKET_LENGTH/, words: "the port speaks no TLS", remedy: byPort },
  { codes: /^ERR_SSL_|^EPROTO$/, remedy: "look which versions of TLS the server speaks, and at port and tls" },
  { codes: /^ERR_TLS_|^CERT_/, remedy: byAuthority },
  { codes: /^UPGRADE_TIMEOUT$/, words: "TLS was not begun in time", remedy: byPort },
];

/** STARTTLS that is not offered has no code. */
const notUpgraded: Omit<Reading, "codes"> = {
  remedy: "write tls: implicit and its port, or let the server offer STARTTLS",
};

function readingOf({ code, tlsFailed }: TlsTrouble): Omit<Reading, "codes"> | undefined {
  const found = code === undefined ? undefined : readings.find(({ codes }) => codes.test(code));
  return found ?? (tlsFailed === true ? notUpgraded : undefined);
}

/** Node adds advice for its own command line, and OpenSSL its place in the source. */
const plainly = (message: string): string =>
  (message.split(/; |\n/)[0] ?? "").replace(/^[0-9A-F]+:error:[0-9A-F]+:/, "");

/** The fault of a line that could not be secured; undefined for trouble of another sort. */
export function tlsRefusal(trouble: TlsTrouble, { about, host, port }: Whither): Fault | undefined {
  const reading = readingOf(trouble);
  if (reading === undefined) return undefined;
  return new Fault({
    code: "tls.refused",
    message: `The line to ${host}:${port} cannot be trusted: ${reading.words ?? plainly(trouble.message)}`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: `${reading.remedy}; no login was sent`,
    cause: trouble,
  });
}
