import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import type { Options } from "../../../contract/options.ts";
import type { Entry, ItemId, PlaceId, ReadItem } from "../../../model/item.ts";
import { entryOf } from "./entry.ts";
import type { Labels } from "./labels.ts";
import { sideways } from "../sideways.ts";
import { glance, type Mailbox, type Message, unlessGone } from "./mailbox.ts";
import { spoolRaw } from "./raw.ts";

/** Messages asked for at one time; their bodies are held. */
const width = 4;

/** Header blocks, made of the fields that Gmail gives: the octets themselves come with the body alone. */
export async function* headers(
  mailbox: Mailbox,
  place: PlaceId,
  ids: readonly ItemId[],
  labels: Labels,
  options: Options,
): AsyncGenerator<{ readonly id: ItemId; readonly header: Uint8Array }> {
  const gmail = await mailbox.apis.gmail();
  const fields = "id,labelIds,payload/headers";
  const ask = (id: string) =>
    unlessGone(
      gmail.users.messages.get({ userId: "me", id, format: "metadata", fields, auth: mailbox.auth("get", options) }),
    );
  for await (const message of sideways(ids, 4 * width, ask))
    if (message !== undefined && isIn(message, place, labels)) yield { id: message.id ?? "", header: blockOf(message) };
}

const isIn = ({ labelIds }: Message, place: PlaceId, labels: Labels): boolean =>
  labels.placesOf(labelIds ?? []).includes(place);

const blockOf = ({ payload }: Message): Uint8Array =>
  Buffer.from((payload?.headers ?? []).map(({ name, value }) => `${name ?? ""}: ${value ?? ""}\r\n`).join(""));

/** Bodies as they are stored. `large` is what one batch holds: what is said to be above it comes as a stream, one after the other, by way of the disk. */
export async function* read(
  mailbox: Mailbox,
  place: PlaceId,
  ids: readonly ItemId[],
  labels: Labels,
  large: number,
  options: Options & { readonly sizes?: ReadonlyMap<ItemId, number> },
): AsyncGenerator<ReadItem> {
  const gmail = await mailbox.apis.gmail();
  const fields = "id,labelIds,internalDate,raw";
  const ask = async (id: string): Promise<Message | undefined> => {
    await mailbox.budget.charge({ messages: 1, bytes: options.sizes?.get(id) ?? 0 }, options.signal);
    return unlessGone(
      gmail.users.messages.get({ userId: "me", id, format: "raw", fields, auth: mailbox.auth("get", options) }),
    );
  };
  const isLarge = (id: string): boolean => (options.sizes?.get(id) ?? 0) > large;
  for await (const message of sideways(
    ids.filter((id) => !isLarge(id)),
    width,
    ask,
  )) {
    if (message === undefined || !isIn(message, place, labels)) continue;
    const body = Buffer.from(message.raw ?? "", "base64url");
    const entry = entryOf(message, place, body.length);
    yield { ...entry, body: body.length > large ? Readable.from(chunksOf(body)) : body };
  }
  for (const id of ids.filter(isLarge)) {
    const item = await readLarge(mailbox, place, id, labels, options);
    if (item === undefined) continue;
    try {
      yield item;
    } finally {
      item.body.destroy();
    }
  }
}

async function readLarge(
  mailbox: Mailbox,
  place: PlaceId,
  id: ItemId,
  labels: Labels,
  options: Options & { readonly sizes?: ReadonlyMap<ItemId, number> },
): Promise<(Entry & { readonly body: Readable }) | undefined> {
  const message = await glance(mailbox, id, options);
  if (message === undefined || !isIn(message, place, labels)) return undefined;
  await mailbox.budget.charge({ messages: 1, bytes: options.sizes?.get(id) ?? 0 }, options.signal);
  const spool = await spoolRaw(mailbox, id, options);
  return spool === undefined ? undefined : { ...entryOf(message, place, spool.size), body: spool.stream() };
}

/** What was larger than Gmail's estimate said. */
function* chunksOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
}
