import type { Command } from "commander";
import type { Endpoint } from "../../contract/endpoint.ts";
import { asFault, recordOf } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { ExitFacts } from "../exit.ts";
import { type ManifestFlags, withCommon, withExample, withManifests } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

export function defineCheck(program: Command, run: Runner): void {
  const command = program
    .command("check")
    .summary("open each endpoint and say what it found")
    .description(
      "Opens every endpoint that the Migration uses and says what it found and what will not work. Writes nothing.",
    );
  withExample(withCommon(withManifests(command)), "reconcile check -f manifests").action((flags: ManifestFlags) =>
    run(flags, async (around) => {
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, check);
    }),
  );
}

async function check(session: Session): Promise<ExitFacts> {
  const { findingsText } = await import("../../report/finding.ts");
  const { showCount } = await import("../../report/number.ts");
  const { terminal, stops } = session;
  const names = session.endpointsInUse();
  const counts = { error: 0, warning: 0, info: 0 };
  for (const name of names) {
    for await (const finding of findingsOf(name, session)) {
      counts[finding.severity] += 1;
      terminal.out(findingsText([finding], { color: terminal.colour.out }));
    }
    stops.soft.throwIfAborted();
  }
  terminal.out(
    `Checked ${showCount(names.length, "endpoint")}: ${showCount(counts.error, "error")}, ${showCount(counts.warning, "warning")}.\n`,
  );
  return { incomplete: counts.error > 0 };
}

/** An endpoint that cannot be opened is one finding more. */
async function* findingsOf(name: string, { connect, stops }: Session): AsyncGenerator<Finding> {
  try {
    const endpoint: Endpoint = await connect(name);
    yield { code: "endpoint.open", severity: "info", about: name, message: `opened; holds ${capabilities(endpoint)}` };
    yield* endpoint.check({ signal: stops.soft });
  } catch (thrown) {
    stops.soft.throwIfAborted();
    const {
      code,
      message,
      about = name,
      remedy,
    } = recordOf(asFault(thrown, { code: "endpoint.failed", spoils: "endpoint" }));
    yield { code, severity: "error", about, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

function capabilities({ directory, items }: Endpoint): string {
  const held = [...Object.keys(directory), ...Object.keys(items)].map((kind) => (kind === "message" ? "mail" : kind));
  return held.length === 0 ? "nothing" : held.join(", ");
}
