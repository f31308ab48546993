import type { Journal, Known } from "../contract/journal.ts";
import type { StateStore } from "../contract/state-store.ts";
import { type Address, globMatcher } from "../model/address.ts";
import type { Remembered, RememberedInFull, RememberedPlace, Waiting } from "../report/state.ts";

const page = 500;

/** Everything that the state remembers, by address; `globs` choose, none of them takes all. */
export async function remembered(state: StateStore, globs: readonly string[] = []): Promise<readonly Remembered[]> {
  const chosen = globs.map(globMatcher);
  const takes = (address: Address): boolean => chosen.length === 0 || chosen.some((fits) => fits(address));
  const ledger = new Map((await state.ledger.all()).map(({ address, ...record }) => [address, record]));
  const mailboxes = new Set(await state.mailboxes());
  const steps = new Map((await state.runs.newest()).map(({ address, ...step }) => [address, step]));
  const all: Remembered[] = [];
  for (const address of [...new Set([...ledger.keys(), ...mailboxes])].filter(takes).toSorted()) {
    const record = ledger.get(address);
    const step = steps.get(address);
    all.push({
      address,
      ...(record === undefined ? {} : { ledger: record }),
      ...(step === undefined ? {} : { step }),
      ...(mailboxes.has(address) ? { mailbox: await withJournal(state, address, countsOf) } : {}),
    });
  }
  return all;
}

/** Of one address; undefined where nothing is remembered of it. */
export async function rememberedInFull(state: StateStore, address: Address): Promise<RememberedInFull | undefined> {
  const known = (await remembered(state, [address])).find((each) => each.address === address);
  if (known?.mailbox === undefined) return known;
  return withJournal(state, address, async (journal) => ({
    ...known,
    feeds: { source: await journal.feeds("source"), destination: await journal.feeds("destination") },
    places: await placesOf(journal),
    intents: (await journal.intents()).map(({ place, items, doubtful }) => ({
      place,
      messages: items.length,
      doubtful,
    })),
  }));
}

/** Messages of batches whose outcome is not known. */
export async function openMessages(state: StateStore, mailbox: Address): Promise<number> {
  const intents = await withJournal(state, mailbox, (journal) => journal.intents());
  return intents.reduce((sum, { items }) => sum + items.length, 0);
}

async function withJournal<T>(state: StateStore, mailbox: Address, work: (journal: Journal) => Promise<T>): Promise<T> {
  const journal = await state.draft(mailbox);
  try {
    return await work(journal);
  } finally {
    await journal.close();
  }
}

async function countsOf(journal: Journal): Promise<NonNullable<Remembered["mailbox"]>> {
  const waiting = { refused: 0, late: 0, unknown: 0 };
  for await (const { pending } of rowsOf(journal, "pending")) waiting[whyOf(pending?.code)] += 1;
  return { ...(await journal.counts()), waiting };
}

const reasons: Readonly<Record<string, keyof Waiting>> = { "item.unknown": "unknown", "item.late": "late" };
const whyOf = (code = ""): keyof Waiting => reasons[code] ?? "refused";

/** Rows are walked once, whatever the number of folders. */
async function placesOf(journal: Journal): Promise<readonly RememberedPlace[]> {
  const counts = new Map<string, { paired: number; fresh: number; deletedByUser: number }>();
  for await (const { source, destination, base } of rowsOf(journal, "all")) {
    if (source?.there !== true) continue;
    const count = counts.get(source.place) ?? { paired: 0, fresh: 0, deletedByUser: 0 };
    counts.set(source.place, count);
    if (base === undefined) count.fresh += 1;
    else if (destination?.there === true) count.paired += 1;
    else count.deletedByUser += 1;
  }
  const none = { paired: 0, fresh: 0, deletedByUser: 0 };
  return (await journal.places()).map((place) => ({ ...place, ...(counts.get(place.source) ?? none) }));
}

async function* rowsOf(journal: Journal, rows: "pending" | "all"): AsyncGenerator<Known> {
  for (let after = 0; ;) {
    const found = await journal.rows({ rows }, after, page);
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < page) return;
    after = last.row;
  }
}
