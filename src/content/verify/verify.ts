import type { ItemStore } from "../../contract/item-store.ts";
import type { Known, Side } from "../../contract/journal.ts";
import { Fault, interrupted } from "../../model/fault.ts";
import type { PlaceId } from "../../model/item.ts";
import type { MailboxVerification } from "../../model/verification.ts";
import type { ByteBudget } from "../bytes.ts";
import { pretendWrites } from "../dry.ts";
import type { Identity } from "../fingerprint.ts";
import { byPlace, identities } from "../identity.ts";
import { type Pass, preparePass } from "../pass.ts";
import type { SyncRequest } from "../request.ts";
import { pagesOf } from "../rows.ts";
import { readAnew, remember } from "./anew.ts";
import { digestsOf } from "./bodies.ts";
import { createJudge, type Evidence } from "./judge.ts";

export interface VerifyRequest extends Omit<SyncRequest, "recopy" | "restore"> {
  /** Reads and hashes bodies. */
  readonly content: boolean;
  readonly strict: boolean;
  readonly bytes: ByteBudget;
  /** Messages named at most; the counts tell of all. */
  readonly names: number;
}

/** Identities by row; places whose headers could not be read are noted. */
async function identitiesOf(
  store: ItemStore,
  rows: readonly Known[],
  side: Side,
  { signal, unread }: { readonly signal: AbortSignal; readonly unread: Map<PlaceId, Fault> },
): Promise<ReadonlyMap<number, Identity>> {
  const found = new Map<number, Identity>();
  for (const [place, ids] of byPlace(rows, side)) {
    try {
      for await (const { row, identity } of identities(store, [...ids.values()], side, signal))
        found.set(row.row, identity);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || (thrown.spoils !== "item" && thrown.spoils !== "place")) throw thrown;
      unread.set(place, thrown);
    }
  }
  return found;
}

const isPair = ({ base, destination }: Known): boolean => base !== undefined && destination?.there === true;

/** What both sides show now of a page of rows, read again: the journal is not believed. */
async function gather(rows: readonly Known[], request: VerifyRequest, unread: Map<PlaceId, Fault>): Promise<Evidence> {
  const { source, destination, signal, content } = request;
  const pairs = rows.filter(isPair);
  const notes = { signal, unread };
  const identity = {
    source: await identitiesOf(source, rows, "source", notes),
    destination: await identitiesOf(destination, pairs, "destination", notes),
  };
  if (!content) return { identity };
  const both = pairs.filter(({ row }) => identity.source.has(row) && identity.destination.has(row));
  const digest = {
    source: await digestsOf(source, both, "source", request),
    destination: await digestsOf(destination, both, "destination", request),
  };
  return { identity, digest };
}

/** Source messages that are in question: there now, in a folder that the rules take and that both sides could read. */
const inQuestion = ({ source }: Known, { routes }: Pass): boolean =>
  source?.there === true && source.id !== undefined && routes.has(source.place);

/**
 * Compares what is at the source with what is at the destination. Both are read anew and in full, and matched by the pass's own code; the
 * journal must be a draft, and only explains what is not there. Writes to neither side.
 */
export async function verifyMailbox(request: VerifyRequest): Promise<MailboxVerification> {
  const { journal, signal } = request;
  const memory = await remember(journal);
  const destination = pretendWrites(request.destination);
  const pass = await preparePass({ ...request, destination, journal: readAnew(journal), recopy: false }, undefined);
  const unread = new Map<PlaceId, Fault>([...pass.source.unread, ...pass.destination.unread]);
  const judge = createJudge(pass, memory, request.names);
  for await (const page of pagesOf(journal, { rows: "all" })) {
    if (signal.aborted) throw interrupted();
    const rows = page.filter((row) => inQuestion(row, pass));
    if (rows.length > 0) judge.take(rows, await gather(rows, request, unread), unread);
  }
  return {
    address: request.address,
    content: request.content,
    strict: request.strict,
    ...judge.end(),
    foldersMissing: [...pass.routes.values()]
      .filter((route) => route.fresh)
      .map((route) => route.path.join("/"))
      .toSorted(),
    unread: [...unread].map(([what, { code, message }]) => ({ what, code, message })),
  };
}
