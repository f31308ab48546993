import type { Endpoint, UseOptions } from "../contract/endpoint.ts";
import type { ItemStore } from "../contract/item-store.ts";
import { Fault } from "../model/fault.ts";
import type { MailboxResource, MailboxSide } from "../model/resource.ts";

type Side = UseOptions["use"];
type Connect = (endpoint: string) => Promise<Endpoint>;

const isUnlimited = ({ connections }: { readonly connections: number }): boolean =>
  connections === Number.POSITIVE_INFINITY;

type Stores = Readonly<Record<Side, ItemStore>>;

/** Opens both sides of mailboxes so that no two of them can wait on each other for ever. */
export interface Pairs {
  open(mailbox: MailboxResource, openSide: (side: Side) => Promise<ItemStore>): Promise<Stores>;
}

/**
 * Connections are had in the order of whose limits they count against, so that waiting never goes in a circle; where both sides count
 * against the same, one mailbox at a time gets its pair. Throws `limits.tooFew` where there can be no pair at all.
 */
export function createPairs(connect: Connect): Pairs {
  const turns = new Map<string, Promise<unknown>>();

  /** Whose limits a side counts against, and how many connections those allow. */
  async function shareOf({ endpoint }: MailboxSide): Promise<{ readonly key: string; readonly connections: number }> {
    const { shares, connections = Number.POSITIVE_INFINITY } = await connect(endpoint);
    return { key: shares ?? endpoint, connections };
  }

  return {
    async open(mailbox, openSide) {
      const [source, destination] = await Promise.all([shareOf(mailbox.source), shareOf(mailbox.destination)]);
      if (isUnlimited(source) && isUnlimited(destination)) return together(openSide);
      if (source.key < destination.key) return pair("source", "destination", openSide);
      if (source.key > destination.key) return pair("destination", "source", openSide);
      if (source.connections < 2) throw tooFew(mailbox.source.endpoint);
      const before = turns.get(source.key) ?? Promise.resolve();
      const mine = before.then(() => pair("source", "destination", openSide));
      turns.set(
        source.key,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}

/** Where nothing is limited, nothing is waited for. */
async function together(openSide: (side: Side) => Promise<ItemStore>): Promise<Stores> {
  const [source, destination] = await Promise.allSettled([openSide("source"), openSide("destination")]);
  if (source.status === "fulfilled" && destination.status === "fulfilled")
    return { source: source.value, destination: destination.value };
  for (const side of [source, destination])
    if (side.status === "fulfilled") await side.value.close().catch(() => undefined);
  throw source.status === "rejected" ? source.reason : (destination as PromiseRejectedResult).reason;
}

async function pair(first: Side, second: Side, openSide: (side: Side) => Promise<ItemStore>): Promise<Stores> {
  const one = await openSide(first);
  try {
    return { [first]: one, [second]: await openSide(second) } as Record<Side, ItemStore>;
  } catch (thrown) {
    await one.close().catch(() => undefined);
    throw thrown;
  }
}

function tooFew(about: string): Fault {
  return new Fault({
    code: "limits.tooFew",
    message: "Both sides of the mailbox are on one host, and its limits allow a single connection",
    about,
    spoils: "mailbox",
    remedy: "allow 2 connections or more by `limits` of its endpoints",
  });
}

/**
 * Opens one side of a mailbox, for work in one place at a time where it is not to be wide. Throws `items.missing` where its endpoint holds
 * no mail, and what the endpoint throws.
 */
export async function openSide(
  { endpoint: name, user, credentials }: MailboxSide,
  options: UseOptions,
  connect: Connect,
): Promise<ItemStore> {
  const open = (await connect(name)).items.message;
  if (open === undefined) {
    throw new Fault({
      code: "items.missing",
      message: `The endpoint ${name} holds no mail`,
      about: name,
      spoils: "mailbox",
      remedy: "name an endpoint that does",
    });
  }
  const store = await open({ user, ...(credentials === undefined ? {} : { credentials }) }, options);
  const { batch } = store;
  return options.wide === true || batch.places === undefined ? store : { ...store, batch: { ...batch, places: 1 } };
}
