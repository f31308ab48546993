import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { ByteBudget } from "../content/bytes.ts";
import { createPairs, openSide, type Pairs } from "../content/pair.ts";
import { createAgain } from "../content/patience.ts";
import { verifyMailbox, type VerifyRequest, type Witness } from "../content/verify/verify.ts";
import { sideBySide } from "../content/lane.ts";
import type { Address } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { Fault, interrupted } from "../model/fault.ts";
import { type ProofHead, proofHash } from "../model/proof.ts";
import type { MailboxResource, MailboxSide } from "../model/resource.ts";
import type { MailboxVerification } from "../model/verification.ts";
import type { Signer } from "./proof/key.ts";
import { type UnreadMailbox, unreadMailbox } from "./unread.ts";
import { createProofWriter, type ProofWriter } from "./proof/write.ts";

export interface VerifyContext {
  /** An endpoint by its name in the manifests; whoever gives it closes it. */
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  /** Only read; may be empty. */
  readonly state: StateStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly bytes: ByteBudget;
  readonly content: boolean;
  readonly strict: boolean;
  /** Mailboxes that are read at one time. */
  readonly concurrency: number;
  /** How many messages of a mailbox are named. */
  readonly names: (mailbox: Address) => number;
  /** Where a proof of each mailbox is written. */
  readonly proofs?: ProofPlace;
}

/** Where proofs go, and what they say of where they come from. */
export interface ProofPlace {
  readonly folder: string;
  readonly migration: string;
  readonly sign?: Signer;
  /** Which system an endpoint is, whatever it is called. */
  readonly system: (endpoint: string) => string | undefined;
}

export type Verified = MailboxVerification | UnreadMailbox;

/** Verifies mailboxes, several at one time, in their order. What fails leaves its own mailbox unread. */
export async function verifyMailboxes(
  mailboxes: readonly MailboxResource[],
  context: VerifyContext,
): Promise<readonly Verified[]> {
  const pairs = createPairs(context.connect);
  const results = new Map<Address, Verified>();
  await sideBySide(mailboxes, Math.max(1, context.concurrency), async (mailbox) => {
    results.set(mailbox.address, await verifyOne(mailbox, context, pairs));
  });
  return mailboxes.flatMap(({ address }) => results.get(address) ?? []);
}

async function verifyOne(mailbox: MailboxResource, context: VerifyContext, pairs: Pairs): Promise<Verified> {
  const { address } = mailbox;
  try {
    return await createAgain(context)(address, (last) => readBoth(mailbox, context, pairs, last));
  } catch (thrown) {
    if (context.signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
    return unreadMailbox(address, thrown);
  }
}

/** Readings of a part that are tried before the mailbox is opened anew. */
const triesInside = 4;

async function readBoth(
  mailbox: MailboxResource,
  context: VerifyContext,
  pairs: Pairs,
  last: boolean,
): Promise<MailboxVerification> {
  const { address, mode, folders, messages } = mailbox;
  const { connect, state, signal, emit, clock, bytes, content, strict, names, proofs } = context;
  const open: { close(): Promise<void> }[] = [];
  try {
    const stores = await pairs.open(mailbox, (use, admitted) =>
      openSide(mailbox[use], { use, signal, admitted }, connect),
    );
    open.push(stores.source, stores.destination);
    // In full: a run that writes the state meanwhile does not move what explains absences.
    const journal = await state.draft(address, true);
    open.push(journal);
    const writer = proofs === undefined ? undefined : createProofWriter(proofs.folder, address, proofs.sign);
    if (writer !== undefined) open.push(writer);
    const rules = { mode, folders, messages };
    const way = { emit, signal, clock, bytes, again: createAgain(context, triesInside) };
    const request: VerifyRequest = {
      address,
      ...stores,
      ...rules,
      ...way,
      journal,
      content,
      strict,
      names: names(address),
      last,
      ...(writer === undefined || proofs === undefined
        ? {}
        : { witness: witnessOf(writer, headOf(mailbox, context, proofs)) }),
    };
    return await verifyMailbox(request);
  } finally {
    await Promise.allSettled(open.map((each) => each.close()));
  }
}

const witnessOf = (writer: ProofWriter, head: ProofHead): Witness => ({
  take: (message) => writer.add(message),
  end: (folders, unread) => writer.end({ head, folders, unread }),
});

function headOf(
  { address, source, destination }: MailboxResource,
  { clock, content, strict }: VerifyContext,
  { migration, system }: ProofPlace,
): ProofHead {
  const endOf = ({ endpoint, user }: MailboxSide) => {
    const which = system(endpoint);
    return { endpoint, user, ...(which === undefined ? {} : { system: which }) };
  };
  return {
    format: 1,
    migration,
    mailbox: address,
    made: new Date(clock.now()).toISOString(),
    source: endOf(source),
    destination: endOf(destination),
    hash: proofHash,
    content,
    strict,
  };
}
