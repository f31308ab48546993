/**
 * Measures whole processes of the built product against its targets:
 * `npm run bench -- [--runs 5] [--messages 2000,50000] [--dir FOLDER] [--parts archives,servers]`.
 * Prints tables in Markdown, and writes every sample to test/bench/results.json. Installs nothing; peers that are not there are left out.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { carryOnce, layWorld, type World } from "./mail.ts";
import { measure, reconcile } from "./measure.ts";
import { peers } from "./peers.ts";
import { layCompany } from "./people.ts";
import { push, type Samples, spreadOf, valuesOf } from "./samples.ts";
import { startServers, withoutServers } from "./servers.ts";
import { type Bounded, boundRows, budgetRow, carryText, memoryRows, rowsText, spreadText } from "./tables.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    messages: { type: "string", default: "2000,50000" },
    dir: { type: "string", default: tmpdir() },
    parts: { type: "string", default: "archives,servers" },
  },
});
const runs = Number(values.runs);
const sizes = values.messages
  .split(",")
  .filter(Boolean)
  .map(Number)
  .toSorted((a, b) => a - b);
const parts = values.parts.split(",");
const accounts = 5000;

const say = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** What is run for each bound, and in which folder of the company. */
const commands: { readonly [K in Bounded]: readonly [folder: string, ...args: string[]] } = {
  "--version": [".", "--version"],
  "validate, 5,000 written accounts": ["written", "validate"],
  "plan, 5,000 written accounts, all new": ["written", "plan"],
  "plan, 5,000 found accounts, all new": ["found", "plan"],
  "plan, 5,000 found accounts, 50 changed": ["changed", "plan"],
};

const bare = "node -e 0";

async function commandsOnce(company: string, samples: Samples): Promise<void> {
  push(samples, bare, await measure(company, process.execPath, ["-e", "0"]));
  for (const [name, [folder, ...args]] of Object.entries(commands)) {
    push(samples, name, await reconcile(join(company, folder), ...args));
  }
}

function machine(rounds: number): string {
  const { length } = cpus();
  const load = loadavg()
    .map((each) => each.toFixed(1))
    .join(" ");
  return [
    `${new Date().toISOString()} · Node ${process.versions.node} · ${process.platform} ${release()} ${process.arch}`,
    `${length} × ${cpus()[0]?.model ?? "unknown"} · ${Math.round(totalmem() / 2 ** 30)} GiB · load ${load} · ${rounds} runs, whole processes`,
  ].join("\n");
}

function report(samples: Samples, worlds: readonly World[]): void {
  const [small, large] = [worlds[0], worlds.at(-1)];
  const memory = small && large && small !== large ? memoryRows(samples, small.messages, large.messages) : [];
  say(`${machine(runs)}\n\n${rowsText([...boundRows(samples), ...memory])}`);
  say(`Bare \`${bare}\` in the same rounds: ${spreadText(spreadOf(valuesOf(samples, bare, "ms")), 0, "ms")}.\n`);
  for (const { messages, octets } of worlds) {
    say(carryText(samples, messages));
    say(`${(octets / 2 ** 20).toFixed(1)} MiB in 12 folders, Maildir to Maildir.\n`);
  }
  const absent = peers.filter(({ program }) => program === undefined).map(({ name }) => name);
  if (absent.length > 0) say(`Left out, for they are not on this machine: ${absent.join(", ")}.`);
}

async function bench(folder: string): Promise<void> {
  tell(`Laying out ${accounts} accounts and mailboxes of ${sizes.join(" and ")} messages in ${folder}`);
  await layCompany(join(folder, "company"), accounts);
  const worlds: World[] = [];
  for (const messages of sizes) {
    await mkdir(join(folder, `${messages}`));
    worlds.push(await layWorld(join(folder, `${messages}`), messages));
  }
  const samples: Samples = new Map();
  for (let round = 1; round <= runs; round++) {
    tell(`Round ${round} of ${runs}`);
    await commandsOnce(join(folder, "company"), samples);
    for (const world of worlds) await carryOnce(world, samples);
    await keep(samples, worlds, round);
  }
  report(samples, worlds);
}

/** Between two Dovecots; where there is none, that is said. */
async function benchServers(folder: string): Promise<void> {
  const why = await withoutServers();
  if (why !== undefined) {
    say(`Left out, copies between two Dovecots: ${why}.`);
    return;
  }
  tell(`Laying out mailboxes of ${sizes.join(" and ")} messages on a Dovecot`);
  const servers = await startServers(folder, sizes, runs);
  try {
    const samples: Samples = new Map();
    for (let round = 1; round <= runs; round++) {
      tell(`Round ${round} of ${runs} between two Dovecots`);
      await servers.once(round, samples);
    }
    const [small = 0, large = 0] = [sizes[0], sizes.at(-1)];
    say(`Dovecot (Maildir) to Dovecot (mdbox), on loopback and without TLS\n\n${machine(runs)}\n`);
    say(rowsText([...(small === large ? [] : memoryRows(samples, small, large)), budgetRow(samples)]));
    for (const messages of sizes) say(carryText(samples, messages));
  } finally {
    await servers.stop();
  }
}

/** After every round, so that one that is broken off leaves what it has. */
async function keep(samples: Samples, worlds: readonly World[], rounds: number): Promise<void> {
  const results = {
    machine: machine(rounds),
    runs: rounds,
    worlds: worlds.map(({ messages, octets }) => ({ messages, octets })),
    samples: Object.fromEntries(samples),
  };
  await writeFile(join(import.meta.dirname, "results.json"), `${JSON.stringify(results, undefined, 2)}\n`);
}

const folder = await mkdtemp(join(resolve(values.dir), "reconcile-bench-"));
try {
  if (parts.includes("archives")) await bench(folder);
  if (parts.includes("servers")) await benchServers(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
