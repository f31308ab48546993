/** A small mailbox between two users, with a proxy before each side that a test may make fail. */
import { expect, onTestFinished } from "vitest";
import type { ImapEndpointSpec } from "../../src/model/spec.ts";
import type { Reach } from "../endpoint/imap.ts";
import { type FaultProxy, type Rules, startFaultProxy } from "../servers/fault-proxy.ts";
import { createRig, fill, held, type Rig, type Side, tokens, type Way } from "./rig.ts";

/** Users for so many mailboxes, each empty, and with the password `secret`. */
export const usersFor = (mailboxes: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: mailboxes }, (_, at) => [`u${at}`, "secret"]));

const taken = new Map<number, number>();

/** The next user of a server, by its port, who has no mail yet. */
function nextUser(port: number): string {
  const at = taken.get(port) ?? 0;
  taken.set(port, at + 1);
  return `u${at}`;
}

export interface Setting {
  readonly rig: Rig;
  readonly proxies: { readonly source: FaultProxy; readonly destination: FaultProxy };
  /** The two mailboxes, reached past the proxies. */
  readonly source: Side;
  readonly destination: Side;
  /** Faults from now on; none without. */
  use(faults?: Faults): void;
  /** Before the end of the test. */
  close(): Promise<void>;
}

export interface Faults {
  readonly source?: Rules;
  readonly destination?: Rules;
}

interface Ends {
  readonly from: Reach;
  readonly to: Reach;
  readonly rest?: Partial<Way>;
  /** Where the server has no users of `usersFor`. */
  readonly destinationUser?: string;
  /** A mailbox that is there already, for passes that only read it. */
  readonly sourceUser?: string;
  /** Of both endpoints, read anew for each plan and each apply. */
  readonly spec?: Partial<ImapEndpointSpec>;
}

async function proxied(port: number): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ to: port });
  onTestFinished(() => proxy.stop());
  return proxy;
}

export async function createSetting({ from, to, rest, destinationUser, sourceUser, spec }: Ends): Promise<Setting> {
  const proxies = { source: await proxied(from.port), destination: await proxied(to.port) };
  const [source, destination] = [
    { at: from, user: sourceUser ?? nextUser(from.port) },
    { at: to, user: destinationUser ?? nextUser(to.port) },
  ];
  const rig = await createRig([
    {
      source: { ...source, at: proxies.source, ...(spec === undefined ? {} : { spec }) },
      destination: { ...destination, at: proxies.destination, ...(spec === undefined ? {} : { spec }) },
      ...rest,
    },
  ]);
  return {
    rig,
    proxies,
    source,
    destination,
    close: async () => {
      await Promise.all([proxies.source.stop(), proxies.destination.stop()]);
      await rig.close();
    },
    use: ({ source: up = {}, destination: down = {} } = {}) => {
      proxies.source.use(up);
      proxies.destination.use(down);
    },
  };
}

/** Twelve messages in two folders. */
export const fillSource = ({ source }: Setting): Promise<void> =>
  fill(source, { INBOX: tokens("i", 7), Work: tokens("w", 5) });

/** Everything is there once, with its flags and no neighbour's; nothing waits, and a second plan is empty. */
export async function expectWhole({ rig, source, destination, use }: Setting): Promise<void> {
  use();
  expect(await held(destination)).toEqual(await held(source));
  const { steps, unread } = await rig.plan();
  expect([steps, unread]).toEqual([[], []]);
}
