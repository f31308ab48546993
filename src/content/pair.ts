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
  /** `openSide` says by `admitted` that its side has a connection; once it is open it needs not to. */
  open(mailbox: MailboxResource, openSide: OpenSide): Promise<Stores>;
}

type OpenSide = (side: Side, admitted: () => void) => Promise<ItemStore>;

/**
 * Connections are had in the order of whose limits they count against, so that waiting never goes in a circle; where both sides count
 * against the same, one mailbox at a time gets its pair. Logins are nobody's turn: they go on side by side. Throws `limits.tooFew` where
 * there can be no pair at all.
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
      if (isUnlimited(source) && isUnlimited(destination))
        return both({ source: openSide("source", nobody), destination: openSide("destination", nobody) });
      if (source.key < destination.key) return begin(["source", "destination"], openSide).opened;
      if (source.key > destination.key) return begin(["destination", "source"], openSide).opened;
      if (source.connections < 2) throw tooFew(mailbox.source.endpoint);
      const before = turns.get(source.key) ?? Promise.resolve();
      const mine = before.then(() => begin(["source", "destination"], openSide));
      turns.set(
        source.key,
        mine.then(({ admitted }) => admitted),
      );
      return (await mine).opened;
    },
  };
}

/** Hears of an admission that nobody waits for. */
const nobody = (): void => undefined;

/** Something on its way to be open. `admitted` resolves once it waits for no connection any more: it has what it needs, or failed. */
interface Opening<T> {
  readonly opened: Promise<T>;
  readonly admitted: Promise<void>;
}

function beginSide(side: Side, openSide: OpenSide): Opening<ItemStore> {
  const { promise: admitted, resolve } = Promise.withResolvers<void>();
  const opened = openSide(side, resolve);
  opened.then(
    () => resolve(),
    () => resolve(),
  );
  return { opened, admitted };
}

/** The second side is begun once the first has its connection. */
function begin([first, second]: readonly [Side, Side], openSide: OpenSide): Opening<Stores> {
  const one = beginSide(first, openSide);
  const two = one.admitted.then(() => beginSide(second, openSide));
  const sides = { [first]: one.opened, [second]: two.then(({ opened }) => opened) } as Record<Side, Promise<ItemStore>>;
  return { opened: both(sides), admitted: two.then(({ admitted }) => admitted) };
}

async function both(sides: Record<Side, Promise<ItemStore>>): Promise<Stores> {
  const [source, destination] = await Promise.allSettled([sides.source, sides.destination]);
  if (source.status === "fulfilled" && destination.status === "fulfilled")
    return { source: source.value, destination: destination.value };
  for (const side of [source, destination])
    if (side.status === "fulfilled") await side.value.close().catch(() => undefined);
  throw source.status === "rejected" ? source.reason : (destination as PromiseRejectedResult).reason;
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
