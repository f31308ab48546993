import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Dovecot, startDovecot } from "../../servers/dovecot.ts";
import { type FaultProxy, type Rules, startFaultProxy } from "../../servers/fault-proxy.ts";
import type { Course } from "./courses.ts";
import { layCourse, userOf } from "./lay.ts";

/** Where a server is reached. */
export interface End {
  readonly host: string;
  readonly port: number;
  /** The authority of its certificate, where TLS is spoken. */
  readonly ca?: string;
}

export interface Ends {
  readonly source: End;
  readonly destination: End;
}

/** A course with its two servers, and a folder for what the tools need. */
export interface Setting {
  readonly course: Course;
  readonly folder: string;
  readonly source: Dovecot;
  readonly destination: Dovecot;
  /** As the tools reach them; through proxies where the course has a way between. */
  readonly ends: Ends;
  /** Of the mail at the source. */
  readonly octets: number;
}

/** Starts both servers, lays the mail, does the work, and leaves nothing. */
export async function inSetting(
  course: Course,
  names: { readonly dir: string; readonly users: (mailbox: number) => readonly string[] },
  work: (setting: Setting) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(names.dir, "imap-"));
  const mailboxes = Array.from({ length: course.mailboxes }, (_, at) => at);
  const users = Object.fromEntries(mailboxes.flatMap(names.users).map((user) => [user, "secret"]));
  const open: { stop(): Promise<void> }[] = [];
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    open.push(started);
    return started;
  };
  try {
    const options = { fsync: course.secured ? "optimized" : "never", specialUse: "none" } as const;
    const source = await keep(startDovecot({ ...options, users: usersOfSource(mailboxes) }));
    const destination = await keep(startDovecot({ ...options, users }));
    const octets = await layCourse(source, course);
    const servers = { source, destination };
    const ends = course.trip === 0 ? directly(servers, course) : await through(servers, delayOf(course), keep);
    await work({ course, folder, source, destination, ends, octets });
  } finally {
    for (const each of open.toReversed()) await each.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const usersOfSource = (mailboxes: readonly number[]) =>
  Object.fromEntries(mailboxes.map((at) => [userOf(at), "secret"]));

type Servers = Pick<Setting, "source" | "destination">;

const delayOf = ({ trip }: Course): Rules => ({ delay: { up: trip / 2, down: trip / 2 } });

function directly({ source, destination }: Servers, { secured }: Course): Ends {
  const end = ({ host, port, tlsPort, capath }: Dovecot): End =>
    secured ? { host: "localhost", port: tlsPort, ca: capath } : { host, port };
  return { source: end(source), destination: end(destination) };
}

async function through(
  { source, destination }: Servers,
  script: Rules,
  keep: <T extends FaultProxy>(proxy: Promise<T>) => Promise<T>,
): Promise<Ends> {
  const before = ({ port }: Dovecot) => keep(startFaultProxy({ to: port, script, record: false }));
  return { source: await before(source), destination: await before(destination) };
}

/** What a tool says to both servers and hears from them, counted by proxies for as long as the work lasts. */
export async function counted(
  { source, destination }: Servers,
  work: (ends: Ends) => Promise<void>,
): Promise<{ readonly octets: number; readonly turns: number; readonly connections: number }> {
  const proxies: FaultProxy[] = [];
  const keep = async <T extends FaultProxy>(starting: Promise<T>): Promise<T> => {
    const proxy = await starting;
    proxies.push(proxy);
    return proxy;
  };
  try {
    await work(await through({ source, destination }, {}, keep));
    const sum = (of: (total: FaultProxy["total"]) => number) => proxies.reduce((all, { total }) => all + of(total), 0);
    return {
      octets: sum(({ bytes }) => bytes.up + bytes.down),
      turns: sum(({ turns }) => turns),
      connections: sum(({ connections }) => connections),
    };
  } finally {
    for (const proxy of proxies) await proxy.stop();
  }
}
