import { type Command, Option } from "commander";
import type { CheckReport } from "../../check/run.ts";
import type { ExitFacts } from "../exit.ts";
import { type ManifestFlags, withCommon, withExample, withManifests } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

interface CheckFlags extends ManifestFlags {
  readonly format: "text" | "json";
}

export function defineCheck(program: Command, run: Runner): void {
  const command = program
    .command("check")
    .summary("open each endpoint and say what it found")
    .description(
      "Opens every endpoint that the Migration uses, logs in to every mailbox, and says what it found and what will not work. Writes nothing.",
    )
    .addOption(new Option("--format <format>", "form of the result").choices(["text", "json"]).default("text"));
  withExample(withCommon(withManifests(command)), "reconcile check -f manifests").action((flags: CheckFlags) =>
    run(flags, async (around) => {
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, (session) => check(session, flags));
    }),
  );
}

async function check(session: Session, { format }: CheckFlags): Promise<ExitFacts> {
  const [{ checkEndpoints }, { expand }, { unreadFindings }, { exposedSecrets }] = await Promise.all([
    import("../../check/run.ts"),
    import("../../plan/expand.ts"),
    import("../../report/finding.ts"),
    import("../../manifest/exposed.ts"),
  ]);
  const { manifests, connect, emit, stops, terminal } = session;
  const expanded = await expand(manifests, { connect, emit, signal: stops.soft });
  const mailboxes = [...expanded.resources.values()].filter(({ kind }) => kind === "mailbox").length;
  const endpoints = session.endpointsInUse();
  const makesAccounts = manifests.migration.destination.directory !== undefined;
  const context = { endpoints, resources: expanded.resources, makesAccounts, connect, signal: stops.soft };
  const exposed = await exposedSecrets(manifests.endpoints.values(), expanded.resources.values());
  const report = [exposed, unreadFindings(expanded), ...(await checkEndpoints(context))];
  const findings = report.flat();
  const errors = findings.filter(({ severity }) => severity === "error").length;
  if (format === "json") terminal.out(`${JSON.stringify({ findings }, null, 2)}\n`);
  else await tell(session, report, { endpoints: endpoints.length, mailboxes });
  return { incomplete: errors > 0 };
}

async function tell(
  { terminal }: Session,
  report: CheckReport,
  checked: { readonly endpoints: number; readonly mailboxes: number },
): Promise<void> {
  const { findingsText } = await import("../../report/finding.ts");
  const { showCount } = await import("../../report/number.ts");
  for (const findings of report)
    if (findings.length > 0) terminal.out(findingsText(findings, { color: terminal.colour.out, everybody: true }));
  const count = (severity: string): number => report.flat().filter((each) => each.severity === severity).length;
  const { endpoints, mailboxes } = checked;
  const also = mailboxes === 0 ? "" : ` and ${showCount(mailboxes, "mailbox", "mailboxes")}`;
  terminal.out(
    `Checked ${showCount(endpoints, "endpoint")}${also}: ${showCount(count("error"), "error")}, ${showCount(count("warning"), "warning")}.\n`,
  );
}
