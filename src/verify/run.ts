import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { ByteBudget } from "../content/bytes.ts";
import { createPairs, openSide, type Pairs } from "../content/pair.ts";
import { verifyMailbox, type VerifyRequest } from "../content/verify/verify.ts";
import type { Address } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { asFault, Fault, interrupted, recordOf } from "../model/fault.ts";
import type { MailboxResource } from "../model/resource.ts";
import type { MailboxVerification } from "../model/verification.ts";

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
}

export type Verified = MailboxVerification | UnreadMailbox;

/** A mailbox that could not be read: nothing is said about it. */
interface UnreadMailbox {
  readonly address: Address;
  readonly fault: { readonly code: string; readonly message: string; readonly remedy?: string };
}

/** Verifies mailboxes, several at one time, in their order. What fails leaves its own mailbox unread. */
export async function verifyMailboxes(
  mailboxes: readonly MailboxResource[],
  context: VerifyContext,
): Promise<readonly Verified[]> {
  const results = new Map<Address, Verified>();
  const pairs = createPairs(context.connect);
  const waiting = mailboxes.values();
  const work = async (): Promise<void> => {
    for (const mailbox of waiting) results.set(mailbox.address, await verifyOne(mailbox, context, pairs));
  };
  await Promise.all(Array.from({ length: Math.max(1, context.concurrency) }, work));
  return mailboxes.flatMap(({ address }) => results.get(address) ?? []);
}

async function verifyOne(mailbox: MailboxResource, context: VerifyContext, pairs: Pairs): Promise<Verified> {
  const { address } = mailbox;
  try {
    return await readBoth(mailbox, context, pairs);
  } catch (thrown) {
    if (context.signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
    const { code, message, remedy } = recordOf(
      asFault(thrown, { code: "mailbox.unread", about: address, spoils: "mailbox", retry: "later" }),
    );
    return { address, fault: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
  }
}

async function readBoth(mailbox: MailboxResource, context: VerifyContext, pairs: Pairs): Promise<MailboxVerification> {
  const { address, mode, folders, messages } = mailbox;
  const { connect, state, signal, emit, clock, bytes, content, strict, names } = context;
  const open: { close(): Promise<void> }[] = [];
  try {
    const stores = await pairs.open(mailbox, (use) => openSide(mailbox[use], { use, signal }, connect));
    open.push(stores.source, stores.destination);
    // In full: a run that writes the state meanwhile does not move what explains absences.
    const journal = await state.draft(address, true);
    open.push(journal);
    const rules = { mode, folders, messages };
    const way = { emit, signal, clock, bytes };
    const request: VerifyRequest = {
      address,
      ...stores,
      ...rules,
      ...way,
      journal,
      content,
      strict,
      names: names(address),
    };
    return await verifyMailbox(request);
  } finally {
    await Promise.allSettled(open.map((each) => each.close()));
  }
}
