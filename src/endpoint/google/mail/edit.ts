import type { Options } from "../../../contract/options.ts";
import { Fault, type FaultRecord, interrupted, recordOf } from "../../../model/fault.ts";
import type { Edit, PlaceId, Receipt } from "../../../model/item.ts";
import { archive, isFixed, type Labels, marksOf, relabelled, revisionOf } from "./labels.ts";
import { sideways } from "../sideways.ts";
import { asMailFault, glance, type Mailbox, type Message } from "./mailbox.ts";

const width = 8;

/** Carries out edits, each by itself; nothing that others did meanwhile is undone. */
export async function edit(
  mailbox: Mailbox,
  edits: readonly Edit[],
  labels: Labels,
  options: Options,
): Promise<readonly Receipt[]> {
  if (options.signal.aborted) throw interrupted();
  const receipts: Receipt[] = [];
  let failure: Fault | undefined;
  const one = async (each: Edit): Promise<Receipt | undefined> => {
    if (failure !== undefined) return undefined;
    try {
      return await editOne(mailbox, each, labels, options);
    } catch (thrown) {
      const fault = asMailFault(thrown, mailbox);
      if (fault.spoils === "item") return { key: each.key, fault: recordOf(fault) };
      failure ??= fault;
      return undefined;
    }
  };
  for await (const receipt of sideways(edits, width, one)) if (receipt !== undefined) receipts.push(receipt);
  if (failure !== undefined) throw failure;
  return receipts;
}

async function editOne(mailbox: Mailbox, each: Edit, labels: Labels, options: Options): Promise<Receipt> {
  const { key, place, id, revision } = each;
  const message = await glance(mailbox, id, options);
  const now = message?.labelIds ?? [];
  if (message === undefined || !labels.placesOf(now).includes(place))
    return each.act === "remove" ? { key } : { key, fault: fault("item.gone", "The message is no longer there", id) };
  if (revision !== undefined && revision !== revisionOf(now))
    return { key, fault: fault("item.conflict", "The message was changed since", id) };
  if (each.act === "mark")
    return receiptOf(key, await relabel(mailbox, id, relabelled(each.add, each.remove), options));
  const others = labels.placesOf(now).filter((one) => one !== place);
  if (each.act === "remove") return remove(mailbox, each, others, options);
  return move(mailbox, each, others, options);
}

function receiptOf(key: string, { id, labelIds }: Message): Receipt {
  const labels = labelIds ?? [];
  return { key, ...(id ? { id } : {}), marks: marksOf(labels), revision: revisionOf(labels) };
}

async function relabel(
  mailbox: Mailbox,
  id: string,
  requestBody: { readonly addLabelIds: string[]; readonly removeLabelIds: string[] },
  options: Options,
): Promise<Message> {
  if (requestBody.addLabelIds.length + requestBody.removeLabelIds.length === 0)
    return (await glance(mailbox, id, options)) ?? { id };
  const gmail = await mailbox.apis.gmail();
  return (await gmail.users.messages.modify({ userId: "me", id, requestBody, auth: mailbox.auth("modify", options) }))
    .data;
}

/** Out of one of several folders a message is taken by its label; out of its last it goes to the trash, and out of there for good. */
async function remove(
  mailbox: Mailbox,
  { key, place, id }: Edit,
  others: readonly PlaceId[],
  options: Options,
): Promise<Receipt> {
  const gmail = await mailbox.apis.gmail();
  if (others.length > 0 && isFixed(place)) return { key, fault: unmovable(id, place) };
  if (others.length > 0) await relabel(mailbox, id, { addLabelIds: [], removeLabelIds: [place] }, options);
  else if (place === "TRASH")
    await gmail.users.messages.delete({ userId: "me", id, auth: mailbox.auth("remove", options) });
  else await gmail.users.messages.trash({ userId: "me", id, auth: mailbox.auth("trash", options) });
  return { key };
}

async function move(
  mailbox: Mailbox,
  { key, place, id, to }: Extract<Edit, { act: "move" }>,
  others: readonly PlaceId[],
  options: Options,
): Promise<Receipt> {
  const gmail = await mailbox.apis.gmail();
  if (isFixed(place) || isFixed(to)) return { key, fault: unmovable(id, isFixed(place) ? place : to) };
  if (to === archive && others.length > 0)
    return {
      key,
      fault: fault("item.shared", "The message has other labels: without this one it is not in the archive", id),
    };
  if (to === "TRASH") {
    const { data } = await gmail.users.messages.trash({ userId: "me", id, auth: mailbox.auth("trash", options) });
    return receiptOf(key, data);
  }
  if (place === "TRASH") await gmail.users.messages.untrash({ userId: "me", id, auth: mailbox.auth("trash", options) });
  const removeLabelIds = place === archive || place === "TRASH" ? [] : [place];
  return receiptOf(
    key,
    await relabel(mailbox, id, { addLabelIds: to === archive ? [] : [to], removeLabelIds }, options),
  );
}

const unmovable = (id: string, place: PlaceId): FaultRecord =>
  fault("place.fixed", `Gmail moves nothing into or out of ${place === "SENT" ? "the sent mail" : "the drafts"}`, id);

const fault = (code: string, message: string, about: string): FaultRecord =>
  recordOf(new Fault({ code, message, spoils: "item", retry: "later", about }));
