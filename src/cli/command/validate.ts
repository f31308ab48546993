import type { Command } from "commander";
import type { ExitFacts } from "../exit.ts";
import { type ManifestFlags, withCommon, withExample, withManifests } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Terminal } from "../terminal.ts";

export function defineValidate(program: Command, run: Runner): void {
  const command = program
    .command("validate")
    .summary("read and check the manifests")
    .description(
      "Reads, checks and resolves the manifests, and says everything that is wrong with them. Touches no network, and resolves no secret.",
    );
  withExample(withCommon(withManifests(command)), "reconcile validate -f manifests").action((flags: ManifestFlags) =>
    run(flags, ({ terminal }) => validate(flags, terminal)),
  );
}

async function validate(flags: ManifestFlags, terminal: Terminal): Promise<ExitFacts> {
  const { readManifests } = await import("../manifests.ts");
  const manifests = await readManifests(flags);
  if (manifests.warnings.length > 0) {
    const { findingsText } = await import("../../report/finding.ts");
    terminal.err(findingsText(manifests.warnings, { color: terminal.colour.err }));
  }
  const counts = Map.groupBy(manifests.resources, ({ kind }) => kind);
  const { kindTable } = await import("../../kind/table.ts");
  const said = [...counts].map(
    ([kind, { length }]) => `${length} ${length === 1 ? kindTable[kind].one : kindTable[kind].many}`,
  );
  terminal.out(`The manifests are valid: ${said.length === 0 ? "nothing is declared" : said.join(", ")}.\n`);
  return {};
}
