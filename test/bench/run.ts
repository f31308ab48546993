/**
 * Measures whole processes of the built product against its targets, beside what one would use instead:
 * `npm run bench -- [--only PART,…] [--runs 5] [--quick] [--messages 2000,50000] [--dir FOLDER]`.
 * Prints tables in Markdown, and writes every sample to test/bench/results.json. Installs nothing, and says what it left out.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { directories } from "./directory.ts";
import { imapParts } from "./imap/courses.ts";
import { measureImap } from "./imap/run.ts";
import { archives, directoryCommands } from "./local.ts";
import { servers } from "./servers.ts";
import type { Samples } from "./samples.ts";
import { type Row, rowsText } from "./tables.ts";

const locals = ["commands", "directory", "archive", "servers"] as const;
const parts = [...locals, ...imapParts];

const { values } = parseArgs({
  options: {
    only: { type: "string", default: parts.join(",") },
    runs: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    messages: { type: "string", default: "2000,50000" },
    dir: { type: "string", default: tmpdir() },
  },
});
const chosen = new Set(values.only.split(","));
const unknown = [...chosen].filter((part) => !parts.some((each) => each === part));
if (unknown.length > 0) throw new Error(`No part ${unknown.join(", ")}; there are ${parts.join(", ")}`);
const runs = Number(values.runs);
const scale = values.quick ? 0.1 : 1;
const sizes = values.messages
  .split(",")
  .filter(Boolean)
  .map((size) => Number(size) * scale)
  .toSorted((a, b) => a - b);

const say = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

function machine(): string {
  const { length } = cpus();
  const load = loadavg()
    .map((each) => each.toFixed(1))
    .join(" ");
  return [
    `${new Date().toISOString()} · Node ${process.versions.node} · ${process.platform} ${release()} ${process.arch}`,
    `${length} × ${cpus()[0]?.model ?? "unknown"} · ${Math.round(totalmem() / 2 ** 30)} GiB · load ${load} · ${runs} runs, whole processes`,
  ].join("\n");
}

/** After every round, so that one that is broken off leaves what it has. */
async function keep(samples: Samples, rows: readonly Row[] = []): Promise<void> {
  const results = { machine: machine(), runs, scale, rows, samples: Object.fromEntries(samples) };
  await writeFile(join(import.meta.dirname, "results.json"), `${JSON.stringify(results, undefined, 2)}\n`);
}

async function bench(folder: string): Promise<void> {
  const samples: Samples = new Map();
  const makers = {
    commands: () => directoryCommands(join(folder, "company")),
    directory: () => directories(join(folder, "directory"), scale, tell),
    archive: () => archives(join(folder, "archives"), sizes),
    servers: () => servers(join(folder, "servers"), sizes, runs, tell),
  };
  const local = locals.filter((part) => chosen.has(part)).map((part) => makers[part]());
  try {
    for (const each of local) await each.lay();
    for (let round = 1; local.length > 0 && round <= runs; round++) {
      tell(`Round ${round} of ${runs}, commands, directory, archives and memory between servers`);
      for (const each of local) await each.once(samples);
      await keep(samples);
    }
  } finally {
    for (const each of local) await each.stop?.();
  }
  const wanted = imapParts.filter((part) => chosen.has(part));
  const facts = { parts: wanted, rounds: runs, scale, dir: join(folder, "imap"), tell, keep: () => keep(samples) };
  const imap = await measureImap(facts, samples);
  const rows = [...local.flatMap((each) => each.rows(samples)), ...imap.rows];
  await keep(samples, rows);
  say(`${machine()}\n`);
  if (values.quick) say("A tenth of everything: it shows that the bench works; the bounds are for the whole.\n");
  if (rows.length > 0) say(rowsText(rows));
  for (const text of [...local.flatMap((each) => each.text(samples)), ...imap.text]) if (text !== "") say(text);
}

const folder = await mkdtemp(join(resolve(values.dir), "reconcile-bench-"));
try {
  await mkdir(join(folder, "imap"));
  await bench(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
