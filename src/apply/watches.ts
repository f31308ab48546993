import type { Endpoint } from "../contract/endpoint.ts";
import type { ItemStore } from "../contract/item-store.ts";
import type { Address } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { asFault } from "../model/fault.ts";
import type { MailboxResource } from "../model/resource.ts";
import { openSide } from "../content/pair.ts";

/** Sources that are watched between passes, as many as there is room for. */
export interface Watches {
  /** Begins those that are not there: at first, and where one has ended. Does not wait for them. */
  begin(): void;
  /** Ends all, and waits until their stores are closed. */
  close(): Promise<void>;
}

export interface WatchRequest {
  /** Those that are to be watched first come first. */
  readonly mailboxes: readonly MailboxResource[];
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  /** Breaks off. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Something may have changed in this mailbox. */
  readonly changed: (mailbox: Address) => void;
}

/** Where no limit is known: servers have one all the same. */
const mostUnlimited = 32;

/**
 * How many mailboxes may be watched at an endpoint. A watch keeps its connection, so the passes keep the larger half, and at least what one
 * mailbox needs: they are only slower for it, and never wait for a watch to end.
 */
function roomFor(connections: number | undefined, sides: number): number {
  if (connections === undefined) return mostUnlimited;
  return Math.max(0, Math.min(Math.floor(connections / 2), connections - sides));
}

export function createWatches(request: WatchRequest): Watches {
  const end = new AbortController();
  const signal = AbortSignal.any([request.signal, end.signal]);
  const sources = Map.groupBy(request.mailboxes, ({ source }) => source.endpoint);
  const watched = new Set<Address>();
  /** What cannot be watched: sources whose server cannot tell, mailboxes that ended for good. */
  const deaf = new Set<string>();
  const working = new Set<Promise<void>>();
  let beginning: Promise<void> | undefined;

  function track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => working.delete(tracked));
    working.add(tracked);
  }

  /** A mailbox whose store cannot be opened is left to its next pass, which tells why. */
  async function beginAt(name: string, mailboxes: readonly MailboxResource[]): Promise<void> {
    const { connections } = await request.connect(name);
    const room = roomFor(connections, mailboxes.some(({ destination }) => destination.endpoint === name) ? 2 : 1);
    const here = (): number => mailboxes.filter(({ address }) => watched.has(address)).length;
    for (const mailbox of mailboxes) {
      if (signal.aborted || deaf.has(name) || here() >= room) return;
      if (watched.has(mailbox.address) || deaf.has(mailbox.address)) continue;
      const store = await openToWatch(mailbox).catch(() => undefined);
      if (store === undefined) continue;
      if (store.watch === undefined) deaf.add(name);
      if (store.watch === undefined || signal.aborted) await store.close().catch(() => undefined);
      else track(listen(mailbox, store, store.watch));
    }
  }

  async function beginAll(): Promise<void> {
    await Promise.allSettled([...sources].map(([name, mailboxes]) => beginAt(name, mailboxes)));
  }

  const openToWatch = ({ source }: MailboxResource): Promise<ItemStore> =>
    openSide(source, { use: "source", signal }, request.connect);

  async function listen({ address }: MailboxResource, store: ItemStore, watch: Watch): Promise<void> {
    watched.add(address);
    let because = "the server ended it";
    try {
      for await (const _ of watch({ signal })) request.changed(address);
    } catch (thrown) {
      const fault = asFault(thrown, { code: "watch.failed", spoils: "item" });
      because = fault.message;
      if (fault.retry === "never") deaf.add(address);
    } finally {
      watched.delete(address);
      if (!signal.aborted) request.emit({ type: "watch.end", address, because });
      await store.close().catch(() => undefined);
    }
  }

  return {
    begin() {
      beginning ??= beginAll().finally(() => {
        beginning = undefined;
      });
    },
    async close() {
      end.abort();
      await beginning;
      await Promise.all(working);
    },
  };
}

type Watch = NonNullable<ItemStore["watch"]>;
