/** A Dovecot 2.3 of the test's own. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { type CertificateFiles, writeCertificates } from "./certificates.ts";
import { dovecotConfiguration, mailFolder, oauthConfiguration } from "./dovecot-configuration.ts";
import type { DovecotOptions, DovecotUser } from "./dovecot-options.ts";
import { passwordField, probe, writeUsers } from "./dovecot-users.ts";
import { requireServer } from "./packages.ts";
import { freePorts } from "./ports.ts";
import { serverFolder } from "./process.ts";
import { type ImapServer, live, within } from "./server.ts";

export interface Dovecot extends ImapServer {
  /** Changes a user or adds one; holds from the next login on. */
  setUser(name: string, change: Partial<DovecotUser>): Promise<void>;
  /** A user's storage in bytes; holds from the next login on. */
  setQuota(user: string, bytes: number): Promise<void>;
  /** What `doveadm` prints on this server; rejects when it fails. */
  doveadm(args: readonly string[], input?: string | Uint8Array): Promise<string>;
}

const mail = { uid: 8, gid: 8 };
const run = promisify(execFile);

export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  await requireServer("dovecot");
  const folder = await serverFolder();
  return within(folder, async () => {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const at = (...parts: readonly string[]) => join(folder, ...parts);
    const configuration = at("dovecot.conf");
    const users = usersOf(options);
    const certificates = await layFolder(folder, options);
    await writeUsers(folder, users, 0);
    await writeFile(configuration, dovecotConfiguration({ folder, port, tlsPort, certificates }, options));
    const command = ["/usr/sbin/dovecot", "-F", "-c", configuration];
    const ports = options.tls === false ? { port } : { port, tlsPort };
    const life = await live({ folder, ...ports, command, logs: [at("log")] });
    const admin: Dovecot["doveadm"] = (args, input = "") => doveadm(configuration, args, input);
    const setUser = userChanger(folder, users, admin);
    return {
      host: "127.0.0.1",
      port,
      tlsPort,
      folder,
      capath: certificates.authority,
      mailbox: (user) => at("mail", user, mailFolder(options.format)),
      doveadm: admin,
      setUser,
      setQuota: (user, bytes) => setUser(user, { quota: `${bytes}B` }),
      ...life,
    };
  });
}

const usersOf = ({ users = { ana: "secret", bo: "secret" } }: DovecotOptions): Record<string, DovecotUser> =>
  Object.fromEntries(
    Object.entries(users).map(([name, user]) => [name, typeof user === "string" ? { password: user } : user]),
  );

/** Resolves once the server knows: it looks at the file once a second at most, when somebody is looked up. */
function userChanger(folder: string, users: Record<string, DovecotUser>, admin: Dovecot["doveadm"]) {
  let revision = 0;
  return async (name: string, change: Partial<DovecotUser>): Promise<void> => {
    users[name] = { password: "secret", ...users[name], ...change };
    revision += 1;
    await writeUsers(folder, users, revision);
    while (Number(await admin(["user", "-f", "revision", probe])) < revision) await wait(20);
  };
}

async function layFolder(folder: string, options: DovecotOptions): Promise<CertificateFiles> {
  const at = (name: string) => join(folder, name);
  await chmod(folder, 0o755);
  const own = ["mail", "home", "raw", "state"].map(async (name) => {
    await mkdir(at(name));
    await chown(at(name), mail.uid, mail.gid);
  });
  const { user, password } = options.master ?? { user: "master", password: "mastersecret" };
  await Promise.all([
    ...own,
    mkdir(at("run")),
    mkdir(at("broken")),
    writeFile(at("masters"), `${user}:${passwordField(password)}\n`),
  ]);
  if (options.tokensAt) await writeFile(at("oauth2.conf"), oauthConfiguration(options));
  return writeCertificates(folder, options.certificate);
}

async function doveadm(configuration: string, args: readonly string[], input: string | Uint8Array): Promise<string> {
  const running = run("/usr/bin/doveadm", ["-c", configuration, ...args], { maxBuffer: 1 << 28 });
  running.child.stdin?.on("error", () => undefined).end(input);
  return (await running).stdout;
}
