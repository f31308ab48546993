import { readFile, stat } from "node:fs/promises";
import { createByteBudget } from "../content/bytes.ts";
import { systemOf } from "../manifest/endpoint.ts";
import { isAddress, kindOf } from "../model/address.ts";
import type { Event } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { stands } from "../model/proofcheck.ts";
import type { MailboxResource } from "../model/resource.ts";
import { isProved } from "../model/verification.ts";
import { createSelector } from "../plan/select.ts";
import { escapeJson, escapeLine } from "../report/escape.ts";
import { showDuration } from "../report/number.ts";
import { proofCheckJson, proofCheckMarkdown, proofCheckText } from "../report/proofcheck.ts";
import { verificationJson, verificationMarkdown, verificationText } from "../report/verification.ts";
import { type Checked, checkProofs } from "../verify/proof/check.ts";
import { proofsIn } from "../verify/proof/find.ts";
import { publicKeyOf, type Signer, signerOf } from "../verify/proof/key.ts";
import { recordVerified } from "../verify/record.ts";
import { type ProofPlace, verifyMailboxes } from "../verify/run.ts";
import { bodies } from "./carrying.ts";
import type { ExitFacts } from "./exit.ts";
import type { Format, VerifyFlags } from "./flags.ts";
import { resourcesOf, selectionOf } from "./planning.ts";
import type { Session } from "./session.ts";

/** Messages of a mailbox that are named where --list does not ask for all; programs get more, and either are told how many are left. */
const named: Readonly<Record<Format, number>> = { text: 20, markdown: 20, json: 1000 };
const namesOf = ({ list, format }: VerifyFlags): number =>
  list === undefined ? named[format] : Number.POSITIVE_INFINITY;

/** Mailboxes that are read at one time. */
const concurrency = 8;

/** What a reading of mailboxes needs, whatever they are held against. */
const reading = async (session: Session, { strict = false }: VerifyFlags) => ({
  connect: session.connect,
  clock: session.clock,
  emit: (event: Event) => session.emit(event),
  signal: session.stops.soft,
  state: await session.readState(),
  bytes: createByteBudget(bodies),
  strict,
  concurrency,
});

/** Reads both sides of the mailboxes that were chosen; writes manifests of hashes and remembers what was proved, where asked to. */
export async function prove(session: Session, flags: VerifyFlags): Promise<ExitFacts> {
  const { terminal, manifests } = session;
  const mailboxes = await chosen(session, flags);
  const proofs = await placeOfProofs(session, flags);
  tellWaits(session);
  const results = await verifyMailboxes(mailboxes, {
    ...(await reading(session, flags)),
    content: flags.content ?? false,
    names: () => namesOf(flags),
    ...(proofs === undefined ? {} : { proofs }),
  });
  if (flags.format === "json") terminal.out(escapeJson(verificationJson(manifests.migration.name, results)));
  else if (flags.format === "markdown") terminal.out(verificationMarkdown(results));
  else terminal.out(verificationText(results, { color: terminal.colour.out }));
  if (proofs !== undefined) {
    const written = results.filter((each) => !("fault" in each)).length;
    terminal.err(`Manifests of hashes: ${written} of ${mailboxes.length} in ${escapeLine(proofs.folder)}.\n`);
  }
  if (flags.record === true) await remember(session, mailboxes, results);
  return { incomplete: results.some((each) => "fault" in each || !isProved(each)) };
}

async function remember(
  session: Session,
  mailboxes: readonly MailboxResource[],
  results: Parameters<typeof recordVerified>[1],
) {
  const { thisHolder } = await import("../state/holder.ts");
  const state = await session.state();
  const lease = await state.acquire(thisHolder("reconcile verify --record"));
  try {
    const { clock, manifests } = session;
    const system = (name: string): string | undefined => systemOf(manifests.endpoints.get(name)?.spec);
    const count = await recordVerified(mailboxes, results, { ledger: state.ledger, lease, system, now: clock.now() });
    session.terminal.err(`Remembered as verified: ${count} of ${mailboxes.length}.\n`);
  } finally {
    await lease.release().catch(() => undefined);
  }
}

/** The signing key is had before anything is read. */
async function placeOfProofs(session: Session, { manifestOut }: VerifyFlags): Promise<ProofPlace | undefined> {
  if (manifestOut === undefined) return undefined;
  const { migration, endpoints } = session.manifests;
  const { signingKey, name } = migration;
  const sign: Signer | undefined = signingKey === undefined ? undefined : signerOf(await session.secret(signingKey));
  if (sign === undefined)
    session.terminal.err("The manifests of hashes are not signed: the Migration names no verification.signingKey.\n");
  const system = (endpoint: string): string | undefined => systemOf(endpoints.get(endpoint)?.spec);
  return { folder: manifestOut, migration: name, system, ...(sign === undefined ? {} : { sign }) };
}

/** Holds the destinations of the mailboxes that were chosen against manifests of hashes. */
export async function holdAgainst(session: Session, flags: VerifyFlags, path: string): Promise<ExitFacts> {
  const { terminal, manifests } = session;
  const key = flags.publicKey === undefined ? undefined : publicKeyOf(await textOf(flags.publicKey), flags.publicKey);
  const isFolder = (await stat(path).catch(noSuch(path))).isDirectory();
  const mailboxes = await chosen(session, flags);
  const { found, strangers } = await proofsIn(path, isFolder, mailboxes, isWhole(flags));
  tellWaits(session);
  const results: readonly Checked[] = [
    ...(await checkProofs(found, {
      ...(await reading(session, flags)),
      names: namesOf(flags),
      ...(key === undefined ? {} : { publicKey: key }),
    })),
    ...strangers,
  ];
  if (flags.format === "json") terminal.out(escapeJson(proofCheckJson(manifests.migration.name, results)));
  else if (flags.format === "markdown") terminal.out(proofCheckMarkdown(results));
  else terminal.out(proofCheckText(results, { color: terminal.colour.out }));
  return { incomplete: results.some((each) => "fault" in each || !stands(each)) };
}

/** True where nothing was selected: a proof of no declared mailbox is then told. */
const isWhole = ({ target, exclude, label, wave, list }: VerifyFlags): boolean =>
  [target, exclude, label, wave, list].every((each) => each === undefined);

const noSuch =
  (path: string) =>
  (cause: unknown): never => {
    throw new Fault({
      code: "proof.missing",
      message: `It cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`,
      about: path,
      spoils: "run",
      remedy: "name a file or a folder that is there",
      cause,
    });
  };

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(noSuch(path));

function tellWaits(session: Session): void {
  session.emit = (event) => {
    if (event.type !== "waiting") return;
    const { about, ms, reason } = event;
    session.terminal.err(`waiting  ${escapeLine(about)}: ${showDuration(ms)}, ${escapeLine(reason)}\n`);
  };
}

/** Throws where nothing is declared and selected. */
async function chosen(session: Session, flags: VerifyFlags): Promise<readonly MailboxResource[]> {
  const resources = await resourcesOf(session);
  const selector = createSelector(selectionOf(flags), resources);
  const mailboxes = [...resources.values()].filter(
    (each): each is MailboxResource => each.kind === "mailbox" && selector.takes(each.address, "content"),
  );
  const { list } = flags;
  if (mailboxes.length === 0 && list === undefined)
    throw new Fault({
      code: "verify.nothing",
      message: "No mailbox is declared and selected, so nothing was proved",
      spoils: "run",
      remedy: "declare accounts or mailboxes with a source and a destination, or select others",
    });
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
