import type { Clock } from "../contract/endpoint.ts";
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

/** `seconds` is what the passes took, from both sides' opening on: neither the wait for connections nor that between tries. */
type Synced = SyncResult & { readonly seconds: number };

/** What the mailboxes of one run share. */
export interface Ways {
  readonly pairs: Pairs;
  readonly tries: Tries;
}

type SyncStep = Step & { readonly change: Sync };

/** One mailbox, within the bounds that the plan has set: pass after pass while a broken one can be waited for. */
export async function syncMailbox(step: SyncStep, ways: Ways, request: ApplyRequest): Promise<Synced> {
  const { address, change } = step;
  const watch = stopwatch(request.clock);
  const mailbox = declared(request.resources.get(address), change, address);
  const journal = await request.state.journal(address, request.lease);
  const result = await ways.tries.run(address, (before) => {
    const { copy, copyBytes } = change.counts;
    const [messages, bytes] = [copy - (before?.copied ?? 0), copyBytes - (before?.copiedBytes ?? 0)];
    request.emit({ type: "sync.begin", address, messages: Math.max(0, messages), bytes: Math.max(0, bytes) });
    return onePass({ mailbox, change, journal, watch }, ways.pairs, request);
  });
  request.emit({ type: "sync.done", address, tally: result.tally });
  return { ...result, seconds: watch.seconds() };
}

interface Work {
  readonly mailbox: MailboxResource;
  readonly change: Sync;
  readonly journal: Journal;
  readonly watch: Stopwatch;
}

/** Adds up what passes take, without what lies between them. */
interface Stopwatch {
  time<T>(work: () => Promise<T>): Promise<T>;
  seconds(): number;
}

function stopwatch({ now }: Clock): Stopwatch {
  let ms = 0;
  return {
    async time(work) {
      const begun = now();
      return work().finally(() => {
        ms += Math.max(0, now() - begun);
      });
    },
    seconds: () => ms / 1000,
  };
}

/** Both sides are opened anew for each pass: what broke is not used again. */
async function onePass(work: Work, pairs: Pairs, request: ApplyRequest): Promise<SyncResult> {
  const { mailbox, change, journal, watch } = work;
  const { connect, stops } = request;
  const wide = isFew(request.plan.steps.filter((step) => step.change.act === "sync").length);
  const stores = await pairs.open(mailbox, (use, admitted) =>
    openSide(mailbox[use], { use, signal: stops.hard, wide, admitted }, connect),
  );
  try {
    const pass = {
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
    };
    return await watch.time(() => sync(pass));
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
