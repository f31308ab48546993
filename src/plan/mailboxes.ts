import type { Clock, UseOptions } from "../contract/endpoint.ts";
import type { ItemStore } from "../contract/item-store.ts";
import type { StateStore } from "../contract/state-store.ts";
import { createPairs, openSide, type Pairs } from "../content/pair.ts";
import { isFew } from "../content/request.ts";
import { survey } from "../content/survey.ts";
import { type Address, addressOf } from "../model/address.ts";
import { asFault, Fault, interrupted, recordOf } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan, SyncCounts } from "../model/plan.ts";
import type { MailboxResource, MailboxSide } from "../model/resource.ts";
import { createSecondLooks, type SecondLooks } from "./again.ts";
import type { Draft } from "./draft.ts";
import type { ObserveContext } from "./observe.ts";
import { vacantStore } from "./vacant.ts";

export interface MailboxContext extends ObserveContext {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly recopy: boolean;
  /** Mailboxes that are looked at at one time. */
  readonly concurrency: number;
  /** Accounts that the plan makes: their mailboxes may not be there yet. */
  readonly created: ReadonlySet<Address>;
  /** Accounts that get another name, with the one they have now. */
  readonly renamed: ReadonlyMap<Address, string>;
}

interface Surveyed {
  readonly drafts: readonly Draft[];
  readonly findings: readonly Finding[];
  readonly unread: Plan["unread"];
  /** Messages at the destinations that are known to be the sources'. */
  readonly messages: number;
}

/** Looks at each mailbox, several at one time, and says what a pass would do. What fails leaves its own mailbox unread. */
export async function surveyMailboxes(
  mailboxes: readonly MailboxResource[],
  context: MailboxContext,
): Promise<Surveyed> {
  const results = new Map<Address, Surveyed>();
  const wide = isFew(mailboxes.length);
  const tools: Tools = { pairs: createPairs(context.connect), looks: createSecondLooks(context), wide };
  const waiting = mailboxes.values();
  const work = async (): Promise<void> => {
    for (const mailbox of waiting) results.set(mailbox.address, await surveyOne(mailbox, context, tools));
  };
  await Promise.all(Array.from({ length: Math.max(1, context.concurrency) }, work));
  const all = mailboxes.flatMap(({ address }) => results.get(address) ?? []);
  return {
    drafts: all.flatMap((each) => each.drafts),
    findings: all.flatMap((each) => each.findings),
    unread: all.flatMap((each) => each.unread),
    messages: all.reduce((sum, each) => sum + each.messages, 0),
  };
}

/** What the looks of one plan share. */
interface Tools {
  readonly pairs: Pairs;
  readonly looks: SecondLooks;
  readonly wide: boolean;
}

async function surveyOne(mailbox: MailboxResource, context: MailboxContext, tools: Tools): Promise<Surveyed> {
  const { address } = mailbox;
  try {
    return await tools.looks.run(address, () => lookOnce(mailbox, context, tools));
  } catch (thrown) {
    if (context.signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
    const { code, message, remedy } = recordOf(
      asFault(thrown, { code: "mailbox.unread", about: address, spoils: "mailbox", retry: "later" }),
    );
    return { drafts: [], findings: [], unread: [{ address, code, message: advised(message, remedy) }], messages: 0 };
  }
}

/** Where a run is writing the state, the mailbox's memory is copied first, so that it stands still. */
async function lookOnce(mailbox: MailboxResource, context: MailboxContext, tools: Tools): Promise<Surveyed> {
  try {
    return await lookAt(mailbox, context, tools, false);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "state.moved") throw thrown;
    return lookAt(mailbox, context, tools, true);
  }
}

/** Both sides are opened anew for each look: what broke is not used again. */
async function lookAt(
  mailbox: MailboxResource,
  context: MailboxContext,
  { pairs, wide }: Tools,
  whole: boolean,
): Promise<Surveyed> {
  const { address } = mailbox;
  const open: { close(): Promise<void> }[] = [];
  try {
    const stores = await pairs.open(mailbox, (use, admitted) =>
      use === "source"
        ? openAs(mailbox.source, { use, wide, admitted }, context)
        : openDestination(mailbox, { use, wide, admitted }, context),
    );
    open.push(stores.source, stores.destination);
    const journal = await context.state.draft(address, whole);
    open.push(journal);
    const { mode, folders, messages, restore } = mailbox;
    const { recopy, emit, signal, clock } = context;
    const rules = { mode, folders, messages, ...(restore === undefined ? {} : { restore }) };
    const { counts, scope, deletes, findings } = await survey({
      address,
      ...stores,
      ...rules,
      recopy,
      emit,
      signal,
      clock,
      journal,
    });
    const step = stepOf(mailbox, { act: "sync", want: wantOf(mailbox), counts, scope, deletes });
    const changes = hasWork(counts) || deletes.length > 0;
    return {
      drafts: changes ? [step] : [],
      findings: [...findings, ...(changes ? [] : waitingFindings(address, counts))],
      unread: [],
      messages: counts.present + counts.delete,
    };
  } finally {
    await Promise.allSettled(open.map((each) => each.close()));
  }
}

const advised = (message: string, remedy: string | undefined): string =>
  remedy === undefined ? message : `${message} (${remedy})`;

const wantOf = ({ source, destination, mode }: MailboxResource) => ({
  source: { endpoint: source.endpoint, user: source.user },
  destination: { endpoint: destination.endpoint, user: destination.user },
  mode,
});

const stepOf = ({ address, source, destination }: MailboxResource, change: Draft["change"]): Draft => ({
  address,
  at: [source.endpoint, destination.endpoint],
  phase: "content",
  change,
  precondition: { none: true },
});

/** What is only waiting, left out or there already makes no step: a second plan is empty. */
const hasWork = ({ copy, adopt, marks, move, delete: gone, places }: SyncCounts): boolean =>
  copy + adopt + marks + move + gone + places > 0;

function waitingFindings(about: Address, { unknown, pending }: SyncCounts): readonly Finding[] {
  const some = (messages: number, finding: Omit<Finding, "about" | "detail">): readonly Finding[] =>
    messages === 0 ? [] : [{ ...finding, about, detail: { messages } }];
  return [
    ...some(unknown, {
      code: "mailbox.unknown",
      severity: "warning",
      message: "Deleted by its user, or never copied",
      remedy: "--recopy copies them",
    }),
    ...some(pending, {
      code: "mailbox.pending",
      severity: "warning",
      message: "Refused before, for a reason that still stands",
      remedy: "reconcile status says why; messages.skip declares one left behind",
    }),
  ];
}

/**
 * A mailbox that its account's step will make, or rename, is looked at where it is now. Who may have to try twice waits for a connection
 * twice, and keeps its turn until it is open.
 */
async function openDestination(mailbox: MailboxResource, how: How, context: MailboxContext): Promise<ItemStore> {
  const account = addressOf("account", mailbox.name);
  const before = context.renamed.get(account);
  const { admitted: _, ...slowly } = how;
  try {
    return await openAs(mailbox.destination, before === undefined ? how : slowly, context);
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    if (before !== undefined && mailbox.destination.user === mailbox.name) {
      return openAs({ ...mailbox.destination, user: before }, slowly, context);
    }
    if (context.created.has(account)) return vacantStore();
    throw thrown;
  }
}

type How = Omit<UseOptions, "signal">;

const openAs = (side: MailboxSide, how: How, { connect, signal }: MailboxContext): Promise<ItemStore> =>
  openSide(side, { ...how, signal }, connect);
