import type { IntentItem, JournalChange, Known } from "../contract/journal.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { NativeItem, NewItem, ReadItem, Receipt } from "../model/item.ts";
import { identify, peekHeader } from "./fingerprint.ts";
import { permitted } from "./marks.ts";
import type { OpenRoute } from "./routes.ts";
import { broughtBase } from "./settle.ts";

/** A message between the sides: its row, what is written of it, and what its intent keeps. */
export interface Carried {
  readonly row: Known;
  readonly item: NewItem;
  readonly intent: IntentItem;
}

type Whole = Exclude<ReadItem | NativeItem, { readonly fault: FaultRecord }>;

/** A body that was read, made ready to be written; of a stream no more is read than its header. */
export async function carriedOf(row: Known, read: Whole, route: OpenRoute): Promise<Carried> {
  const { size, body } = read;
  const { source } = row;
  const date = source?.date ?? 0;
  const peeked = "header" in read ? read : await peekHeader(body);
  const { fingerprint, loose } = identify(peeked.header, date);
  const marks = permitted(source?.marks ?? [], route.destination);
  const canonical = "canonical" in read && read.canonical === true ? { canonical: true as const } : {};
  const flag = "flag" in read && read.flag !== undefined ? { flag: read.flag } : {};
  return {
    row,
    item: {
      key: String(row.row),
      place: route.destination.id,
      date,
      marks,
      size,
      body: peeked.body,
      ...canonical,
      ...flag,
    },
    intent: { row: row.row, fingerprint, loose, size, date },
  };
}

/** What a receipt makes of the row. */
function broughtOf(one: Carried, receipt: Exclude<Receipt, { fault: FaultRecord }>): JournalChange {
  const shown = receipt.marks ?? one.item.marks;
  const { fingerprint, loose, size, date } = one.intent;
  return {
    act: "brought",
    row: one.row.row,
    destination: {
      place: one.item.place,
      there: true,
      date,
      size,
      marks: shown,
      fingerprint,
      loose,
      ...(receipt.id === undefined ? {} : { id: receipt.id }),
      ...(receipt.objectId === undefined ? {} : { objectId: receipt.objectId }),
      ...(receipt.revision === undefined ? {} : { revision: receipt.revision }),
    },
    source: { fingerprint, loose },
    base: broughtBase({ marks: one.item.marks, place: one.row.source?.place ?? "" }, one.item.marks, shown),
  };
}

interface Told {
  readonly one: Carried;
  readonly change: JournalChange;
}

/** What a batch's receipts say: brought with an id, acknowledged without one, refused, or nothing at all. */
export interface SortedReceipts {
  readonly brought: readonly Told[];
  readonly acknowledged: readonly Told[];
  readonly refused: readonly { readonly one: Carried; readonly fault: FaultRecord }[];
  readonly untold: readonly Carried[];
}

export function sortReceipts(carried: readonly Carried[], receipts: readonly Receipt[]): SortedReceipts {
  const byKey = new Map(receipts.map((receipt) => [receipt.key, receipt]));
  const brought: Told[] = [];
  const acknowledged: Told[] = [];
  const refused: { one: Carried; fault: FaultRecord }[] = [];
  const untold: Carried[] = [];
  for (const one of carried) {
    const receipt = byKey.get(one.item.key);
    if (receipt === undefined) untold.push(one);
    else if ("fault" in receipt) refused.push({ one, fault: receipt.fault });
    else (receipt.id === undefined ? acknowledged : brought).push({ one, change: broughtOf(one, receipt) });
  }
  return { brought, acknowledged, refused, untold };
}
