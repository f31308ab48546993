/** Memory of copies between two Dovecots: whether it grows with the mailbox, and with the messages that are on their way at once. */
import { execFileSync } from "node:child_process";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { missing, serversOff } from "../servers/packages.ts";
import { connectImap } from "../servers/imap-client.ts";
import { layMailbox } from "./mailbox.ts";
import { atOnce, reconcileAsked } from "./measure.ts";
import type { Local } from "./local.ts";
import { push, type Samples } from "./samples.ts";
import { budgetRow, carryText, memoryRows } from "./tables.ts";

/** Copies between two Dovecots; where there is none, that is said. */
export function servers(folder: string, sizes: readonly number[], rounds: number, tell: (text: string) => void): Local {
  // The names of its samples are those of the archives.
  const own: Samples = new Map();
  let running: Servers | undefined;
  let round = 0;
  let why: string | undefined;
  return {
    async lay() {
      why = await withoutServers();
      if (why !== undefined) return;
      tell(`Laying out mailboxes of ${sizes.join(" and ")} messages on a Dovecot`);
      running = await startServers(folder, sizes, rounds);
    },
    async once() {
      round += 1;
      await running?.once(round, own);
    },
    rows() {
      const [small = 0, large = 0] = [sizes[0], sizes.at(-1)];
      if (running === undefined) return [];
      const rows = [...(small === large ? [] : memoryRows(own, small, large)), budgetRow(own)];
      return rows.map((row) => ({ ...row, what: `between servers: ${row.what}` }));
    },
    text: () =>
      running === undefined
        ? [`Left out, memory between two Dovecots: ${why}.`]
        : [
            "Dovecot (Maildir) to Dovecot (mdbox), on loopback and without TLS:\n",
            ...sizes.map((size) => carryText(own, size)),
          ],
    stop: async () => running?.stop(),
  };
}

/** Why there are no servers to measure with; undefined where there are. */
async function withoutServers(): Promise<string | undefined> {
  if (serversOff()) return "RECONCILE_TEST_SERVERS=none";
  const lacking = await missing(["dovecot"]);
  if (lacking.length > 0) return `${lacking.join(", ")} is not on this machine`;
  return process.getuid?.() === 0 ? undefined : "Dovecot takes on other users, which root alone may";
}

const heavy = 25 * 1024 * 1024;
const light = 2 * 1024;

interface Servers {
  /** Copies everything, from nothing and then again; every round has mailboxes of its own at the destination. */
  once(round: number, samples: Samples): Promise<void>;
  stop(): Promise<void>;
}

interface Box {
  readonly source: string;
  readonly destination: string;
  readonly messages: number;
}

const address = (name: string) => `${name}@harbour.example`;
const several = (kind: string) => Array.from({ length: atOnce.mailboxes }, (_, at) => `${kind}${at}`);

const boxOf = (name: string, round: number, messages: number): Box => ({
  source: address(`${name}-0`),
  destination: address(`${name}-${round}`),
  messages,
});

async function startServers(folder: string, sizes: readonly number[], rounds: number): Promise<Servers> {
  const names = [...sizes.map((size) => `m${size}`), ...several("heavy"), ...several("light")];
  const all = Array.from({ length: rounds + 1 }, (_, round) => names.map((name) => address(`${name}-${round}`)));
  const users = Object.fromEntries(all.flat().map((user) => [user, "secret"]));
  const old = await startDovecot({ users, namespace: "prefix-dot" });
  const next = await startDovecot({ users, namespace: "prefix-dot", format: "mdbox" }).catch(
    async (thrown: unknown) => {
      await old.stop();
      throw thrown;
    },
  );
  for (const size of sizes) await layMailbox(old.mailbox(address(`m${size}-0`)), size);
  for (const name of several("heavy")) await layEqual(old.mailbox(address(`${name}-0`)), heavy);
  for (const name of several("light")) await layEqual(old.mailbox(address(`${name}-0`)), light);
  execFileSync("chown", ["-R", "8:8", join(old.folder, "mail")]);
  const parts = { folder, old, next, passes: ["first", "second", "third"] as readonly string[] };
  return {
    once: async (round, samples) => {
      for (const size of sizes) await copy(parts, `${size}`, round, [boxOf(`m${size}`, round, size)], samples);
      const one = { ...parts, passes: ["first"] };
      for (const kind of ["light", "heavy"]) {
        const boxes = several(kind).map((name) => boxOf(name, round, atOnce.messages));
        await copy(one, kind, round, boxes, samples);
      }
    },
    stop: async () => {
      await Promise.all([old.stop(), next.stop()]);
    },
  };
}

/** A Maildir of messages of one size. */
async function layEqual(mailbox: string, size: number): Promise<void> {
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(mailbox, part), { recursive: true });
  for (let number = 0; number < atOnce.messages; number += 1) {
    const header = `Message-ID: <${number}.${size}@harbour.example>\nSubject: ${number}\n\n`;
    const path = join(mailbox, "cur", `${1_700_000_000 + number}.M${number}P1.harbour:2,S`);
    await writeFile(path, header + `${"QUJD".repeat(18)}\n`.repeat(Math.ceil(size / 73)), "latin1");
    await utimes(path, 1_700_000_000, 1_700_000_000);
  }
}

interface Parts {
  readonly folder: string;
  readonly old: Dovecot;
  readonly next: Dovecot;
  readonly passes: readonly string[];
}

async function copy(
  { folder, old, next, passes }: Parts,
  name: string,
  round: number,
  boxes: readonly Box[],
  samples: Samples,
): Promise<void> {
  const world = join(folder, `${name}-${round}`);
  await mkdir(join(world, "manifests"), { recursive: true });
  await writeFile(join(world, "password"), "secret\n", { mode: 0o600 });
  await writeFile(join(world, "manifests/all.yaml"), manifest(old, next, boxes));
  for (const pass of passes)
    push(samples, `${name}/reconcile/${pass}`, await reconcileAsked(world, "apply", "--auto-approve"));
  for (const { destination, messages } of boxes) await expectAll(next, destination, messages);
}

/** Throws where not every message arrived: what did less needed less. */
async function expectAll({ port }: Dovecot, user: string, messages: number): Promise<void> {
  const client = await connectImap({ port });
  await client.login(user, "secret");
  let there = 0;
  for (const { name } of await client.list()) there += (await client.status(name, "MESSAGES")).get("MESSAGES") ?? 0;
  await client.close();
  if (there !== messages) throw new Error(`${user} has ${there} messages at the destination, not ${messages}`);
}

const document = (kind: string, name: string, spec: string) =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

function manifest(old: Dovecot, next: Dovecot, boxes: readonly Box[]): string {
  const server = (name: string, { host, port }: Dovecot) =>
    document(
      "Endpoint",
      name,
      `{type: imap, host: ${host}, port: ${port}, tls: none, auth: {method: user, password: {file: ../password}}}`,
    );
  return [
    server("old", old),
    server("new", next),
    document("Migration", "mail", "{source: {mail: old}, destination: {mail: new}}"),
    ...boxes.map(({ source, destination }) => document("Mailbox", destination, `{source: {user: ${source}}}`)),
  ].join("---\n");
}
