/** A Courier IMAP 5.0 of the test's own. Debian's package, unpacked beside the system: see packages.ts. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CertificateFiles, type CertificateKind, writeCertificates } from "./certificates.ts";
import { authdaemonConfiguration, courierScript, makeUserdb } from "./courier-script.ts";
import { requireServer } from "./packages.ts";
import { freePorts } from "./ports.ts";
import { serverFolder } from "./process.ts";
import { type ImapServer, live, within } from "./server.ts";

export interface CourierUser {
  readonly password: string;
  /** Storage in bytes; no limit. */
  readonly quota?: number;
}

export interface CourierOptions {
  /** Name → password, or more; ana and bo with the password `secret`. */
  readonly users?: Readonly<Record<string, string | CourierUser>>;
  /** Connections from one address; the next is closed without a greeting. 100. */
  readonly maxPerAddress?: number;
  /** Refuses passwords before STARTTLS: LOGINDISABLED. */
  readonly tlsRequired?: boolean;
  /** What CAPABILITY says instead; some words are commands' switches too. */
  readonly capability?: string;
  /** What TLS shows; `good`. */
  readonly certificate?: CertificateKind;
}

export interface Courier extends ImapServer {
  /** Changes a user or adds one; holds from the next login on. */
  setUser(name: string, change: Partial<CourierUser>): Promise<void>;
  /** A user's storage in bytes; holds from the next login on. Over it the answer is `NO [ALERT]`. */
  setQuota(user: string, bytes: number): Promise<void>;
}

const mail = { uid: 8, gid: 8 };

export async function startCourier(options: CourierOptions = {}): Promise<Courier> {
  await requireServer("courier");
  const folder = await serverFolder();
  return within(folder, async () => {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const at = (...parts: readonly string[]) => join(folder, ...parts);
    const users = usersOf(options);
    const certificates = await layFolder(folder, options);
    await writeUsers(folder, users);
    await writeFile(at("run.sh"), courierScript({ folder, port, tlsPort, certificate: certificates.both }, options));
    const command = ["unshare", "--mount", "--propagation", "private", "/bin/sh", at("run.sh")];
    const life = await live({ folder, port, tlsPort, command, logs: [] });
    const setUser: Courier["setUser"] = async (name, change) => {
      users[name] = { password: "secret", ...users[name], ...change };
      await writeUsers(folder, users);
      const pid = (await readFile(at("pid"), "utf8")).trim();
      await promisify(execFile)("nsenter", ["--target", pid, "--mount", makeUserdb]);
    };
    return {
      host: "127.0.0.1",
      port,
      tlsPort,
      folder,
      capath: certificates.authority,
      mailbox: (user) => at("mail", user, "Maildir"),
      setUser,
      setQuota: (user, quota) => setUser(user, { quota }),
      ...life,
    };
  });
}

const usersOf = ({ users = { ana: "secret", bo: "secret" } }: CourierOptions): Record<string, CourierUser> =>
  Object.fromEntries(
    Object.entries(users).map(([name, user]) => [name, typeof user === "string" ? { password: user } : user]),
  );

async function layFolder(folder: string, options: CourierOptions): Promise<CertificateFiles> {
  await chmod(folder, 0o755);
  for (const name of ["mail", "etc/courier/shared", "run/courier/authdaemon"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await writeFile(join(folder, "etc/courier/authdaemonrc"), authdaemonConfiguration);
  // couriertls becomes the user courier, whom Debian's package would have made.
  for (const [name, line] of [
    ["passwd", "courier:x:8:8::/nonexistent:/usr/sbin/nologin\n"],
    ["group", "courier:x:8:\n"],
  ] as const) {
    const known = (await readFile(`/etc/${name}`, "utf8")).replaceAll(/^courier:.*\n/gm, "");
    await writeFile(join(folder, "etc", name), known + line);
  }
  const certificates = await writeCertificates(folder, options.certificate);
  await chown(certificates.both, mail.uid, mail.gid);
  return certificates;
}

/** userdb's text, and a maildir for each user. makeuserdb wants the file closed to others. */
async function writeUsers(folder: string, users: Readonly<Record<string, CourierUser>>): Promise<void> {
  const lines: string[] = [];
  for (const [name, { password, quota }] of Object.entries(users)) {
    const home = join(folder, "mail", name);
    for (const each of ["", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"]) {
      await mkdir(join(home, each), { recursive: true });
      await chown(join(home, each), mail.uid, mail.gid);
    }
    if (quota !== undefined) await writeQuota(join(home, "Maildir"), quota);
    const hash = createHash("sha256").update(password).digest("base64");
    const limit = quota === undefined ? "" : `quota=${quota}S|`;
    lines.push(`${name}\thome=${home}|mail=${home}/Maildir|uid=8|gid=8|${limit}imappw={SHA256}${hash}\n`);
  }
  await writeFile(join(folder, "etc/courier/userdb"), lines.join(""), { mode: 0o600 });
}

/** maildirsize: the limit, then what is there. A server that only knows the limit from userdb does not hold it. */
async function writeQuota(maildir: string, bytes: number): Promise<void> {
  const entries = await readdir(maildir, { recursive: true, withFileTypes: true });
  const mails = entries.filter((entry) => entry.isFile() && /\/(cur|new)$/.test(entry.parentPath));
  const sizes = await Promise.all(mails.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  const used = sizes.reduce((sum, size) => sum + size, 0);
  await writeFile(join(maildir, "maildirsize"), `${bytes}S\n${used} ${sizes.length}\n`);
  await chown(join(maildir, "maildirsize"), mail.uid, mail.gid);
}
