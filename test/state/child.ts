/** A process of its own for the tests of the state: `child.ts ACT PATH`. Prints a line for each thing that it did. */
import "better-sqlite3";
import type { Page } from "../../src/model/item.ts";
import { thisHolder } from "../../src/state/holder.ts";
import { openState } from "../../src/state/sqlite/open.ts";

const [act = "", path = ""] = process.argv.slice(2);
const clock = { now: () => Date.now(), wait: async () => undefined };
const say = (line: string): Promise<void> => new Promise((done) => process.stdout.write(`${line}\n`, () => done()));

/** Commits pages and batches until it is killed, and tells each once the store said that it is durable. */
async function commit(): Promise<void> {
  const state = await openState({ path, migration: "example", clock });
  const lease = await state.acquire(thisHolder("child"));
  const journal = await state.journal("mailbox/ana@example.com", lease);
  const feed = { id: "INBOX", places: ["INBOX"], epoch: "1", count: 0, watermark: null };
  for (let uid = 1; ; uid += 1) {
    const item = { place: "INBOX", id: String(uid), date: uid, size: uid, marks: [] };
    const page: Page = { whole: uid === 1, entries: [item], gone: [], next: uid };
    await journal.begin("source", feed);
    await journal.fold("source", feed, page);
    await say(`seen ${uid}`);
    const intent = await journal.intend({ place: "INBOX", bookmark: uid, atomic: true, items: [] });
    const base = { how: "brought", marks: [], shown: [], from: "INBOX" } as const;
    const copy = { act: "brought", row: uid, destination: { ...item, there: true }, source: {}, base } as const;
    if (uid % 3 > 0) await journal.record([copy], { intent });
    await say(uid % 3 > 0 ? `paired ${uid}` : `intent ${intent}`);
  }
}

/** Without the rights of root, for which no file is read-only. */
function nobody(): void {
  if (process.getuid?.() !== 0) return;
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}

async function open(readonly: boolean): Promise<void> {
  nobody();
  try {
    const state = await openState({ path, migration: "example", clock, readonly });
    const draft = await state.draft("mailbox/ana@example.com");
    await say(`rows ${(await draft.rows({ rows: "all" }, 0, 10_000)).length}`);
    await draft.close();
    await state.close();
  } catch (error) {
    const { code, remedy } = error as { code?: string; remedy?: string };
    await say(`${code}: ${remedy}`);
  }
}

/** Opens the state to write, and dies without a word to anybody. */
async function die(): Promise<void> {
  const state = await openState({ path, migration: "example", clock });
  const lease = await state.acquire(thisHolder("child"));
  await state.ledger.set(lease, [{ address: "account/ana@example.com", id: "7" }]);
  process.kill(process.pid, "SIGKILL");
}

const acts: Record<string, () => Promise<void>> = { commit, die, read: () => open(true), write: () => open(false) };
await acts[act]?.();
