/** Mailboxes of the stand-in for Microsoft 365, past the store, and a subject for the contract of item stores. */
import { Buffer } from "node:buffer";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Event } from "../../src/model/event.ts";
import { Fault, recordOf } from "../../src/model/fault.ts";
import type { NewItem, Receipt } from "../../src/model/item.ts";
import type { Hands, Outside, Subject } from "../contract/item-store.ts";
import { type FakeGraph, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail, type FakeMailOptions, type FakeMessage, type Kept } from "../servers/graph/mail.ts";
import { exportOf } from "../servers/graph/mail-writing.ts";
import { endTenant, openTenant } from "./microsoft365.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export const user = "ana@example.com";
const options = { signal: new AbortController().signal };

export interface Transfer {
  readonly graph: FakeGraph;
  readonly mail: FakeMail;
  readonly clock: VirtualClock;
  readonly events: Event[];
  open(use: "source" | "destination", whose?: string): Promise<ItemStore>;
}

export async function openTransfer(more: FakeMailOptions = {}): Promise<Transfer> {
  const graph = await startGraph();
  const clock = createVirtualClock(Math.floor(Date.now() / 1000) * 1000);
  const events: Event[] = [];
  const mail = createMail(() => `${graph.url}/v1.0`, { now: clock.now, ...more });
  graph.route(mail.route);
  return {
    graph,
    mail,
    clock,
    events,
    async open(use, whose = user) {
      const tenant = await openTenant(graph, { mail: "transfer" }, { clock }, events);
      const store = await tenant.items.message?.({ user: whose }, { ...options, use });
      if (store === undefined) throw new Error("the endpoint holds no mail");
      return store;
    },
  };
}

/** What a mailbox keeps of these marks. */
const keptAs = (marks: readonly string[]): Partial<FakeMessage> => ({
  read: marks.includes("\\Seen"),
  flagged: marks.includes("\\Flagged"),
  draft: marks.includes("\\Draft"),
  categories: marks.filter((mark) => !mark.startsWith("\\") && mark !== "$Forwarded"),
  ...(marks.includes("\\Answered") && { verb: 102 }),
});

const marksOf = ({ read, flagged, draft, categories = [], verb }: Kept): readonly string[] => [
  ...(read === true ? ["\\Seen"] : []),
  ...(flagged === true ? ["\\Flagged"] : []),
  ...(draft === true ? ["\\Draft"] : []),
  ...(verb === 102 ? ["\\Answered"] : []),
  ...categories,
];

function handsOn({ mail, clock }: Transfer): Hands {
  const at = (path: readonly string[]): string => mail.find(user, path) ?? "none";
  const find = (path: readonly string[], body: Uint8Array): Kept => {
    const found = mail.held(user, at(path)).find(({ octets }) => octets.equals(body));
    if (found === undefined) throw new Error("no such message");
    return found;
  };
  return {
    folder: async (path) => {
      for (const [depth, name] of path.entries())
        if (mail.find(user, path.slice(0, depth + 1)) === undefined)
          mail.folder(user, name, depth === 0 ? undefined : at(path.slice(0, depth)));
    },
    put: async (path, { body, date, marks }) => {
      // Graph tells by the second when a message was made.
      clock.pass(2000);
      const created = new Date(clock.now()).toISOString();
      mail.put(user, at(path), { octets: body, received: new Date(date).toISOString(), created, ...keptAs(marks) });
    },
    list: async (path) =>
      mail.held(user, at(path)).map((kept): Outside => ({
        body: kept.octets,
        date: Math.floor(Date.parse(kept.received) / 1000) * 1000,
        marks: marksOf(kept),
      })),
    remove: async (path, body) => mail.remove(user, find(path, body).id),
    flag: async (path, body, marks) => mail.change(user, find(path, body).id, keptAs(marks)),
  };
}

/** An item as another mailbox would have exported it; what breaks on the way never was exported. */
async function asExported(item: NewItem): Promise<NewItem | Receipt> {
  const { key, body, date, marks, size } = item;
  const octets = body instanceof Uint8Array ? Buffer.from(body) : Buffer.concat(await body.toArray());
  if (octets.length !== size) {
    const fault = new Fault({ code: "item.cut", message: "not all of it came", spoils: "item" });
    return { key, fault: recordOf(fault) };
  }
  return { ...item, body: exportOf({ octets, received: new Date(date).toISOString(), ...keptAs(marks) }) };
}

/** A store that takes octets as the contract gives them: as an export of them. */
function takingOctets(store: ItemStore): ItemStore {
  return {
    ...store,
    async write(items, given) {
      const made = await Promise.all(items.map(asExported));
      const receipts = made.filter((each) => "fault" in each);
      const whole = made.flatMap((each) => ("place" in each ? [each] : []));
      return [...receipts, ...((await store.native?.write(whole, given)) ?? [])];
    },
  };
}

/** Sizes are those of the octets here: what a mailbox counts beside them is its own affair. */
export async function transferSubject(): Promise<Subject> {
  const transfer = await openTransfer({ grows: () => -500, page: 50 });
  const open = async (): Promise<ItemStore> => takingOctets(await transfer.open("destination"));
  return {
    store: await open(),
    hands: handsOn(transfer),
    again: open,
    limits: {
      marks: ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "Work", "urgent", "kept", "later", "$Work"],
      dateStep: 1000,
      exact: true,
      header: (block) => Buffer.from(/^Subject:.*/m.exec(block.toString("latin1"))?.[0] ?? "", "latin1"),
    },
    close: () => endTenant(transfer.graph),
  };
}
