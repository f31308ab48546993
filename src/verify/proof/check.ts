import type { Clock, Endpoint } from "../../contract/endpoint.ts";
import type { StateStore } from "../../contract/state-store.ts";
import type { ByteBudget } from "../../content/bytes.ts";
import { openSide } from "../../content/pair.ts";
import { sideBySide } from "../../content/lane.ts";
import { createAgain } from "../../content/patience.ts";
import { behold, type Beholding } from "../../content/verify/behold.ts";
import type { Emit } from "../../model/event.ts";
import { Fault, interrupted } from "../../model/fault.ts";
import type { FateCounts, FatedMessage, ProofCheck } from "../../model/proofcheck.ts";
import type { MailboxResource } from "../../model/resource.ts";
import { type UnreadMailbox, unreadMailbox } from "../unread.ts";
import { type Comparison, createComparison } from "./compare.ts";
import { nameOfKey } from "./key.ts";
import { type Fate, isRedated } from "./pairs.ts";
import { broken, readProof, type ReadProof } from "./read.ts";

export interface CheckContext {
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly bytes: ByteBudget;
  readonly strict: boolean;
  /** Base64 of the SubjectPublicKeyInfo that must have signed. */
  readonly publicKey?: string;
  readonly concurrency: number;
  /** Messages of a mailbox that are named. */
  readonly names: number;
}

/** A mailbox and the file of its proof. */
export interface ToCheck {
  readonly mailbox: MailboxResource;
  readonly file: string;
}

export type Checked = ProofCheck | UnreadMailbox;

/** Holds destinations against proofs, several at one time, in their order. What fails leaves its own mailbox unread. */
export async function checkProofs(all: readonly ToCheck[], context: CheckContext): Promise<readonly Checked[]> {
  const results = new Map<ToCheck, Checked>();
  await sideBySide(all, Math.max(1, context.concurrency), async (one) => {
    results.set(one, await checkOne(one, context));
  });
  return all.flatMap((one) => results.get(one) ?? []);
}

/** Readings of a part that are tried before the mailbox is opened anew. */
const triesInside = 4;

async function checkOne(one: ToCheck, context: CheckContext): Promise<Checked> {
  const { address } = one.mailbox;
  try {
    return await createAgain(context)(address, () => holdAgainst(one, context));
  } catch (thrown) {
    if (context.signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
    return unreadMailbox(address, thrown);
  }
}

async function holdAgainst(one: ToCheck, context: CheckContext): Promise<ProofCheck> {
  const comparison = createComparison();
  try {
    const proof = await readProof(one.file, context.publicKey, async ({ destination, messageId }) => {
      if (destination !== undefined)
        await comparison.was({ side: destination, ...(messageId === undefined ? {} : { messageId }) });
    });
    if (proof.head.mailbox !== one.mailbox.address)
      throw broken(one.file, `It is the proof of another mailbox: ${proof.head.mailbox}`);
    const now = await readNow(one.mailbox, proof, comparison, context);
    return await tell(one, proof, now, comparison, context);
  } finally {
    await comparison.close();
  }
}

async function readNow(
  { address, destination, mode }: MailboxResource,
  { folders }: ReadProof,
  comparison: Comparison,
  context: CheckContext,
): Promise<Beholding> {
  const { connect, state, signal, bytes } = context;
  const open: { close(): Promise<void> }[] = [];
  try {
    const store = await openSide(destination, { use: "destination", signal }, connect);
    open.push(store);
    const journal = await state.draft(address, true);
    open.push(journal);
    const again = createAgain(context, triesInside);
    const request = { address, destination: store, journal, mode, signal, bytes, again };
    return await behold({ ...request, named: (path) => folders.has(path) }, (message) => comparison.now(message));
  } finally {
    await Promise.allSettled(open.map((each) => each.close()));
  }
}

async function tell(
  { mailbox: { address }, file }: ToCheck,
  { head, closing, signedBy, folders }: ReadProof,
  now: Beholding,
  comparison: Comparison,
  { strict, publicKey, names }: CheckContext,
): Promise<ProofCheck> {
  const counts: Record<keyof FateCounts, number> = { same: 0, moved: 0, changed: 0, missing: 0, extra: 0, unread: 0 };
  const grave: FatedMessage[] = [];
  const light: FatedMessage[] = [];
  let redated = 0;
  for await (const fate of comparison.fates()) {
    counts[fate.is] += 1;
    if ((fate.is === "same" || fate.is === "moved") && isRedated(fate.was, fate.now)) redated += 1;
    const list = fate.is === "moved" || fate.is === "extra" ? light : grave;
    if (fate.is !== "same" && list.length < names) list.push(fated(fate));
  }
  const named = [...grave, ...light].slice(0, names);
  const told = counts.changed + counts.missing + counts.unread + counts.moved + counts.extra;
  return {
    address,
    file,
    made: head.made,
    proved: closing.proved,
    ...(signedBy === undefined ? {} : { signedBy: nameOfKey(signedBy) }),
    trusted: publicKey !== undefined,
    strict,
    counts,
    redated,
    foldersMissing: [...folders].filter((path) => !now.folders.has(path)).toSorted(),
    unread: now.unread,
    named,
    unnamed: told - named.length,
  };
}

function fated(fate: Fate): FatedMessage {
  const was = "was" in fate ? fate.was : undefined;
  const shown = "now" in fate ? fate.now : fate.was;
  const { folder, date, size } = shown.side;
  const messageId = shown.messageId ?? was?.messageId;
  return {
    is: fate.is,
    folder,
    ...(was === undefined || was.side.folder === folder ? {} : { from: was.side.folder }),
    date,
    size,
    ...(messageId === undefined ? {} : { messageId }),
    ...(fate.is === "changed" ? { what: fate.what } : {}),
  };
}
