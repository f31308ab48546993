/** Two mailboxes in memory, the engine's real journal in a real file, and the outside eye that counts what is there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { createByteBudget } from "../../src/content/bytes.ts";
import { mailboxDrift } from "../../src/content/drift.ts";
import type { SyncRequest } from "../../src/content/request.ts";
import { type Survey, survey } from "../../src/content/survey.ts";
import { sync, type SyncResult } from "../../src/content/sync.ts";
import type { Clock } from "../../src/contract/endpoint.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Journal } from "../../src/contract/journal.ts";
import type { StateStore } from "../../src/contract/state-store.ts";
import { createMemoryItems, type MemoryTraits } from "../../src/endpoint/memory/items.ts";
import { addFolder, addMail, type Folder, type MailAccount } from "../../src/endpoint/memory/mail.ts";
import type { MailboxDrift } from "../../src/model/drift.ts";
import type { Event } from "../../src/model/event.ts";
import type { SyncScope } from "../../src/model/plan.ts";
import type { ItemRef } from "../../src/model/item.ts";
import { openState } from "../../src/state/sqlite/open.ts";

export const address = "mailbox/ana@example.com" as const;
const holder = { host: "test", pid: process.pid, started: "0", user: "test", command: "test" };
const clock: Clock = { now: () => 0, wait: async () => {} };

export interface Wish {
  readonly mode?: SyncRequest["mode"];
  readonly folders?: SyncRequest["folders"];
  readonly messages?: SyncRequest["messages"];
  readonly restore?: boolean;
  readonly recopy?: boolean;
  readonly signal?: AbortSignal;
  readonly scope?: SyncScope;
  readonly deletes?: readonly ItemRef[];
  /** Put around the destination, the source and the journal: faults. */
  readonly wrap?: {
    destination?(store: ItemStore): ItemStore;
    source?(store: ItemStore): ItemStore;
    journal?(journal: Journal): Journal;
  };
}

export interface World {
  readonly source: MailAccount;
  readonly destination: MailAccount;
  readonly events: Event[];
  pass(wish?: Wish): Promise<SyncResult>;
  plan(wish?: Wish): Promise<Survey>;
  drift(wish?: Pick<Wish, "wrap">): Promise<MailboxDrift>;
  /** As a new process would find it: what was not committed is gone. */
  restart(): Promise<void>;
  loseState(): Promise<void>;
  close(): Promise<void>;
}

/** Lends its bodies, as a store with memory of its own does: what was given back is overwritten. */
function lending(store: ItemStore, lent: Set<Uint8Array>): ItemStore {
  return {
    ...store,
    read: async function* (place, ids, options) {
      for await (const item of store.read(place, ids, options)) {
        if (options.returns !== true || !("body" in item) || !(item.body instanceof Uint8Array)) {
          yield item;
          continue;
        }
        const body = Buffer.from(item.body);
        lent.add(body);
        yield { ...item, body, release: () => void (lent.delete(body), body.fill("!")) };
      }
    },
  };
}

export async function createWorld(
  traits: { source?: Partial<MemoryTraits>; destination?: Partial<MemoryTraits> } = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "reconcile-engine-"));
  const sources = createMemoryItems(traits.source);
  const destinations = createMemoryItems(traits.destination);
  let generation = 0;
  const open = (): Promise<StateStore> =>
    openState({ path: join(folder, `state-${generation}.db`), migration: "test", clock });
  let state = await open();
  const events: Event[] = [];
  const lent = new Set<Uint8Array>();
  const request = async (wish: Wish, journal: Journal): Promise<SyncRequest> => {
    const source = await sources.open({ user: "ana" });
    const destination = await destinations.open({ user: "ana" });
    return {
      address,
      source: lending(wish.wrap?.source?.(source) ?? source, lent),
      destination: wish.wrap?.destination?.(destination) ?? destination,
      journal: wish.wrap?.journal?.(journal) ?? journal,
      mode: wish.mode ?? "copy",
      folders: wish.folders ?? {},
      messages: wish.messages ?? {},
      ...(wish.restore === undefined ? {} : { restore: wish.restore }),
      recopy: wish.recopy ?? false,
      emit: (event) => void events.push(event),
      signal: wish.signal ?? new AbortController().signal,
      clock,
    };
  };
  return {
    source: sources.account("ana"),
    destination: destinations.account("ana"),
    events,
    pass: async (wish = {}) => {
      const lease = await state.acquire(holder);
      try {
        const { scope, deletes } = wish;
        return await sync({
          ...(await request(wish, await state.journal(address, lease))),
          ...(scope === undefined ? {} : { scope }),
          ...(deletes === undefined ? {} : { deletes }),
          bytes: createByteBudget(64 * 1024 * 1024),
        });
      } finally {
        await lease.release().catch(() => {});
        expect(lent.size).toBe(0);
      }
    },
    plan: async (wish = {}) => {
      const draft = await state.draft(address);
      try {
        return await survey(await request(wish, draft));
      } finally {
        await draft.close();
      }
    },
    drift: async (wish = {}) => {
      const draft = await state.draft(address);
      try {
        const { source: _, recopy: __, ...rest } = await request(wish, draft);
        return await mailboxDrift({ ...rest, list: true });
      } finally {
        await draft.close();
      }
    },
    restart: async () => {
      await state.close();
      state = await open();
    },
    loseState: async () => {
      await state.close();
      generation += 1;
      state = await open();
    },
    close: async () => {
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Letter {
  readonly token: string;
  readonly marks?: readonly string[];
  readonly date?: number;
  /** Without one, the header has no Message-ID. */
  readonly messageId?: string | undefined;
  readonly subject?: string;
}

function letter({ token, messageId = `<${token}@example.com>`, subject = `About ${token}` }: Letter): Uint8Array {
  const id = messageId === "" ? "" : `Message-ID: ${messageId}\r\n`;
  return Buffer.from(
    `${id}From: Bo <bo@example.com>\r\nTo: ana@example.com\r\nDate: Tue, 3 Feb 2015 10:00:00 +0000\r\nSubject: ${subject}\r\n\r\ntoken=${token};\r\n`,
  );
}

export const may = Date.UTC(2020, 4, 1, 12);

export function put(account: MailAccount, path: readonly string[], one: Letter): string {
  const mail = addMail(account, addFolder(account, { path }), {
    date: one.date ?? may,
    body: letter(one),
    marks: one.marks ?? [],
  });
  return String(mail.uid);
}

export function tokenOf(body: Uint8Array): string {
  return /token=([^;]*);/.exec(Buffer.from(body).toString("latin1"))?.[1] ?? "?";
}

export function folderAt(account: MailAccount, path: readonly string[]): Folder {
  return addFolder(account, { path });
}

/** What is there, as `folder: token[marks]`, sorted. */
export function shown(account: MailAccount): readonly string[] {
  return [...account.folders.values()]
    .flatMap((folder) =>
      [...folder.mails.values()].map(
        (mail) => `${folder.path.join("/")}: ${tokenOf(mail.body)}[${[...mail.marks].toSorted().join(" ")}]`,
      ),
    )
    .toSorted();
}
