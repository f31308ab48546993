import { mailboxDrift } from "../content/drift.ts";
import { openSide } from "../content/pair.ts";
import type { Clock } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import type { MailboxDrift } from "../model/drift.ts";
import { asFault, Fault, interrupted, recordOf } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { MailboxResource } from "../model/resource.ts";
import { createSecondLooks } from "./again.ts";
import type { ObserveContext } from "./observe.ts";

export interface MailboxDriftContext extends ObserveContext {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Mailboxes that are looked at at one time. */
  readonly concurrency: number;
  /** The mailbox of which each change is to be named. */
  readonly list?: Address;
}

interface Looked {
  readonly mailboxes: readonly MailboxDrift[];
  readonly unread: Plan["unread"];
  /** Over which no pass was made yet. */
  readonly unknown: readonly Address[];
}

/** Looks at the destination of each mailbox, several at one time; what fails leaves its own mailbox unread. Sources are not opened. */
export async function driftOfMailboxes(
  mailboxes: readonly MailboxResource[],
  context: MailboxDriftContext,
): Promise<Looked> {
  const known = new Set(await context.state.mailboxes());
  const looks = createSecondLooks(context);
  const results = new Map<Address, MailboxDrift | Plan["unread"][number]>();
  const waiting = mailboxes.filter(({ address }) => known.has(address)).values();
  const work = async (): Promise<void> => {
    for (const mailbox of waiting) {
      const { address } = mailbox;
      results.set(
        address,
        await looks
          .run(address, () => lookOnce(mailbox, context))
          .catch((thrown) => unreadOf(address, thrown, context)),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, context.concurrency) }, work));
  const all = mailboxes.flatMap(({ address }) => results.get(address) ?? []);
  return {
    mailboxes: all.flatMap((each) => ("counts" in each ? [each] : [])),
    unread: all.flatMap((each) => ("counts" in each ? [] : [each])),
    unknown: mailboxes.flatMap(({ address }) => (known.has(address) ? [] : [address])),
  };
}

function unreadOf(address: Address, thrown: unknown, { signal }: MailboxDriftContext): Plan["unread"][number] {
  if (signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
  const { code, message, remedy } = recordOf(
    asFault(thrown, { code: "mailbox.unread", about: address, spoils: "mailbox", retry: "later" }),
  );
  return { address, code, message: remedy === undefined ? message : `${message} (${remedy})` };
}

/** Where a run is writing the state, the mailbox's memory is copied first, so that it stands still. */
async function lookOnce(mailbox: MailboxResource, context: MailboxDriftContext): Promise<MailboxDrift> {
  try {
    return await lookAt(mailbox, context, false);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "state.moved") throw thrown;
    return lookAt(mailbox, context, true);
  }
}

async function lookAt(mailbox: MailboxResource, context: MailboxDriftContext, whole: boolean): Promise<MailboxDrift> {
  const { address, mode, folders, messages, restore } = mailbox;
  const { signal, emit, clock, connect } = context;
  const open: { close(): Promise<void> }[] = [];
  try {
    const destination = await openSide(mailbox.destination, { signal, use: "destination" }, connect);
    open.push(destination);
    const journal = await context.state.draft(address, whole);
    open.push(journal);
    const rules = { mode, folders, messages, ...(restore === undefined ? {} : { restore }) };
    const list = context.list === address;
    return await mailboxDrift({ address, destination, journal, ...rules, emit, signal, clock, list });
  } finally {
    await Promise.allSettled(open.map((each) => each.close()));
  }
}
