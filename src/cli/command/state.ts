import { type Command, Option } from "commander";
import type { Lease, StateStore } from "../../contract/state-store.ts";
import { type Address, kindOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import { escapeJson, escapeLine } from "../../report/escape.ts";
import type { Remembered, RememberedInFull } from "../../report/state.ts";
import { readAddress, unknownAddress } from "../address.ts";
import type { ExitFacts } from "../exit.ts";
import { type StateFlags, withCommon, withExample, withManifests, withState, withTarget } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

interface Form {
  readonly format: "text" | "json";
}
interface ListFlags extends StateFlags, Form {
  readonly target?: readonly string[];
}
interface ForgetFlags extends StateFlags {
  readonly target?: readonly string[];
  readonly force?: boolean;
}

export function defineState(program: Command, run: Runner): void {
  const state = program
    .command("state")
    .summary("look after what is remembered")
    .description(
      "Shows what the state remembers of each address, gives it another name, or forgets it. Touches no endpoint.",
    );
  withExample(state, "reconcile state list", "reconcile state mv mailbox/bo.ek@example.com mailbox/bo@example.com");
  const inSession = <F extends StateFlags>(flags: F, work: (session: Session) => Promise<ExitFacts>): Promise<void> =>
    run(flags, async (around) => {
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, work);
    });
  defineList(state, inSession);
  defineShow(state, inSession);
  defineMove(state, inSession);
  defineForget(state, inSession);
}

type InSession = <F extends StateFlags>(flags: F, work: (session: Session) => Promise<ExitFacts>) => Promise<void>;

const withEnds = (command: Command): Command => withCommon(withState(withManifests(command)));
const formatOption = (): Option =>
  new Option("--format <format>", "form of the result").choices(["text", "json"]).default("text");

function defineList(state: Command, inSession: InSession): void {
  const command = state
    .command("list")
    .summary("every address that something is remembered of")
    .description(
      "Lists the addresses that something is remembered of: the endpoint's id, protection, the last step of a run, and the messages of a mailbox.",
    )
    .addOption(formatOption());
  withExample(withEnds(withTarget(command)), "reconcile state list --target 'mailbox/*'").action((flags: ListFlags) =>
    inSession(flags, (session) => list(session, flags)),
  );
}

function defineShow(state: Command, inSession: InSession): void {
  const command = state
    .command("show")
    .summary("all that is remembered of one address")
    .description(
      "Shows all that is remembered of an address; of a mailbox its folders, where each goes and how many messages are paired in it.",
    )
    .argument("<address>", "such as mailbox/ana@example.com")
    .addOption(formatOption());
  withExample(withEnds(command), "reconcile state show mailbox/ana@example.com").action(
    (address: string, flags: StateFlags & Form) => inSession(flags, (session) => show(session, address, flags)),
  );
}

function defineMove(state: Command, inSession: InSession): void {
  const command = state
    .command("mv")
    .summary("give what is remembered another name")
    .description(
      "Says that what is remembered of OLD is NEW's from now on: after a rename that was not made by an apply, or where a mailbox moved. Changes the state alone.",
    )
    .argument("<old>", "the address as it was")
    .argument("<new>", "the address as it is");
  withExample(withEnds(command), "reconcile state mv account/bo.ek@example.com account/bo@example.com").action(
    (from: string, to: string, flags: StateFlags) => inSession(flags, (session) => move(session, from, to)),
  );
}

function defineForget(state: Command, inSession: InSession): void {
  const command = state
    .command("forget")
    .summary("forget an address, so that it is looked at anew")
    .description(
      "Forgets what is remembered of addresses, says what that costs, and asks. Changes the state alone: what is at the endpoints is recognised and taken over by the next apply.",
    )
    .argument("[address]", "such as mailbox/ana@example.com")
    .option("--force", "do not ask");
  withExample(withEnds(withTarget(command)), "reconcile state forget mailbox/ana@example.com").action(
    (address: string | undefined, flags: ForgetFlags) => inSession(flags, (session) => forget(session, address, flags)),
  );
}

async function list({ terminal, statePath, readState }: Session, flags: ListFlags): Promise<ExitFacts> {
  const { remembered } = await import("../remembered.ts");
  const { rememberedText } = await import("../../report/state.ts");
  const all = await remembered(await readState(), flags.target);
  if (flags.format === "json") terminal.out(json({ addresses: all }));
  else if (all.length > 0) terminal.out(rememberedText(all, { color: terminal.colour.out }));
  else
    terminal.out(`Nothing is remembered at ${escapeLine(statePath)}${flags.target === undefined ? "" : " of that"}.\n`);
  return {};
}

const json = (value: object): string => escapeJson(`${JSON.stringify(value, null, 2)}\n`);

async function show({ terminal, readState }: Session, text: string, { format }: Form): Promise<ExitFacts> {
  const { rememberedInFull } = await import("../remembered.ts");
  const { rememberedInFullText } = await import("../../report/state.ts");
  const address = readAddress(text);
  const known: RememberedInFull | undefined = await rememberedInFull(await readState(), address);
  if (known === undefined) throw nothingKnown(address);
  terminal.out(format === "json" ? json(known) : rememberedInFullText(known, { color: terminal.colour.out }));
  return {};
}

const nothingKnown = (about: string): Fault =>
  unknownAddress(about, "`reconcile state list` shows of what something is", "Nothing is remembered of it");

async function move(session: Session, oldText: string, newText: string): Promise<ExitFacts> {
  const [from, to] = [readAddress(oldText), readAddress(newText)];
  if (kindOf(from) !== kindOf(to)) {
    throw new Fault({
      code: "address.unfit",
      message: `It cannot become ${to}: that is of another kind`,
      about: from,
      spoils: "run",
      remedy: `name an address that begins with ${kindOf(from)}/`,
    });
  }
  await changing(session, "reconcile state mv", from, async (state, lease) => state.rename(lease, from, to));
  session.terminal.out(`What was remembered of ${escapeLine(from)} is now ${escapeLine(to)}'s.\n`);
  return {};
}

/** Changes the state under its lease, after a copy of it was put aside. */
async function changing(
  session: Session,
  command: string,
  about: string,
  work: (state: StateStore, lease: Lease) => Promise<void>,
): Promise<void> {
  // One that is not there is not made.
  if ((await session.readState()).created) throw nothingKnown(about);
  const { thisHolder } = await import("../../state/holder.ts");
  const state = await session.state();
  const lease = await state.acquire(thisHolder(command));
  try {
    const copy = await state.copyAside();
    await work(state, lease);
    session.terminal.err(`The state as it was: ${escapeLine(copy)}\n`);
  } finally {
    await lease.release().catch(() => undefined);
  }
}

async function forget(session: Session, text: string | undefined, flags: ForgetFlags): Promise<ExitFacts> {
  const { remembered } = await import("../remembered.ts");
  const { target = [] } = flags;
  if ((text === undefined) === (target.length === 0)) {
    throw new Fault({
      code: "address.missing",
      message: "Say what to forget: one address, or globs with --target",
      spoils: "run",
      remedy: "for example: reconcile state forget mailbox/ana@example.com",
    });
  }
  const wanted = text === undefined ? undefined : readAddress(text);
  const found = (await remembered(await session.readState(), wanted === undefined ? target : [])).filter(
    ({ address }) => wanted === undefined || address === wanted,
  );
  if (found.length === 0) throw nothingKnown(wanted ?? target.join(" "));
  await tellLoss(session, found);
  const addresses = found.map(({ address }) => address);
  if (flags.force !== true && !(await isConfirmed(session))) return { refused: true };
  await changing(session, "reconcile state forget", addresses[0] ?? "", (state, lease) =>
    state.forget(lease, addresses),
  );
  session.terminal.out(addresses.map((address) => `Forgotten: ${escapeLine(address)}\n`).join(""));
  return {};
}

async function tellLoss({ terminal, readState }: Session, found: readonly Remembered[]): Promise<void> {
  const { openMessages } = await import("../remembered.ts");
  const { lossLines } = await import("../../report/loss.ts");
  const state = await readState();
  const open = async (address: Address): Promise<number> => openMessages(state, address);
  const all = [];
  for (const each of found) all.push({ ...each, open: each.mailbox === undefined ? 0 : await open(each.address) });
  const names = found.map(({ address }) => `  ${escapeLine(address)}\n`).join("");
  const losses = lossLines(all).map((line) => `  - ${line}\n`);
  terminal.err(`To be forgotten:\n${names}${losses.length === 0 ? "" : `What is lost with it:\n${losses.join("")}`}`);
}

async function isConfirmed({ terminal }: Session): Promise<boolean> {
  if (!terminal.asks) {
    throw new Fault({
      code: "terminal.missing",
      message: "There is nobody to ask",
      spoils: "run",
      remedy: "forget with --force if it is meant",
    });
  }
  const confirmed = (await terminal.ask("Forget this? Type yes: ")) === "yes";
  if (!confirmed) terminal.err("Not confirmed; nothing was changed.\n");
  return confirmed;
}
