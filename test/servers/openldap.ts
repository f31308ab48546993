/** An slapd 2.5 of the test's own. */
import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type CertificateFiles,
  type CertificateKind,
  writeCertificates,
  writeClientCertificate,
} from "./certificates.ts";
import { admin, mailSchema, openldapConfiguration, reader, suffix } from "./openldap-configuration.ts";
import { requireServer } from "./packages.ts";
import { freePorts } from "./ports.ts";
import { serverFolder } from "./process.ts";
import { live, type Life, within } from "./server.ts";

export interface OpenldapOptions {
  /** LDIF that is there from the start, below the suffix; the suffix and the reader are made. */
  readonly ldif?: string;
  readonly certificate?: CertificateKind;
  /** slapd.conf's lines that bound a login: `limits …`, `sizelimit …`. */
  readonly limits?: string;
  /** How entries come to their memberOf. */
  readonly memberOf?: "overlay" | "dynlist";
  /** Instead of the mail attributes. */
  readonly schema?: string;
  /** Takes the client certificate that it makes, `cn=reconcile`, for the root. */
  readonly clientCertificates?: boolean;
  /** Further lines of the database. */
  readonly extra?: string;
  /** Lines before it: modules, and databases of their own. */
  readonly before?: string;
  /** Who may do what, in place of: the reader reads, and people their own passwords. */
  readonly access?: string;
}

export interface Openldap extends Life {
  readonly host: "127.0.0.1";
  /** In the clear, with StartTLS. */
  readonly port: number;
  readonly tlsPort: number;
  /** `ldapi://…`. */
  readonly socketUrl: string;
  readonly folder: string;
  /** The authority of its certificate, as a PEM file. */
  readonly capath: string;
  /** What a client may show; there where `clientCertificates` is. */
  readonly client: CertificateFiles;
  readonly suffix: string;
  /** What `ldapsearch` shows, an entry each: attribute in lower case → values. */
  search(filter: string, options?: Partial<LdapSearch>): Promise<readonly Found[]>;
  /** Applies LDIF by `ldapmodify`, as the root. */
  modify(ldif: string): Promise<void>;
  /** Adds the entries of LDIF by `ldapadd`, as the root. */
  add(ldif: string): Promise<void>;
  /** As whom the server lets this name and password in; rejects where it does not. */
  whoami(dn: string, password: string): Promise<string>;
  kill(): Promise<void>;
}

interface LdapSearch {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly attributes: readonly string[];
}

export interface Found {
  readonly dn: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

const run = promisify(execFile);

export async function startOpenldap(options: OpenldapOptions = {}): Promise<Openldap> {
  await requireServer("openldap");
  const folder = await serverFolder();
  return within(folder, async () => {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const at = (name: string) => join(folder, name);
    await chmod(folder, 0o755);
    await mkdir(at("db"));
    const certificates = await writeCertificates(folder, options.certificate);
    const client = await writeClientCertificate(folder, "reconcile");
    await writeFile(at("mail.schema"), options.schema ?? mailSchema);
    await writeFile(at("slapd.conf"), openldapConfiguration({ folder, certificates, client }, options));
    await load(at, options.ldif ?? "");
    const socketUrl = `ldapi://${encodeURIComponent(at("ldapi"))}`;
    const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort} ${socketUrl}`;
    // -d keeps it in the foreground, and brings its log to the output.
    const command = ["/usr/sbin/slapd", "-d", "stats", "-f", at("slapd.conf"), "-h", urls];
    const life = await live({ folder, port, tlsPort, command, logs: [], greets: false });
    const url = `ldap://127.0.0.1:${port}`;
    return {
      host: "127.0.0.1",
      port,
      tlsPort,
      socketUrl,
      folder,
      capath: certificates.authority,
      client,
      suffix,
      search: (filter, how) => search(url, filter, how),
      modify: (ldif) => modify("ldapmodify", url, ldif),
      add: (ldif) => modify("ldapadd", url, ldif),
      whoami: async (dn, password) =>
        (await run("ldapwhoami", ["-x", "-H", url, "-D", dn, "-w", password])).stdout.trim(),
      ...life,
    };
  });
}

/** Offline, into an empty database: a thousand entries in the time that ten take on line. */
async function load(at: (name: string) => string, ldif: string): Promise<void> {
  const root = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ${reader.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${reader.password}

`;
  await writeFile(at("seed.ldif"), root + ldif);
  await run("/usr/sbin/slapadd", ["-q", "-f", at("slapd.conf"), "-b", suffix, "-l", at("seed.ldif")]);
}

const asRoot = (url: string): readonly string[] => ["-x", "-H", url, "-D", admin.dn, "-w", admin.password];

async function search(url: string, filter: string, how: Partial<LdapSearch> = {}): Promise<readonly Found[]> {
  const { base = suffix, scope = "sub", attributes = ["*"] } = how;
  const args = [...asRoot(url), "-LLL", "-o", "ldif-wrap=no", "-b", base, "-s", scope, filter, ...attributes];
  const { stdout } = await run("ldapsearch", args, { maxBuffer: 1 << 28 });
  return parseLdif(stdout);
}

function parseLdif(text: string): readonly Found[] {
  return text
    .split(/\n\n+/)
    .filter((block) => block.startsWith("dn:"))
    .map((block) => {
      const values: Record<string, string[]> = {};
      for (const line of block.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
        const [, name = "", encoded, value = ""] = /^([^:]+):(:?) ?(.*)$/.exec(line) ?? [];
        const plain = encoded === ":" ? Buffer.from(value, "base64").toString("utf8") : value;
        (values[name.toLowerCase()] ??= []).push(plain);
      }
      return { dn: values["dn"]?.[0] ?? "", values };
    });
}

async function modify(program: "ldapmodify" | "ldapadd", url: string, ldif: string): Promise<void> {
  const running = run(program, [...asRoot(url)], { maxBuffer: 1 << 24 });
  running.child.stdin?.on("error", () => undefined).end(ldif);
  await running;
}
