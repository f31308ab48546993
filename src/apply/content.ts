import type { Journal } from "../contract/journal.ts";
import { openSide, type Pairs } from "../content/pair.ts";
import { isFew } from "../content/request.ts";
import { sync, type SyncResult } from "../content/sync.ts";
import type { Address } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Change, Step } from "../model/plan.ts";
import type { MailboxResource, MailboxSide, Resource } from "../model/resource.ts";
import type { ApplyRequest } from "./request.ts";
import type { Tries } from "./tries.ts";

type Sync = Extract<Change, { act: "sync" }>;

/** What the mailboxes of one run share. */
export interface Ways {
  readonly pairs: Pairs;
  readonly tries: Tries;
}

/** Where the steps stand in line: the waves by number, in a wave the higher priority, then the most to copy. */
export function contentOrder(resources: ApplyRequest["resources"]): (a: Step, b: Step) => number {
  const key = (step: Step): readonly number[] => {
    const mailbox = resources.get(step.address);
    const priority = mailbox?.kind === "mailbox" ? mailbox.priority : undefined;
    const bytes = step.change.act === "sync" ? step.change.counts.copyBytes : 0;
    return [mailbox?.wave ?? Number.POSITIVE_INFINITY, -(priority ?? 0), -bytes];
  };
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
  };
}

type SyncStep = Step & { readonly change: Sync };

/** One mailbox, within the bounds that the plan has set: pass after pass while a broken one can be waited for. */
export async function syncMailbox(step: SyncStep, ways: Ways, request: ApplyRequest): Promise<SyncResult> {
  const { address, change } = step;
  const mailbox = declared(request.resources.get(address), change, address);
  const journal = await request.state.journal(address, request.lease);
  const result = await ways.tries.run(address, (before) => {
    const { copy, copyBytes } = change.counts;
    const [messages, bytes] = [copy - (before?.copied ?? 0), copyBytes - (before?.copiedBytes ?? 0)];
    request.emit({ type: "sync.begin", address, messages: Math.max(0, messages), bytes: Math.max(0, bytes) });
    return onePass({ mailbox, change, journal }, ways.pairs, request);
  });
  request.emit({ type: "sync.done", address, tally: result.tally });
  return result;
}

interface Work {
  readonly mailbox: MailboxResource;
  readonly change: Sync;
  readonly journal: Journal;
}

/** Both sides are opened anew for each pass: what broke is not used again. */
async function onePass({ mailbox, change, journal }: Work, pairs: Pairs, request: ApplyRequest): Promise<SyncResult> {
  const { connect, stops } = request;
  const stores = await pairs.open(mailbox, (side) =>
    openSide(mailbox[side], { use: side, signal: stops.hard }, connect),
  );
  try {
    return await sync({
      address: mailbox.address,
      ...stores,
      mode: mailbox.mode,
      folders: mailbox.folders,
      messages: mailbox.messages,
      ...(mailbox.restore === undefined ? {} : { restore: mailbox.restore }),
      recopy: request.plan.recopy,
      emit: request.emit,
      signal: request.stops.soft,
      clock: request.clock,
      wide: isFew(request.plan.steps.filter((step) => step.change.act === "sync").length),
      journal,
      ...(request.additive === true ? { deletes: [] } : { scope: change.scope, deletes: change.deletes }),
      bytes: request.bytes,
    });
  } finally {
    await Promise.allSettled([stores.source.close(), stores.destination.close()]);
  }
}

/** The plan says which mailbox was meant, the manifests how it is reached; both must name the same. */
function declared(resource: Resource | undefined, { want }: Sync, address: Address): MailboxResource {
  if (
    resource?.kind === "mailbox" &&
    same(resource.source, want.source) &&
    same(resource.destination, want.destination)
  ) {
    return resource;
  }
  throw new Fault({
    code: "plan.stale",
    message: "The manifests name another mailbox here than the plan does",
    about: address,
    spoils: "mailbox",
    remedy: "plan again",
  });
}

const same = (a: MailboxSide, b: { readonly endpoint: string; readonly user: string }): boolean =>
  a.endpoint === b.endpoint && a.user === b.user;
