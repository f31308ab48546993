/** A Cyrus IMAP 3.6 of the test's own. Debian's package, unpacked beside the system: see packages.ts. */
import { execFile, execFileSync } from "node:child_process";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CertificateFiles, type CertificateKind, writeCertificates } from "./certificates.ts";
import { imapdConfiguration, masterConfiguration, realm } from "./cyrus-configuration.ts";
import { connectImap, type ImapClient, quoted } from "./imap-client.ts";
import { requireServer, unpackedAt } from "./packages.ts";
import { freePorts } from "./ports.ts";
import { serverFolder } from "./process.ts";
import { type ImapServer, live, within } from "./server.ts";

interface Account {
  readonly user: string;
  readonly password: string;
}

export interface CyrusOptions {
  /** Name → password; ana and bo with the password `secret`. INBOX is made at the first login. */
  readonly users?: Readonly<Record<string, string>>;
  /** Sees all mailboxes as `user/ana` or `user.ana`, sets quotas and rights; cyrus with `secret`. */
  readonly admin?: Account;
  /** May act for everybody by SASL PLAIN's authorization identity; proxy with `secret`. */
  readonly proxy?: Account;
  /** `slash`: `a/b` beside INBOX. `prefix-dot`: `INBOX.a.b`. slash. */
  readonly namespace?: "slash" | "prefix-dot";
  /** Everybody's storage in bytes, in whole KiB; no limit. */
  readonly quota?: number;
  /** The largest message taken, in bytes. */
  readonly appendLimit?: number;
  /** Drafts, Sent, Trash, Junk, Archive: made at the first login and marked, in small letters (`\\sent`); or not there. none. */
  readonly specialUse?: "created" | "none";
  /** What TLS shows; `good`. */
  readonly certificate?: CertificateKind;
  /** Lines at the end of imapd.conf. */
  readonly extra?: string;
}

export interface Cyrus extends ImapServer {
  /** Changes a password or adds a user. */
  setPassword(user: string, password: string): Promise<void>;
  /** A user's storage in bytes, in whole KiB; the user has logged in before. Over it the answer is `NO`, without a code. */
  setQuota(user: string, bytes: number): Promise<void>;
  /** The administrator's connection; the caller closes it. */
  admin(): Promise<ImapClient>;
}

const mail = { uid: 8, gid: 8 };
const root = unpackedAt("cyrus");
const programs = join(root, "usr/lib/cyrus/bin");

export async function startCyrus(options: CyrusOptions = {}): Promise<Cyrus> {
  await requireServer("cyrus");
  const folder = await serverFolder();
  return within(folder, async () => {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const at = (...parts: readonly string[]) => join(folder, ...parts);
    const env = { LD_LIBRARY_PATH: librariesAt(root) };
    const admin = options.admin ?? { user: "cyrus", password: "secret" };
    const layout = { folder, port, tlsPort, certificates: await layFolder(folder, options), programs };
    await writeFile(at("imapd.conf"), imapdConfiguration(layout, options));
    await writeFile(at("cyrus.conf"), masterConfiguration(layout));
    for (const { user, password } of accountsOf(options, admin)) await setPassword(folder, user, password);
    await chown(at("conf/sasldb2"), mail.uid, mail.gid);
    const command = [join(programs, "master"), "-D", "-M", at("cyrus.conf"), "-C", at("imapd.conf"), "-p", at("pid")];
    const life = await live({ folder, port, tlsPort, command, env, logs: [] });
    const separator = options.namespace === "prefix-dot" ? "." : "/";
    const asAdmin = async (): Promise<ImapClient> => {
      const client = await connectImap({ port });
      await client.login(admin.user, admin.password);
      return client;
    };
    return {
      host: "127.0.0.1",
      port,
      tlsPort,
      folder,
      capath: layout.certificates.authority,
      mailbox: (user) => pathOf(at("imapd.conf"), `user${separator}${user}`, env),
      setPassword: (user, password) => setPassword(folder, user, password),
      async setQuota(user, bytes) {
        const client = await asAdmin();
        await client.ok(`SETQUOTA ${quoted(`user${separator}${user}`)} (STORAGE ${Math.ceil(bytes / 1024)})`);
        await client.close();
      },
      admin: asAdmin,
      ...life,
    };
  });
}

const librariesAt = (root: string): string =>
  `${root}/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

function accountsOf({ users = { ana: "secret", bo: "secret" }, proxy }: CyrusOptions, admin: Account): Account[] {
  const people = Object.entries(users).map(([user, password]) => ({ user, password }));
  return [admin, proxy ?? { user: "proxy", password: "secret" }, ...people];
}

async function setPassword(folder: string, user: string, password: string): Promise<void> {
  const database = join(folder, "conf/sasldb2");
  const program = join(root, "usr/sbin/saslpasswd2");
  const running = promisify(execFile)(program, ["-p", "-c", "-f", database, "-u", realm, user]);
  running.child.stdin?.on("error", () => undefined).end(password);
  await running;
}

async function layFolder(folder: string, options: CyrusOptions): Promise<CertificateFiles> {
  const conf = ["db", "proc", "log", "msg", "socket", "lock"].map((name) => `conf/${name}`);
  await chmod(folder, 0o755);
  for (const name of ["conf", ...conf, "spool", "run"]) {
    await mkdir(join(folder, name));
    await chown(join(folder, name), mail.uid, mail.gid);
  }
  const certificates = await writeCertificates(folder, options.certificate);
  await chown(certificates.key, mail.uid, mail.gid);
  return certificates;
}

/** Mail lies below a name that the server makes up. */
function pathOf(configuration: string, name: string, env: Readonly<Record<string, string>>): string {
  const options = { env: { ...process.env, ...env }, encoding: "utf8" } as const;
  return execFileSync(join(programs, "mbpath"), ["-C", configuration, name], options).trim();
}
