import { type Command, Option } from "commander";
import { graphForms } from "../../report/graph.ts";
import type { ExitFacts } from "../exit.ts";
import { type ManifestFlags, type TargetFlags, withCommon, withExample, withManifests, withTargets } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Terminal } from "../terminal.ts";

interface GraphFlags extends ManifestFlags, TargetFlags {
  readonly format: (typeof graphForms)[number];
}

export function defineGraph(program: Command, run: Runner): void {
  const command = program
    .command("graph")
    .summary("draw what needs what")
    .description(
      "Draws the resources that the manifests declare, by domain, with an arrow from each to what must be there before it. Touches no network; people whom only rows declare are not in it.",
    )
    .addOption(new Option("--format <format>", "form of the result").choices(graphForms).default("mermaid"));
  withExample(
    withCommon(withTargets(withManifests(command))),
    "reconcile graph -f manifests",
    "reconcile graph --format dot --exclude 'mailbox/*' | dot -Tsvg > people.svg",
  ).action((flags: GraphFlags) => run(flags, ({ terminal }) => graph(flags, terminal)));
}

async function graph(flags: GraphFlags, terminal: Terminal): Promise<ExitFacts> {
  const { readManifests } = await import("../manifests.ts");
  const { createSelector } = await import("../../plan/select.ts");
  const { dependencyGraph } = await import("../../plan/graph.ts");
  const { graphText } = await import("../../report/graph.ts");
  const { findingsText } = await import("../../report/finding.ts");
  const { resources, froms } = await readManifests(flags);
  const { target = [], exclude = [], label = [] } = flags;
  const marks = new Map(resources.map((resource) => [resource.address, resource]));
  const selector = createSelector({ target, exclude, label, wave: [], phase: [] }, marks);
  const drawn = dependencyGraph(resources, ({ address, kind }) =>
    selector.takes(address, kind === "mailbox" ? "content" : "directory"),
  );
  const left = froms.map(({ kind, domain }) => ({
    code: "graph.rows",
    severity: "info" as const,
    about: `domain/${domain}`,
    message: `Those whom its ${kind}sFrom declares are not drawn: they are known once its rows are read`,
  }));
  const findings = [...selector.idle(marks.keys()), ...left];
  if (findings.length > 0) terminal.err(findingsText(findings, { color: terminal.colour.err }));
  terminal.out(graphText(drawn, flags.format));
  return {};
}
