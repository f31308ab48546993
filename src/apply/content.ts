import type { UseOptions } from "../contract/endpoint.ts";
import type { ItemStore } from "../contract/item-store.ts";
import type { Journal } from "../contract/journal.ts";
import { sync, type SyncResult } from "../content/sync.ts";
import type { Address } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Change, Step } from "../model/plan.ts";
import type { MailboxResource, MailboxSide, Resource } from "../model/resource.ts";
import type { ApplyRequest } from "./request.ts";
import type { Tries } from "./tries.ts";

type Sync = Extract<Change, { act: "sync" }>;
type Side = "source" | "destination";

/** What the mailboxes of one run share. */
export interface Ways {
  readonly opener: Opener;
  readonly tries: Tries;
}

/** Opens both sides of mailboxes so that no two of them can wait on each other for ever. */
interface Opener {
  open(mailbox: MailboxResource): Promise<Readonly<Record<Side, ItemStore>>>;
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
    return onePass({ mailbox, change, journal }, ways.opener, request);
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
async function onePass({ mailbox, change, journal }: Work, opener: Opener, request: ApplyRequest): Promise<SyncResult> {
  const stores = await opener.open(mailbox);
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

/**
 * Connections are had in the order of the endpoints' names, so that waiting never goes in a circle; where one endpoint is both
 * sides, one mailbox at a time gets its pair.
 */
export function createOpener({ connect, stops }: Pick<ApplyRequest, "connect" | "stops">): Opener {
  const turns = new Map<string, Promise<unknown>>();

  async function pair(mailbox: MailboxResource): Promise<Readonly<Record<Side, ItemStore>>> {
    const sides: Side[] =
      mailbox.source.endpoint <= mailbox.destination.endpoint ? ["source", "destination"] : ["destination", "source"];
    const [first, second] = sides as [Side, Side];
    const open = (side: Side): Promise<ItemStore> =>
      openSide(mailbox[side], { use: side, signal: stops.hard }, connect);
    const one = await open(first);
    try {
      const other = await open(second);
      return { [first]: one, [second]: other } as Record<Side, ItemStore>;
    } catch (thrown) {
      await one.close().catch(() => undefined);
      throw thrown;
    }
  }

  return {
    open(mailbox) {
      const { endpoint } = mailbox.source;
      if (endpoint !== mailbox.destination.endpoint) return pair(mailbox);
      const mine = (turns.get(endpoint) ?? Promise.resolve()).then(() => pair(mailbox));
      turns.set(
        endpoint,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}

/** Opens one side of a mailbox. Throws `items.missing` where its endpoint holds no mail, and what the endpoint throws. */
export async function openSide(
  { endpoint: name, user, credentials }: MailboxSide,
  options: UseOptions,
  connect: ApplyRequest["connect"],
): Promise<ItemStore> {
  const open = (await connect(name)).items.message;
  if (open === undefined) {
    throw new Fault({
      code: "items.missing",
      message: "The endpoint holds no mail",
      about: name,
      spoils: "mailbox",
      remedy: "name an endpoint that does",
    });
  }
  return open({ user, ...(credentials === undefined ? {} : { credentials }) }, options);
}
