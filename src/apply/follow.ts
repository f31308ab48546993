import type { Clock } from "../contract/endpoint.ts";
import type { Address } from "../model/address.ts";
import type { Event } from "../model/event.ts";
import type { Plan, Step, SyncCounts } from "../model/plan.ts";
import type { MailboxResource, MailboxSide, Resource } from "../model/resource.ts";
import { contentOrder } from "../content/turn.ts";
import { createWatches, type WatchRequest } from "./watches.ts";

/** Milliseconds for which changes are gathered before a pass: what comes in a burst is one pass. */
const gathering = 2000;

/** Why a pass begins. */
export type Because = "begin" | "interval" | "change";

export interface FollowRequest extends Omit<WatchRequest, "changed"> {
  /** Milliseconds between the end of a pass over everything and the next one. */
  readonly interval: number;
  readonly clock: Clock;
  /** Ends the following, also while it waits. */
  readonly stop: AbortSignal;
  /**
   * One pass over these mailboxes, which tells its events to `heard` too. False ends the following.
   */
  readonly pass: (
    mailboxes: readonly MailboxResource[],
    because: Because,
    heard: (event: Event) => void,
  ) => Promise<boolean>;
}

/**
 * Passes over the mailboxes until it is stopped: all of them at once and then on the interval, and between these those whose server
 * tells of a change. Never throws but what a pass throws.
 */
export async function follow(request: FollowRequest): Promise<void> {
  const { mailboxes, interval, clock, stop, pass } = request;
  const news = createNews();
  const watches = createWatches({ ...request, changed: news.add });
  /** When the last pass over everything ended. */
  let whole = clock.now();
  /** A clock that is set back makes nobody wait longer. */
  const left = (): number => Math.min(interval, whole + interval - clock.now());

  async function nextReason(): Promise<Because> {
    if (!news.any && left() > 0) await pause(clock, left(), AbortSignal.any([stop, news.next()]));
    if (!news.any) return "interval";
    await pause(clock, Math.min(gathering, left()), stop);
    return left() > 0 ? "change" : "interval";
  }

  try {
    for (let because: Because = "begin"; !stop.aborted; because = await nextReason()) {
      const all = because !== "change";
      if (all) watches.begin();
      const due = all ? mailboxes : mailboxes.filter(({ address }) => news.has(address));
      if (!(await pass(due, because, news.hear))) return;
      if (all) whole = clock.now();
    }
  } finally {
    await watches.close();
  }
}

/** Waits; being woken is no fault. */
const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.wait(ms, signal).catch(() => undefined);

/** Mailboxes that were told to have changed since a pass last began on them. */
interface News {
  readonly any: boolean;
  has(mailbox: Address): boolean;
  add(mailbox: Address): void;
  /** A pass that begins now looks, and finds all that was told before. */
  hear(event: Event): void;
  /** Fires when the next change is told. */
  next(): AbortSignal;
}

function createNews(): News {
  const told = new Set<Address>();
  let bell = new AbortController();
  return {
    get any() {
      return told.size > 0;
    },
    has: (mailbox) => told.has(mailbox),
    add(mailbox) {
      told.add(mailbox);
      bell.abort();
    },
    hear(event) {
      if (event.type === "step.begin") told.delete(event.address);
    },
    next() {
      bell = new AbortController();
      return bell.signal;
    },
  };
}

const nothing: SyncCounts = {
  copy: 0,
  copyBytes: 0,
  folders: 0,
  adopt: 0,
  present: 0,
  deletedByUser: 0,
  marks: 0,
  move: 0,
  delete: 0,
  places: 0,
  unknown: 0,
  pending: 0,
  skipped: {},
};

/** The steps of a pass that no plan has counted or bounded, for an apply that is `additive`. */
export function followPlan(plan: Plan, mailboxes: readonly MailboxResource[]): Plan {
  return { ...plan, recopy: false, steps: mailboxes.map(stepOf), findings: [], unread: [] };
}

/** The mailboxes as they stand in line. */
export function inOrder(
  mailboxes: readonly MailboxResource[],
  resources: ReadonlyMap<Address, Resource>,
): readonly MailboxResource[] {
  const compare = contentOrder(resources);
  return mailboxes.toSorted((a, b) => compare(stepOf(a), stepOf(b)));
}

const named = ({ endpoint, user }: MailboxSide) => ({ endpoint, user });

function stepOf({ address, source, destination, mode }: MailboxResource): Step {
  const want = { source: named(source), destination: named(destination), mode };
  return {
    id: address,
    address,
    at: [source.endpoint, destination.endpoint],
    phase: "content",
    change: { act: "sync", want, counts: nothing, scope: { watermarks: {} }, deletes: [] },
    after: [],
    precondition: { none: true },
  };
}
