import type { Emit } from "../../../model/event.ts";
import type { ItemStore } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Edit, FlagDetail, NewItem, Place, PlaceId, Receipt } from "../../../model/item.ts";
import { backoff } from "../../http/wait.ts";
import { isDone, listOf, type Loose, looseOf, textOf } from "../answer.ts";
import { sendBatch } from "../batch.ts";
import type { Call } from "../graph.ts";
import type { Mailbox } from "./mailbox.ts";
import { categoriesOf, followUpOf } from "./marks.ts";
import { messageIdOf } from "./message-id.ts";

interface Settings {
  readonly about: string;
  readonly mailbox: Mailbox;
  readonly emit: Emit;
}

type Plain = (place: PlaceId, marks: readonly string[]) => readonly string[];

/** What is to become of the categories of one message. */
interface Wish {
  readonly key: string;
  /** Its Message-ID, by which Graph finds what IMAP has written. */
  readonly message: string | undefined;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly flag?: FlagDetail;
}

/** Words of programs begin with `$` (IANA, IMAP keywords): they are nobody's categories. */
const isKeyword = (mark: string): boolean => !mark.startsWith("\\") && !mark.startsWith("$");
const keywords = (marks: readonly string[]): readonly string[] => marks.filter(isKeyword);

/** A message that has just been written by IMAP may not show yet: it is looked for this often. */
const looks = 5;

/**
 * A store that writes by IMAP, and keywords as categories by Graph, for Exchange Online keeps none by IMAP; so too when a flag is due and
 * was done. They are written and not read back: what people do to them afterwards is theirs.
 */
export function withCategories(store: ItemStore, settings: Settings): ItemStore {
  const { edit } = store;
  const kept = new Map<PlaceId, Place["marks"]>();
  const opened = (place: Place): Place => {
    kept.set(place.id, place.marks);
    return { ...place, marks: "any" };
  };
  /** What IMAP itself takes of these marks. */
  const plain: Plain = (place, marks) => {
    const allowed = kept.get(place) ?? "any";
    const names = allowed === "any" ? undefined : new Set(allowed.map((mark) => mark.toLowerCase()));
    return marks.filter((mark) => !isKeyword(mark) && names?.has(mark.toLowerCase()) !== false);
  };
  return {
    ...store,
    flags: true,
    async look(options) {
      const look = await store.look(options);
      return { ...look, marks: "any", places: look.places.map(opened) };
    },
    place: { ...store.place, create: async (spec, options) => opened(await store.place.create(spec, options)) },
    async write(items, options) {
      const wishes = items.filter(({ marks, flag }) => keywords(marks).length > 0 || flag !== undefined).map(wishOf);
      const receipts = await store.write(
        items.map((item) => ({ ...item, marks: plain(item.place, item.marks) })),
        options,
      );
      const written = new Map(items.map(({ key, place, marks }) => [key, plain(place, marks)]));
      return marked(receipts, wishes, await grant(settings, among(wishes, receipts), options), written);
    },
    ...(edit !== undefined && {
      edit: { acts: edit.acts, run: (edits, options) => runEdits(store, edits, { ...settings, plain }, options) },
    }),
  };
}

function wishOf({ key, marks, body, flag }: NewItem): Wish {
  // The octets belong to the store once it has them.
  const message = body instanceof Uint8Array ? messageIdOf(body) : undefined;
  return { key, message, add: keywords(marks), remove: [], ...(flag !== undefined && { flag }) };
}

const among = (wishes: readonly Wish[], receipts: readonly Receipt[]): readonly Wish[] => {
  const done = new Set(receipts.flatMap((receipt) => ("fault" in receipt ? [] : [receipt.key])));
  return wishes.filter(({ key }) => done.has(key));
};

/** Receipts that say which keywords were set. */
function marked(
  receipts: readonly Receipt[],
  wishes: readonly Wish[],
  granted: ReadonlySet<string>,
  written: ReadonlyMap<string, readonly string[]>,
): readonly Receipt[] {
  const byKey = new Map(wishes.map((wish) => [wish.key, wish]));
  return receipts.map((receipt) => {
    const wish = byKey.get(receipt.key);
    if ("fault" in receipt || wish === undefined || !granted.has(receipt.key)) return receipt;
    return { ...receipt, marks: [...(receipt.marks ?? written.get(receipt.key) ?? []), ...wish.add] };
  });
}

async function runEdits(
  store: ItemStore,
  edits: readonly Edit[],
  settings: Settings & { readonly plain: Plain },
  options: Options,
): Promise<readonly Receipt[]> {
  const plain = edits.map((edit) =>
    edit.act === "mark"
      ? { ...edit, add: settings.plain(edit.place, edit.add), remove: settings.plain(edit.place, edit.remove) }
      : edit,
  );
  const receipts = (await store.edit?.run(plain, options)) ?? [];
  const wishes = await editWishes(store, edits, options);
  const granted = await grant(settings, among(wishes, receipts), options);
  return marked(receipts, wishes, granted, new Map());
}

/** Marks that are keywords, with the Message-ID of whose they are. */
async function editWishes(store: ItemStore, edits: readonly Edit[], options: Options): Promise<readonly Wish[]> {
  const wishes: Wish[] = [];
  const due = edits
    .filter((edit) => edit.act === "mark")
    .filter(({ add, remove }) => [...add, ...remove].some(isKeyword));
  for (const [place, group] of Map.groupBy(due, (edit) => edit.place)) {
    const messages = new Map<string, string | undefined>();
    const ids = group.map(({ id }) => id);
    for await (const { id, header } of store.headers(place, ids, options)) messages.set(id, messageIdOf(header));
    for (const { key, id, add, remove } of group)
      wishes.push({ key, message: messages.get(id), add: keywords(add), remove: keywords(remove) });
  }
  return wishes;
}

/** Sets categories, and gives the keys of those that are set. What cannot be set is told, and no fault: the message is there. */
async function grant(settings: Settings, wishes: readonly Wish[], options: Options): Promise<ReadonlySet<string>> {
  const granted = new Set<string>();
  let left = wishes.filter(({ message }) => message !== undefined);
  try {
    for (let look = 1; left.length > 0 && look <= looks; look += 1) {
      if (look > 1) await settings.mailbox.clock.wait(backoff(look - 1, Math.random), options.signal);
      for (const key of await grantOnce(settings.mailbox, left, options)) granted.add(key);
      left = left.filter(({ key }) => !granted.has(key));
    }
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code === "run.interrupted") throw thrown;
    tell(settings, wishes.length - granted.size, thrown.message);
    return granted;
  }
  const unset = wishes.length - granted.size;
  if (unset > 0) tell(settings, unset, "Graph does not find them by their Message-ID, or they are large or have none");
  return granted;
}

function tell({ about, emit }: Settings, messages: number, why: string): void {
  emit({
    type: "finding",
    finding: {
      code: "categories.unset",
      severity: "warning",
      about,
      message: `Categories, or when a flag is due, of ${messages} ${messages === 1 ? "message" : "messages"} were not set: ${why}`,
      remedy: "run again: what is missing is set then",
    },
  });
}

async function grantOnce(mailbox: Mailbox, wishes: readonly Wish[], options: Options): Promise<readonly string[]> {
  const found = await send(
    mailbox,
    wishes.map(({ message = "" }) => search(mailbox, message)),
    options,
  );
  const changes = wishes.flatMap((wish, index) => {
    const copies = listOf(found[index]?.body["value"]);
    return copies.flatMap((message): readonly { readonly wish: Wish; readonly call: Call }[] => {
      const has = categoriesOf(message);
      const categories = [...new Set([...has.filter((each) => !wish.remove.includes(each)), ...wish.add])];
      const path = `/messages/${encodeURIComponent(textOf(message["id"]) ?? "")}`;
      const body = {
        ...((wish.add.length > 0 || wish.remove.length > 0) && { categories }),
        ...(wish.flag !== undefined && isFlags(message, wish.flag, copies.length) && { flag: followUpOf(wish.flag) }),
      };
      return Object.keys(body).length === 0 ? [] : [{ wish, call: { ...mailbox.call(path), method: "PATCH", body } }];
    });
  });
  await send(
    mailbox,
    changes.map(({ call }) => call),
    options,
  );
  return changes.map(({ wish }) => wish.key);
}

/** Of copies in several folders, one may be flagged and another not: that of those that are, and what was done of one that is alone. */
function isFlags(message: Loose, { completed }: FlagDetail, copies: number): boolean {
  return completed === undefined ? textOf(looseOf(message["flag"])["flagStatus"]) === "flagged" : copies === 1;
}

/** Copies of one message have one Message-ID, and one person's categories. */
function search(mailbox: Mailbox, message: string): Call {
  const filter = encodeURIComponent(`internetMessageId eq '${message.replaceAll("'", "''")}'`);
  return { ...mailbox.call(`/messages?$filter=${filter}&$select=id,categories,flag&$top=50`), method: "GET" };
}

async function send(mailbox: Mailbox, calls: readonly Call[], options: Options) {
  const answers = calls.length === 0 ? [] : await sendBatch(mailbox.graph, calls, mailbox, options);
  const refused = answers.find((answered) => !isDone(answered) && answered.status !== 404);
  if (refused !== undefined) throw mailbox.refusal(refused, "Setting categories");
  return answers;
}
