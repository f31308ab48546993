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
  /** Ends the lines that a pass left open: a server counts them, and of a user who is shared it takes only so many. */
  hangUp(): void;
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
  /** Of one side alone, beside `spec`, which is read now. */
  readonly sourceSpec?: Partial<ImapEndpointSpec>;
  readonly destinationSpec?: Partial<ImapEndpointSpec>;
}

async function proxied(port: number): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ to: port });
  onTestFinished(() => proxy.stop());
  return proxy;
}

/** The shared one is handed on as it is, so that a test may change it. */
function specOf(shared: Ends["spec"], own: Ends["spec"]): Pick<Side, "spec"> {
  if (own === undefined) return shared === undefined ? {} : { spec: shared };
  return { spec: { ...shared, ...own } };
}

export async function createSetting(ends: Ends): Promise<Setting> {
  const { from, to, rest, destinationUser, sourceUser, spec, sourceSpec, destinationSpec } = ends;
  const proxies = { source: await proxied(from.port), destination: await proxied(to.port) };
  const [source, destination] = [
    { at: from, user: sourceUser ?? nextUser(from.port) },
    { at: to, user: destinationUser ?? nextUser(to.port) },
  ];
  const rig = await createRig([
    {
      source: { ...source, at: proxies.source, ...specOf(spec, sourceSpec) },
      destination: { ...destination, at: proxies.destination, ...specOf(spec, destinationSpec) },
      ...rest,
    },
  ]);
  return {
    rig,
    proxies,
    source,
    destination,
    hangUp: () => {
      for (const proxy of [proxies.source, proxies.destination]) for (const each of proxy.connections) each.end("rst");
    },
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
