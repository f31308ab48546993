import type { Options } from "../../../contract/options.ts";
import { Fault, type FaultRecord, recordOf } from "../../../model/fault.ts";
import type { Edit, Receipt } from "../../../model/item.ts";
import { type Answered, isDone, type Loose, textOf } from "../answer.ts";
import { sendBatch } from "../batch.ts";
import type { Call } from "../graph.ts";
import { readMessages } from "./changes.ts";
import type { Mailbox } from "./mailbox.ts";
import { categoriesOf, isCategory, marksOf, type Telling } from "./marks.ts";

/** Marks that Graph shows and sets in no message that is there. */
const fixed = new Set(["\\answered", "$forwarded", "\\draft", "\\deleted"]);

export interface EditSettings {
  readonly mailbox: Mailbox;
  readonly telling: Telling;
  /** Is told how many marks of which name were left as they are. */
  unset(mark: string): void;
}

/** Carries out edits, each by itself, on messages that are still where they are named. */
export async function runEdits(
  settings: EditSettings,
  edits: readonly Edit[],
  options: Options,
): Promise<readonly Receipt[]> {
  const { mailbox } = settings;
  const ids = edits.map(({ id }) => id);
  const known = await readMessages(mailbox, ids, options);
  const receipts: Receipt[] = [];
  const due: { readonly edit: Edit; readonly call: Call; readonly marks?: readonly string[] }[] = [];
  for (const edit of edits) {
    const message = known.get(edit.id);
    if (message?.["parentFolderId"] !== edit.place) receipts.push(goneOf(edit));
    else due.push({ edit, ...workOf(settings, edit, message) });
  }
  const work = due.filter(({ call }) => call.method !== "GET");
  const answers = await sendBatch(
    mailbox.graph,
    work.map(({ call }) => call),
    mailbox,
    options,
  );
  const answered = new Map(work.map(({ edit }, at) => [edit.key, answers[at]]));
  for (const { edit, marks } of due) receipts.push(receiptOf(mailbox, edit, marks, answered.get(edit.key)));
  return receipts;
}

const goneOf = ({ key, act, id }: Edit): Receipt =>
  act === "remove" ? { key } : { key, fault: fault("item.gone", "The message is no longer there", id) };

/** The request that an edit takes; a GET, which is not sent, where there is nothing to do. */
function workOf(
  { mailbox, telling, unset }: EditSettings,
  edit: Edit,
  message: Loose,
): { readonly call: Call; readonly marks?: readonly string[] } {
  const path = `/messages/${encodeURIComponent(edit.id)}`;
  if (edit.act === "remove") return { call: { ...mailbox.call(path), method: "DELETE" } };
  if (edit.act === "move")
    return { call: { ...mailbox.call(`${path}/move`), method: "POST", body: { DestinationId: edit.to } } };
  for (const mark of edit.add) if (fixed.has(mark.toLowerCase())) unset(mark);
  const { body, marks } = patchOf(edit, message, telling);
  const method = Object.keys(body).length === 0 ? "GET" : "PATCH";
  return { call: { ...mailbox.call(path), method, ...(method === "PATCH" && { body }) }, marks };
}

const lower = (marks: readonly string[]): ReadonlySet<string> => new Set(marks.map((mark) => mark.toLowerCase()));

/** What is set in a message, and the marks that it shows then. */
function patchOf({ add, remove }: Extract<Edit, { act: "mark" }>, message: Loose, telling: Telling) {
  const [adds, removes] = [lower(add), lower(remove)];
  const flipped = (mark: string): boolean | undefined =>
    adds.has(mark) ? true : removes.has(mark) ? false : undefined;
  const [seen, flagged] = [flipped("\\seen"), flipped("\\flagged")];
  const own = categoriesOf(message);
  const had = lower(own.map(telling.keywordOf));
  const added = add.filter((mark) => isCategory(mark) && !had.has(mark.toLowerCase()));
  const categories = [...own.filter((each) => !removes.has(telling.keywordOf(each).toLowerCase())), ...added];
  const body = {
    ...(seen !== undefined && { isRead: seen }),
    ...(flagged !== undefined && { flag: { flagStatus: flagged ? "flagged" : "notFlagged" } }),
    ...((added.length > 0 || categories.length !== own.length) && { categories }),
  };
  return { body, marks: marksOf({ ...message, ...body }, telling) };
}

function receiptOf(
  mailbox: Mailbox,
  { key, act, id }: Edit,
  marks: readonly string[] | undefined,
  answered: Answered | undefined,
): Receipt {
  if (answered === undefined) return { key, ...(marks !== undefined && { marks }) };
  if (isDone(answered)) {
    const now = act === "move" ? textOf(answered.body["id"]) : undefined;
    return { key, ...(now !== undefined && { id: now }), ...(marks !== undefined && { marks }) };
  }
  if (answered.status === 404) return goneOf({ key, act, id } as Edit);
  return { key, fault: { ...recordOf(mailbox.refusal(answered, "Changing a message", "item")), spoils: "item" } };
}

const fault = (code: string, message: string, about: string): FaultRecord =>
  recordOf(new Fault({ code, message, spoils: "item", retry: "later", about }));
