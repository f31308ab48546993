import { type Command, Option } from "commander";
import { kindOf } from "../../model/address.ts";
import type { Drift } from "../../model/drift.ts";
import { readAddress, unknownAddress } from "../address.ts";
import type { ExitFacts } from "../exit.ts";
import {
  type Format,
  formats,
  type ProgressForm,
  type StateFlags,
  type TargetFlags,
  withCommon,
  withExample,
  withManifests,
  withProgress,
  withState,
  withTargets,
} from "../flags.ts";
import { refuseFlags, type Runner } from "../runner.ts";
import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface DriftFlags extends StateFlags, TargetFlags {
  readonly format: Format;
  readonly detailedExitcode?: boolean;
  readonly all?: boolean;
  readonly list?: string;
  readonly updateManifests?: boolean;
  readonly progress?: ProgressForm;
}

export function defineDrift(program: Command, run: Runner): void {
  const command = program
    .command("drift")
    .summary("what changed at the destination since the last apply")
    .description(
      "Says what was changed at the destination by somebody else since the last apply: fields, deletions and names in the directory, and what users did in their mailboxes. Opens the destination alone; writes nothing but the manifests, where that is asked for.",
    )
    .option("--all", "name what is there and not in the manifests, too")
    .option("--list <address>", "name each change of this mailbox")
    .option("--update-manifests", "write what changed in the directory into the manifests, and show each edit")
    .option("--detailed-exitcode", "exit with 2 when something changed")
    .addOption(new Option("--format <format>", "form of the result").choices(formats).default("text"));
  withExample(
    withCommon(withProgress(withTargets(withState(withManifests(command))))),
    "reconcile drift -f manifests",
    "reconcile drift --list mailbox/ana@example.com",
    "reconcile drift --target 'list/*' --update-manifests",
  ).action((flags: DriftFlags) =>
    run(flags, async (around) => {
      if (flags.format !== "text")
        refuseFlags(flags, ["updateManifests"], "the edits are shown below the text; say --format text");
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, (session) => drift(session, flags));
    }),
  );
}

async function drift(session: Session, flags: DriftFlags): Promise<ExitFacts> {
  const { showProgress } = await import("../progress.ts");
  const { hasDrift } = await import("../../report/drift.ts");
  const progress = session.keep(showProgress(session, flags.progress));
  const found = await look(session, flags);
  await progress.close();
  session.terminal.out(await render(found, flags, session.terminal));
  if (flags.updateManifests === true) {
    const { updateManifests } = await import("../writeback.ts");
    await updateManifests(session, found, flags);
  }
  return {
    incomplete: found.unread.length > 0 || found.findings.some(({ severity }) => severity === "error"),
    changes: flags.detailedExitcode === true && hasDrift(found),
  };
}

async function look({ manifests, connect, clock, emit, stops, readState }: Session, flags: DriftFlags): Promise<Drift> {
  const { expand } = await import("../../plan/expand.ts");
  const { makeDrift } = await import("../../plan/drift-make.ts");
  const { target = [], exclude = [], label = [] } = flags;
  const list = flags.list === undefined ? undefined : readAddress(flags.list);
  const context = { connect, clock, emit, signal: stops.soft };
  const expanded = await expand(manifests, context);
  if (list !== undefined && (kindOf(list) !== "mailbox" || !expanded.resources.has(list)))
    throw unknownAddress(list, "name an address that begins with mailbox/", "It is no mailbox of the manifests");
  return makeDrift({
    ...context,
    migration: manifests.migration,
    expanded,
    state: await readState(),
    selection: { target: list === undefined ? target : [...target, list], exclude, label, wave: [], phase: [] },
    ...(list === undefined ? {} : { list }),
  });
}

async function render(drift: Drift, { format, all = false }: DriftFlags, { colour }: Terminal): Promise<string> {
  if (format === "json") return (await import("../../report/drift.ts")).driftJson(drift);
  if (format === "markdown") return (await import("../../report/drift-markdown.ts")).driftMarkdown(drift, { all });
  return (await import("../../report/drift-text.ts")).driftText(drift, { color: colour.out, all });
}
