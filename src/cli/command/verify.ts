import type { Command } from "commander";
import { isAddress, kindOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { MailboxResource } from "../../model/resource.ts";
import type { Verified } from "../../verify/run.ts";
import type { ExitFacts } from "../exit.ts";
import {
  type AddressFlags,
  type FormatFlags,
  type StateFlags,
  withAddresses,
  withCommon,
  withExample,
  withFormat,
  withManifests,
  withState,
} from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

interface VerifyFlags extends StateFlags, AddressFlags, FormatFlags {
  readonly content?: boolean;
  readonly strict?: boolean;
  readonly list?: string;
}

/** Messages of a mailbox that are named where --list does not ask for all. */
const named = 20;

export function defineVerify(program: Command, run: Runner): void {
  const command = program
    .command("verify")
    .summary("prove that every source message that should be there is there")
    .description(
      "Reads both sides of every mailbox anew and in full, compares them by count and fingerprint, and names what is not at the destination. Writes nothing. Exits with 4 where something is missing, waits, or could not be read.",
    )
    .option("--content", "read the bodies on both sides, and compare their hashes")
    .option("--strict", "count what its user deleted at the destination as missing: a loss there looks the same")
    .option("--list <address>", "name every message of this mailbox that is not where it was brought");
  withExample(
    withCommon(withFormat(withAddresses(withState(withManifests(command))))),
    "reconcile verify -f manifests",
    "reconcile verify --content --target mailbox/ana@example.com",
  ).action((flags: VerifyFlags) =>
    run(flags, async (around) => {
      const { refuseFormatFlags } = await import("../render.ts");
      refuseFormatFlags(flags);
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, (session) => verify(session, flags));
    }),
  );
}

async function chosen(session: Session, flags: VerifyFlags): Promise<readonly MailboxResource[]> {
  const [{ resourcesOf, selectionOf }, { createSelector }] = await Promise.all([
    import("../planning.ts"),
    import("../../plan/select.ts"),
  ]);
  const resources = await resourcesOf(session);
  const selector = createSelector(selectionOf(flags), resources);
  const mailboxes = [...resources.values()].filter(
    (each): each is MailboxResource => each.kind === "mailbox" && selector.takes(each.address, "content"),
  );
  const { list } = flags;
  if (list === undefined) return mailboxes;
  const one = mailboxes.filter(({ address }) => address === list);
  if (isAddress(list) && kindOf(list) === "mailbox" && one.length > 0) return one;
  throw new Fault({
    code: "mailbox.unknown",
    message: "The manifests, or what was selected of them, hold no such mailbox",
    about: list,
    spoils: "run",
    remedy: "name an address such as mailbox/ana@example.com",
  });
}

async function verify(session: Session, flags: VerifyFlags): Promise<ExitFacts> {
  const [{ verifyMailboxes }, { createByteBudget }, { bodies }, { isProved }] = await Promise.all([
    import("../../verify/run.ts"),
    import("../../content/bytes.ts"),
    import("../carrying.ts"),
    import("../../model/verification.ts"),
  ]);
  const { connect, clock, emit, stops } = session;
  const mailboxes = await chosen(session, flags);
  if (mailboxes.length === 0) throw nothing();
  const results = await verifyMailboxes(mailboxes, {
    connect,
    clock,
    emit,
    signal: stops.soft,
    state: await session.readState(),
    bytes: createByteBudget(bodies),
    content: flags.content ?? false,
    strict: flags.strict ?? false,
    concurrency: 8,
    names: () => (flags.list === undefined ? named : Number.POSITIVE_INFINITY),
  });
  await tell(session, flags, results);
  return { incomplete: results.some((each) => "fault" in each || !isProved(each)) };
}

function nothing(): Fault {
  return new Fault({
    code: "verify.nothing",
    message: "No mailbox is declared and selected, so nothing was proved",
    spoils: "run",
    remedy: "declare accounts or mailboxes with a source and a destination, or select others",
  });
}

async function tell({ terminal, manifests }: Session, { format }: VerifyFlags, results: readonly Verified[]) {
  const { verificationJson, verificationMarkdown, verificationText } = await import("../../report/verification.ts");
  const { escapeJson } = await import("../../report/escape.ts");
  if (format === "json") terminal.out(escapeJson(verificationJson(manifests.migration.name, results)));
  else if (format === "markdown") terminal.out(verificationMarkdown(results));
  else terminal.out(verificationText(results, { color: terminal.colour.out }));
}
