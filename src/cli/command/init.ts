import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { Fault } from "../../model/fault.ts";
import type { ExitFacts } from "../exit.ts";
import { type CommonFlags, withCommon, withExample } from "../flags.ts";
import type { Runner } from "../runner.ts";
import { type StartingFiles, startingFiles, systemTypes } from "../starting.ts";
import type { Terminal } from "../terminal.ts";

interface InitFlags extends CommonFlags {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly out: string;
}

export function defineInit(program: Command, run: Runner): void {
  const command = program
    .command("init")
    .summary("write a starting manifest")
    .description(
      "Writes commented manifests for two systems, to be edited. Asks for what no flag says; never overwrites a file.",
    )
    .option("--from <type>", `what there is today: ${systemTypes.join(", ")}; repeatable`, gather)
    .option("--to <type>", "where it goes; repeatable", gather)
    .option("--out <folder>", "folder for the files", "manifests");
  withExample(
    withCommon(command),
    "reconcile init --from csv --from archive --to csv --to archive",
    "reconcile validate",
  ).action((flags: InitFlags) => run(flags, ({ terminal }) => init(flags, terminal)));
}

const gather = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...value.split(",").map((part) => part.trim()),
];

async function init(flags: InitFlags, terminal: Terminal): Promise<ExitFacts> {
  const from = flags.from ?? (await askTypes("What is there today?", "--from", terminal));
  const to = flags.to ?? (await askTypes("Where does it go?", "--to", terminal));
  const files = startingFiles(from, to);
  await write(flags.out, files);
  for (const name of Object.keys(files)) terminal.out(`${join(flags.out, name)}\n`);
  terminal.err(`Edit these files, then run: reconcile validate -f ${flags.out}\n`);
  return {};
}

async function askTypes(question: string, flag: string, terminal: Terminal): Promise<readonly string[]> {
  if (!terminal.asks) {
    const message = `There is no terminal to ask at, and no ${flag}`;
    throw new Fault({
      code: "flag.missing",
      message,
      spoils: "run",
      remedy: `name a type with ${flag}: ${systemTypes.join(", ")}`,
    });
  }
  return gather(await terminal.ask(`${question} (${systemTypes.join(", ")}; several with commas) `), undefined);
}

/** One file that is there stops it before the first is made; `wx` keeps one that appears meanwhile. */
async function write(folder: string, files: StartingFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  const paths = Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text }));
  for (const { path } of paths) {
    const there = await lstat(path).then(
      () => true,
      () => false,
    );
    if (there) throw unwritable(path, "It is there already");
  }
  for (const { path, text } of paths) {
    await writeFile(path, text, { flag: "wx" }).catch((cause: unknown) => {
      throw unwritable(path, cause instanceof Error ? cause.message : String(cause));
    });
  }
}

function unwritable(path: string, message: string): Fault {
  return new Fault({
    code: "file.unwritable",
    message,
    about: path,
    spoils: "run",
    remedy: "name another folder with --out",
  });
}
