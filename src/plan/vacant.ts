import type { ItemStore } from "../contract/item-store.ts";
import { Fault } from "../model/fault.ts";
import type { Feed, Place } from "../model/item.ts";

const inbox: Place = {
  id: "INBOX",
  path: ["INBOX"],
  role: "inbox",
  selectable: true,
  marks: "any",
  neverRemoved: true,
};
const feed: Feed = { id: "INBOX", places: ["INBOX"], epoch: "vacant", count: 0, watermark: null };

async function* nothing(): AsyncGenerator<never> {}

const refuse = (): Promise<never> =>
  Promise.reject(
    new Fault({
      code: "plan.wrote",
      message: "A plan tried to write to a mailbox",
      spoils: "run",
      remedy: "report this as a bug",
    }),
  );

/** Stands for the mailbox of an account that is yet to be made: an empty inbox, which can be looked at and not written to. */
export function vacantStore(): ItemStore {
  return {
    batch: { items: 1, bytes: 1, inFlight: 1, atomic: false },
    vacant: true,
    look: async () => ({
      places: [inbox],
      feeds: [feed],
      naming: { illegal: "", foldsCase: false, maxPart: 255 },
      marks: "any",
    }),
    async *changes() {
      yield { whole: true, entries: [], gone: [], next: null };
    },
    headers: nothing,
    read: nothing,
    bookmark: refuse,
    write: refuse,
    since: nothing,
    place: { create: refuse },
    close: async () => undefined,
  };
}
