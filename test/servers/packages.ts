/** Debian's packages of the servers. Installing happens in install.ts, once, before the tests. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export type ServerName = "dovecot" | "cyrus" | "courier" | "openldap" | "samba";

interface Packages {
  /** By apt, into the system. */
  readonly installed: readonly string[];
  /** Into a folder of their own: the IMAP servers conflict, and apt would remove one to install the other. */
  readonly unpacked: readonly string[];
}

/** Of Debian 12. */
export const packages: Readonly<Record<ServerName, Packages>> = {
  dovecot: { installed: ["dovecot-core", "dovecot-imapd"], unpacked: [] },
  cyrus: {
    installed: [
      ..."libsasl2-2 libsasl2-modules libsasl2-modules-db libdb5.3 libical3 libicu72 libjansson4 libkrb5-3".split(" "),
      ..."libldap-2.5-0 libpcre3 libpq5 libsqlite3-0 libssl3 libwrap0 libxapian30 libxml2 libcom-err2".split(" "),
    ],
    unpacked: ["cyrus-common", "cyrus-imapd", "sasl2-bin"],
  },
  courier: {
    installed: "libcourier-unicode4 libgamin0 libgdbm6 libidn12 libltdl7 libpcre3 libgnutls30".split(" "),
    unpacked: "courier-base courier-imap courier-authlib courier-authdaemon courier-authlib-userdb".split(" "),
  },
  openldap: { installed: ["slapd", "ldap-utils"], unpacked: [] },
  samba: {
    installed: [
      ..."samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind ldb-tools".split(" "),
      // The compiler: for samba-ports.c.
      ..."python3-samba ldap-utils gcc libc6-dev".split(" "),
    ],
    unpacked: [],
  },
};

/** Where `unpacked` packages are; outside the repository, for all its clones. */
export const cache = process.env["RECONCILE_TEST_CACHE"] ?? "/var/cache/reconcile-test-servers";

/** Where a server's unpacked packages are: whole once the folder is there. */
export const unpackedAt = (name: ServerName): string => join(cache, name);

/** The packages that are not there. */
export async function missing(names: readonly ServerName[]): Promise<string[]> {
  const present = await installedOf(names.flatMap((name) => packages[name].installed));
  const lacking = names.flatMap((name) => [
    ...packages[name].installed.filter((each) => !present.has(each)),
    ...(existsSync(unpackedAt(name)) ? [] : packages[name].unpacked),
  ]);
  return [...new Set(lacking)];
}

async function installedOf(names: readonly string[]): Promise<ReadonlySet<string>> {
  const format = ["-W", "-f", "${Package} ${db:Status-Status}\\n"];
  // It fails for a name unknown to it, and prints the others all the same.
  const { stdout } = await promisify(execFile)("dpkg-query", [...format, ...names]).catch(
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  return new Set([...stdout.matchAll(/^(\S+) installed$/gm)].map(([, name = ""]) => name));
}

/** True when the tests that need servers are to be left out. */
export const serversOff = (): boolean => process.env["RECONCILE_TEST_SERVERS"] === "none";

/** For `describe.skipIf(without("dovecot"))`: true, and one line on standard error, where RECONCILE_TEST_SERVERS=none. */
export function without(...names: readonly ServerName[]): boolean {
  if (serversOff()) process.stderr.write(`RECONCILE_TEST_SERVERS=none: skipped what needs ${names.join(", ")}.\n`);
  return serversOff();
}

/** Throws what is to be done where a server cannot start. */
export async function requireServer(name: ServerName): Promise<void> {
  if (serversOff()) throw new Error(`RECONCILE_TEST_SERVERS=none, and this test starts ${name}.`);
  const lacking = await missing([name]);
  if (lacking.length > 0) throw new Error(needs(name, lacking));
  if (process.getuid?.() !== 0) throw new Error(`${name} takes on other users, so that its tests run as root only.`);
}

export const needs = (who: string, lacking: readonly string[]): string =>
  `Tests of ${who} need Debian 12's packages ${lacking.join(", ")}; as root, \`node test/servers/install.ts\` installs them. ` +
  "RECONCILE_TEST_SERVERS=none leaves these tests out.";
