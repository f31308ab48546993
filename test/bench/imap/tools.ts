import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { entry, type Measure, timed } from "../measure.ts";
import { onPath } from "../program.ts";
import { mbsyncConfiguration, reconcileManifests } from "./configurations.ts";
import { userOf } from "./lay.ts";
import type { PipeWork } from "./pipe.ts";
import type { Ends, Setting } from "./setting.ts";

/** How many mailboxes each tool works on at one time, where there are so many. */
const atOnce = 8;

/** A way to copy all mailboxes of a course, at first and again. */
export interface Tool {
  readonly name: string;
  /** Undefined where it is not on this machine. */
  readonly program: string | undefined;
  /** The Debian package that has it. */
  readonly package: string;
  /** Whom a mailbox belongs to at the destination, so that each tool has its own. */
  user(mailbox: number | string): string;
  /** What it needs to know of the servers, written before the clock starts. */
  prepare(setting: Setting, ends: Ends): Promise<void>;
  copy(program: string, setting: Setting, ends: Ends): Promise<Measure>;
  /** Throws where another pass would do anything. */
  readonly settled?: (setting: Setting) => Promise<Measure>;
  /** True for what can do the first copy alone. */
  readonly bulkOnly?: true;
  /** Files of its own that a new destination makes void, below the setting's folder. */
  readonly state: readonly string[];
}

const numbers = ({ course }: Setting): readonly number[] => Array.from({ length: course.mailboxes }, (_, at) => at);

/** One process a mailbox, several at a time, for tools that do one mailbox after the other. `command` takes the number. */
const sideBySide = ({ folder, course }: Setting, command: string): Promise<Measure> =>
  course.mailboxes === 1
    ? timed(folder, "sh", ["-c", `exec ${command.replaceAll("{}", "0")}`])
    : timed(folder, "sh", ["-c", `seq 0 ${course.mailboxes - 1} | xargs -P ${atOnce} -I {} ${command}`]);

const reconcile: Tool = {
  name: "reconcile",
  program: process.execPath,
  package: "",
  user: userOf,
  async prepare({ folder, course }, ends) {
    await mkdir(join(folder, "manifests"), { recursive: true });
    await writeFile(join(folder, "manifests/all.yaml"), reconcileManifests(ends, course.mailboxes));
    await writeFile(join(folder, "password"), "secret\n");
  },
  copy: (program, { folder }) =>
    timed(folder, program, [entry, "apply", "--auto-approve", "--parallel", String(atOnce)]),
  settled: ({ folder }) => timed(folder, process.execPath, [entry, "plan", "--detailed-exitcode"]),
  state: ["manifests/.reconcile"],
};

const mbsync: Tool = {
  name: "mbsync",
  program: onPath("mbsync"),
  package: "isync",
  user: (mailbox) => `m${userOf(mailbox)}`,
  async prepare(setting, ends) {
    const { folder } = setting;
    await mkdir(join(folder, "mbsync"), { recursive: true });
    const users = numbers(setting).map((at) => ({ source: userOf(at), destination: mbsync.user(at) }));
    await writeFile(join(folder, "mbsyncrc"), mbsyncConfiguration(ends, users));
    for (const at of numbers(setting)) await mkdir(join(folder, "mbsync", String(at)), { recursive: true });
  },
  copy: (program, setting) => sideBySide(setting, `${program} -q -c mbsyncrc box{}`),
  state: ["mbsync"],
};

/** It pulls by IMAP and writes the destination's disk itself, past the destination's server. */
const doveadm: Tool = {
  name: "doveadm backup",
  program: onPath("doveadm"),
  package: "dovecot-core",
  user: (mailbox) => `d${userOf(mailbox)}`,
  prepare: async () => undefined,
  copy(program, setting, { source: { host, port, ca } }) {
    const settings = {
      imapc_host: host,
      imapc_port: port,
      imapc_user: userOf("{}"),
      imapc_password: "secret",
      imapc_features: '"rfc822.size fetch-headers"',
      mail_prefetch_count: 20,
      ...(ca === undefined ? {} : { imapc_ssl: "imaps", ssl_client_ca_file: ca }),
    };
    const options = Object.entries(settings).map(([name, value]) => `-o ${name}=${value}`);
    const user = doveadm.user("{}");
    const configuration = join(setting.destination.folder, "dovecot.conf");
    return sideBySide(setting, `${program} -c ${configuration} ${options.join(" ")} backup -R -u ${user} imapc:`);
  },
  state: [],
};

/** What bounds everybody; no peer, for it keeps and checks nothing. */
const pipe: Tool = {
  name: "bare pipe",
  program: process.execPath,
  package: "",
  user: (mailbox) => `p${userOf(mailbox)}`,
  prepare: async () => undefined,
  bulkOnly: true,
  copy: (program, setting, { source, destination }) => {
    const users = (of: (mailbox: number) => string) => numbers(setting).map(of);
    const work: PipeWork = {
      source: { end: source, users: users(userOf) },
      destination: { end: destination, users: users(pipe.user) },
      password: "secret",
      atOnce,
    };
    return timed(setting.folder, program, [join(import.meta.dirname, "pipe.ts"), JSON.stringify(work)]);
  },
  state: [],
};

export const tools: readonly Tool[] = [reconcile, mbsync, doveadm, pipe];

let gone = 0;

/**
 * Nothing is left of what a tool did: neither its mail nor its state. The mail is put aside until the servers end: ext4 searches long for a
 * number for a new file while many were just removed (recently_deleted in fs/ext4/ialloc.c), and whoever comes next would pay for it.
 */
export async function forget(tool: Tool, setting: Setting): Promise<void> {
  const { folder, destination } = setting;
  const aside = join(destination.folder, "gone");
  await mkdir(aside, { recursive: true });
  for (const each of tool.state) await rm(join(folder, each), { recursive: true, force: true });
  for (const user of numbers(setting).map((at) => tool.user(at)))
    for (const part of ["mail", "home"])
      if (existsSync(join(destination.folder, part, user)))
        await rename(join(destination.folder, part, user), join(aside, `${gone++} ${part} ${user}`));
}
