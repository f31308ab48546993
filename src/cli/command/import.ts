import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import type { Endpoint } from "../../contract/endpoint.ts";
import type { Holding } from "../../import/holding.ts";
import type { Imported } from "../../import/import.ts";
import type { MailboxWish } from "../../import/mailboxes.ts";
import type { Manifest } from "../../manifest/load.ts";
import { Fault } from "../../model/fault.ts";
import type { ExitFacts } from "../exit.ts";
import { gather, type ManifestFlags, withCommon, withExample, withManifests } from "../flags.ts";
import { keepHeapNear } from "../heap.ts";
import type { Runner, Surroundings } from "../runner.ts";
import type { Terminal } from "../terminal.ts";

interface ImportFlags extends ManifestFlags {
  readonly out: string;
  readonly select?: readonly string[];
  readonly update?: boolean;
  readonly dryRun?: boolean;
  readonly allowIncomplete?: boolean;
  readonly users?: string;
  readonly domain?: string;
}

export function defineImport(program: Command, run: Runner): void {
  const command = program
    .command("import")
    .argument("<endpoint>", "an endpoint of the manifests, by its name")
    .summary("write manifests of what an endpoint holds")
    .description(
      "Writes manifests of what an endpoint holds, a file for each domain; a plan right after shows no change. Never overwrites a file, and writes no secret.",
    )
    .requiredOption("-o, --out <folder>", "folder for the files")
    .option("--select <glob>", "only these addresses, such as 'list/*'; repeatable", gather)
    .option(
      "--update",
      "merge into the files of the folder: what differs is changed, who is new is added, nobody is taken out",
    )
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--allow-incomplete", "write what could be read, where something could not")
    .option("--users <file>", "whose mailboxes: login names, a line each, where the server cannot list them")
    .option("--domain <name>", "the domain of mailboxes whose login name is no address");
  withExample(
    withCommon(withManifests(command)),
    "reconcile import old-directory -f manifests -o manifests/people",
    "reconcile import old-directory -o manifests --update --dry-run",
  ).action((endpoint: string, flags: ImportFlags) => run(flags, (around) => importFrom(endpoint, flags, around)));
}

async function importFrom(name: string, flags: ImportFlags, { terminal }: Surroundings): Promise<ExitFacts> {
  const [
    { readStanding, pathOfSource, proveFiles, refuseOverwriting, writeFiles },
    { importHolding },
    { globMatcher },
  ] = await Promise.all([
    import("../importing.ts"),
    import("../../import/import.ts"),
    import("../../model/address.ts"),
  ]);
  keepHeapNear();
  const { file: paths = ["manifests"], out, environment, update = false } = flags;
  const standing = await readStanding({ paths, out, ...(environment === undefined ? {} : { environment }) });
  const { manifest } = standing.loaded;
  const holding = await read(name, manifest, flags, terminal);
  const globs = (flags.select ?? []).map(globMatcher);
  const imported = importHolding({
    endpoint: name,
    holding,
    out: resolve(out),
    manifest,
    documents: standing.documents,
    texts: standing.texts,
    pathOf: ({ source }) => pathOfSource(source),
    takes: (address) => globs.length === 0 || globs.some((fits) => fits(address)),
  });
  const partly = holding.unread.length > 0;
  if (partly && flags.allowIncomplete !== true) {
    await tellUnread(holding, terminal);
    return { incomplete: true };
  }
  await refuseOverwriting(imported.files, update);
  await proveFiles(imported.files, standing, environment);
  if (flags.dryRun !== true) await writeFiles(imported.files);
  await tell(imported, { holding, dry: flags.dryRun === true, terminal });
  return { incomplete: partly };
}

async function read(name: string, manifest: Manifest, flags: ImportFlags, terminal: Terminal): Promise<Holding> {
  const [{ closeAll, createConnections, reasonOf }, { catchSignals }, { systemClock }] = await Promise.all([
    import("../connections.ts"),
    import("../stops.ts"),
    import("../../endpoint/clock.ts"),
  ]);
  const stops = catchSignals((text) => terminal.err(text));
  const open: Endpoint[] = [];
  const keep = (endpoint: Endpoint): Endpoint => {
    open.push(endpoint);
    return endpoint;
  };
  try {
    const around = { terminal, clock: systemClock, signal: stops.hard, emit: quiet, keep };
    const endpoint = await createConnections(manifest, around).connect(name);
    const holding = await holdingOf(endpoint, { name, manifest, flags, signal: stops.soft });
    await closeAll(open);
    return holding;
  } catch (thrown) {
    await closeAll(open).catch(() => undefined);
    throw reasonOf(thrown, stops);
  } finally {
    stops.release();
  }
}

const quiet = (): void => undefined;

interface Reading {
  readonly name: string;
  readonly manifest: Manifest;
  readonly flags: ImportFlags;
  readonly signal: AbortSignal;
}

/** A directory's people; of an endpoint that has none, its mailboxes. */
async function holdingOf(endpoint: Endpoint, { name, manifest, flags, signal }: Reading): Promise<Holding> {
  const context = { name, signal, emit: quiet };
  if (endpoint.directory.account !== undefined) {
    refuseMailFlags(flags, name);
    const { gatherDirectory } = await import("../../import/gather.ts");
    return gatherDirectory(endpoint, context);
  }
  const { gatherMailboxes } = await import("../../import/mailboxes.ts");
  return gatherMailboxes(endpoint, await wishOf(name, manifest, flags), context);
}

function refuseMailFlags({ users, domain }: ImportFlags, name: string): void {
  if (users === undefined && domain === undefined) return;
  throw new Fault({
    code: "flag.inapplicable",
    message: `${users === undefined ? "--domain" : "--users"} cannot apply: ${name} has a directory, which tells its people itself`,
    spoils: "run",
    remedy: "leave it out",
  });
}

/** Where a directory is written to, an account would be made there for each mailbox: only a Mailbox document is none. */
async function wishOf(name: string, { migration }: Manifest, { users, domain }: ImportFlags): Promise<MailboxWish> {
  const kind = migration?.destination.directory === undefined ? "account" : "mailbox";
  const ends = (["source", "destination"] as const).filter((side) => migration?.[side].mail === name);
  const unnamed = kind === "mailbox" ? { source: { endpoint: name } } : { source: {} };
  return {
    kind,
    sides: ends.length === 0 ? unnamed : Object.fromEntries(ends.map((side) => [side, {}])),
    ...(domain === undefined ? {} : { domain }),
    ...(users === undefined ? {} : { users: await readUsers(users) }),
  };
}

async function readUsers(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault({
      code: "users.unreadable",
      message: `The list of users cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      about: path,
      spoils: "run",
      remedy: "write a login name a line",
    });
  });
  const lines = text.split(/\r?\n/u).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== "" && !line.startsWith("#")))];
}

async function tellUnread({ unread }: Holding, terminal: Terminal): Promise<void> {
  const { findingsText } = await import("../../report/finding.ts");
  terminal.err(findingsText(unread, { color: terminal.colour.err }));
  terminal.err("Nothing was written: the reading was not complete. --allow-incomplete writes what could be read.\n");
}

interface Telling {
  readonly holding: Holding;
  readonly dry: boolean;
  readonly terminal: Terminal;
}

async function tell({ files, findings }: Imported, { holding, dry, terminal }: Telling): Promise<void> {
  const [{ findingsText }, { patchText }, { importSummary }] = await Promise.all([
    import("../../report/finding.ts"),
    import("../../report/patch.ts"),
    import("../../report/imported.ts"),
  ]);
  const shown = files.map((file) => ({ ...file, path: relative(process.cwd(), file.path) }));
  for (const file of shown) terminal.out(patchText(file, { color: terminal.colour.out }));
  const told = [...holding.unread, ...findings];
  if (told.length > 0) terminal.err(findingsText(told, { color: terminal.colour.err, everybody: true }));
  terminal.err(importSummary(shown, dry));
}
