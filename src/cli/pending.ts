import type { Known, Which } from "../contract/journal.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import { showSize } from "../kind/normal.ts";
import { escapeLine } from "../report/escape.ts";
import { faultLine } from "../report/fault.ts";
import type { PendingItem } from "../report/summary.ts";

const page = 500;

/** Messages that wait, of every mailbox that the state knows. */
export async function pendingItems(state: StateStore): Promise<readonly PendingItem[]> {
  const items: PendingItem[] = [];
  for (const address of await state.mailboxes()) {
    for await (const { source, destination, pending } of rowsOf(state, address, { rows: "pending" })) {
      const { place = "", id = "" } = source ?? destination ?? {};
      if (pending !== undefined) items.push({ address, place, id, fault: pending });
    }
  }
  return items;
}

const groups: readonly { readonly title: string; readonly which: Which }[] = [
  { title: "pending", which: { rows: "pending" } },
  { title: "deleted by its user", which: { rows: "deleted" } },
  { title: "at the source alone", which: { rows: "fresh", side: "source" } },
];

/** The messages of a mailbox that are not at both ends, a line each: where, when and how large, never whose words. */
export async function* waitingLines(state: StateStore, mailbox: Address): AsyncGenerator<string> {
  for (const { title, which } of groups) {
    for await (const row of rowsOf(state, mailbox, which)) {
      if (which.rows === "fresh" && row.pending !== undefined) continue;
      yield `${title}  ${sighted(row)}${row.pending === undefined ? "" : `: ${faultLine(row.pending)}`}\n`;
    }
  }
}

function sighted({ source, destination }: Known): string {
  const seen = source ?? destination;
  if (seen === undefined) return "(gone)";
  const { place, id = "", date, size, fingerprint = "" } = seen;
  const parts = [`${place} ${id}`, new Date(date).toISOString(), showSize(size), fingerprint.slice(0, 12)];
  return escapeLine(parts.filter((part) => part !== "").join(" · "));
}

async function* rowsOf(state: StateStore, mailbox: Address, which: Which): AsyncGenerator<Known> {
  const journal = await state.draft(mailbox, true);
  try {
    for (let after = 0; ;) {
      const rows = await journal.rows(which, after, page);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < page) return;
      after = last.row;
    }
  } finally {
    await journal.close();
  }
}
