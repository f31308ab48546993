import type { Room } from "../../contract/item-store.ts";
import type { Line } from "./connect.ts";
import { mailboxName } from "./names.ts";
import { type Value, listOf, textOf } from "./wire/response.ts";

/** What is used and allowed (RFC 9208, RFC 2087), in octets and messages. */
export interface Quota {
  readonly root: string;
  readonly used: { readonly bytes?: number; readonly messages?: number };
  readonly limit: { readonly bytes?: number; readonly messages?: number };
}

/** The quotas that a folder counts against; none where the server has no QUOTA or sets none. */
export async function quotasOf({ wire, abilities }: Line, name: string): Promise<readonly Quota[]> {
  if (!abilities.quota) return [];
  const quotas: Quota[] = [];
  await wire.run(["GETQUOTAROOT ", mailboxName(name, abilities.utf8)], (response) => {
    if (response.name === "QUOTA") quotas.push(quotaOf(response.values));
  });
  return quotas;
}

/** STORAGE counts in units of 1,024 octets (RFC 9208, 5.1). */
function quotaOf([root, resources]: readonly Value[]): Quota {
  const list = listOf(resources).map((each) => textOf(each) ?? "");
  const triple = (name: string): readonly [number, number] | undefined => {
    const at = list.findIndex((each) => each.toUpperCase() === name);
    return at < 0 ? undefined : [Number(list[at + 1]), Number(list[at + 2])];
  };
  const [storage, message] = [triple("STORAGE"), triple("MESSAGE")];
  const part = (at: 0 | 1) => ({
    ...(storage === undefined ? {} : { bytes: storage[at] * 1024 }),
    ...(message === undefined ? {} : { messages: message[at] }),
  });
  return { root: textOf(root) ?? "", used: part(0), limit: part(1) };
}

/** What a destination's folder still takes; undefined where nothing limits it. */
export async function roomOf(line: Line, name: string): Promise<Room | undefined> {
  const { appendLimit } = line.abilities;
  const free = await freeSpace(line, name);
  const room: Room = {
    ...(appendLimit === undefined ? {} : { item: appendLimit }),
    ...(free !== undefined && Number.isFinite(free.bytes) ? { bytes: free.bytes } : {}),
    ...(free !== undefined && Number.isFinite(free.messages) ? { items: free.messages } : {}),
  };
  return Object.keys(room).length === 0 ? undefined : room;
}

/** What still fits into a folder; undefined where nothing limits it. */
export async function freeSpace(
  line: Line,
  name: string,
): Promise<{ readonly bytes: number; readonly messages: number } | undefined> {
  const quotas = await quotasOf(line, name);
  if (quotas.length === 0) return undefined;
  const left = (of: "bytes" | "messages"): number =>
    Math.min(
      ...quotas.map(({ used, limit }) =>
        limit[of] === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit[of] - (used[of] ?? 0)),
      ),
    );
  return { bytes: left("bytes"), messages: left("messages") };
}
