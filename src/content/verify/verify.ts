import type { Known } from "../../contract/journal.ts";
import { type Fault, interrupted, spoiling } from "../../model/fault.ts";
import type { Place, PlaceId } from "../../model/item.ts";
import type { ProofFolder, ProofMessage, ProofUnread } from "../../model/proof.ts";
import type { MailboxVerification } from "../../model/verification.ts";
import type { ByteBudget } from "../bytes.ts";
import { pretendWrites } from "../dry.ts";
import { type Pass, preparePass } from "../pass.ts";
import type { Again } from "../patience.ts";
import type { SyncRequest } from "../request.ts";
import { pagesOf } from "../rows.ts";
import { readAnew, remember } from "./anew.ts";
import { digestsOf } from "./bodies.ts";
import { identitiesOf } from "./identities.ts";
import { createJudge, type Evidence, type Judged } from "./judge.ts";
import { testimonyOf } from "./testimony.ts";

export interface VerifyRequest extends Omit<SyncRequest, "recopy" | "restore"> {
  /** Reads and hashes the bodies on both sides. */
  readonly content: boolean;
  readonly strict: boolean;
  readonly bytes: ByteBudget;
  /** Messages named at most; the counts tell of all. */
  readonly names: number;
  /** Reads what a line that broke left out once more. */
  readonly again: Again;
  /** True where nobody tries again: folders that broke off are then named as unread, and the rest is judged. */
  readonly last: boolean;
  /** Is told of each message, and of each that is at the destination alone, with hashes of the destination's bodies. */
  readonly witness?: Witness;
}

export interface Witness {
  take(message: ProofMessage): Promise<void>;
  /** Comes last. */
  end(folders: readonly ProofFolder[], unread: readonly ProofUnread[]): Promise<void>;
}

const isPair = ({ base, destination }: Known): boolean => base !== undefined && destination?.there === true;

/** What both sides show now of a page of rows, read again: the journal is not believed. `others` are at the destination alone. */
async function gather(
  rows: readonly Known[],
  others: readonly Known[],
  request: VerifyRequest,
  unread: Map<PlaceId, Fault>,
): Promise<Evidence> {
  const { source, destination, content, witness } = request;
  const pairs = rows.filter(isPair);
  const notes = { ...request, unread };
  const identity = {
    source: await identitiesOf(source, rows, "source", notes),
    destination: await identitiesOf(destination, [...pairs, ...others], "destination", notes),
  };
  if (!content && witness === undefined) return { identity };
  const both = pairs.filter(({ row }) => identity.source.has(row) && identity.destination.has(row));
  const there = witness === undefined ? both : [...pairs, ...others].filter(({ row }) => identity.destination.has(row));
  const copies = await digestsOf(destination, there, "destination", request);
  const compared = content
    ? { source: await digestsOf(source, both, "source", request), destination: copies }
    : undefined;
  return {
    identity,
    ...(compared === undefined ? {} : { digest: compared }),
    ...(witness === undefined ? {} : { copies }),
  };
}

/** Source messages that are in question: there now, in a folder that the rules take and that both sides could read. */
const inQuestion = ({ source }: Known, { routes }: Pass): boolean =>
  source?.there === true && source.id !== undefined && routes.has(source.place);

/** At the destination, and of no source message that is in question. */
const isOther = ({ destination, ...row }: Known, pass: Pass, read: ReadonlyMap<PlaceId, Place>): boolean =>
  destination?.there === true &&
  destination.id !== undefined &&
  read.has(destination.place) &&
  !inQuestion({ ...row, destination }, pass);

/** The destination's folders that a pass reads: an optional one where something goes to it. */
function placesRead({ looks, routes }: Pass): ReadonlyMap<PlaceId, Place> {
  const targets = new Set([...routes.values()].map(({ destination }) => destination.id));
  const read = looks.destination.places.filter(
    ({ selectable, optional, id }) => selectable && (optional !== true || targets.has(id)),
  );
  return new Map(read.map((place) => [place.id, place]));
}

/** A folder that a line which broke left out is no folder that cannot be read. */
function expectTried(unread: ReadonlyMap<PlaceId, Fault>): void {
  const brief = [...unread.values()].find(({ retry }) => typeof retry === "object");
  if (brief !== undefined) throw spoiling(brief, "mailbox");
}

/**
 * Compares what is at the source with what is at the destination. Both are read anew and in full, and matched by the pass's own code; the
 * journal must be a draft, and only explains what is not there. Writes to neither side.
 */
export async function verifyMailbox(request: VerifyRequest): Promise<MailboxVerification> {
  const { journal, signal, witness } = request;
  const memory = await remember(journal);
  const destination = pretendWrites(request.destination);
  const pass = await preparePass({ ...request, destination, journal: readAnew(journal), recopy: false }, undefined);
  const unread = new Map<PlaceId, Fault>([...pass.source.unread, ...pass.destination.unread]);
  if (!request.last) expectTried(unread);
  const places = placesRead(pass);
  const judge = createJudge(pass, memory, request.names);
  for await (const page of pagesOf(journal, { rows: "all" })) {
    if (signal.aborted) throw interrupted();
    const rows = page.filter((row) => inQuestion(row, pass));
    const others = witness === undefined ? [] : page.filter((row) => isOther(row, pass, places));
    if (rows.length + others.length === 0) continue;
    const evidence = await gather(rows, others, request, unread);
    const judged = judge.take(rows, evidence, unread);
    if (witness === undefined) continue;
    const alone = [...others, ...orphansOf(rows, judged, evidence)];
    for (const message of testimonyOf(judged, alone, { pass, evidence, unread })) await witness.take(message);
  }
  const faults = [...unread].map(([what, { code, message }]) => ({ what, code, message }));
  await witness?.end(
    foldersOf(pass, places),
    faults.map(({ message, ...fault }) => ({ ...fault, reason: message })),
  );
  return {
    address: request.address,
    content: request.content,
    strict: request.strict,
    ...judge.end(),
    foldersMissing: [...pass.routes.values()]
      .filter((route) => route.fresh)
      .map((route) => route.path.join("/"))
      .toSorted(),
    unread: faults,
  };
}

/** Copies whose source went while it was read: they are at the destination alone now. */
function orphansOf(rows: readonly Known[], judged: readonly Judged[], { identity }: Evidence): readonly Known[] {
  const told = new Set(judged.map(({ row }) => row.row));
  return rows.filter(({ row }) => !told.has(row) && identity.destination.has(row));
}

/** Folders that were read, and those that are not there though something is to go to them. */
function foldersOf({ routes }: Pass, read: ReadonlyMap<PlaceId, Place>): readonly ProofFolder[] {
  const fresh = [...routes.values()].filter((route) => route.fresh);
  const missing = new Set(fresh.map(({ path }) => path.join("/")));
  const there = new Set([...read.values()].map(({ path }) => path.join("/")).filter((path) => !missing.has(path)));
  return [
    ...[...there].map((path) => ({ path, there: true })),
    ...[...missing].map((path) => ({ path, there: false })),
  ];
}
