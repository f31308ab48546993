import { createHash } from "node:crypto";
import type { Options } from "../../../contract/options.ts";
import type { PlaceId } from "../../../model/item.ts";
import { isExclusive, isFixed, type Labels, marksOf } from "./labels.ts";
import { glance, type Mailbox, unlessGone } from "./mailbox.ts";

/**
 * Messages of this mailbox that another folder may share: one with several labels is one message, and not as many as it has labels. Equal
 * messages in one folder stay several.
 */
export interface Copies {
  /**
   * The message of these octets and marks that could be in this place, too, and is not; undefined where there is none. It is taken for the
   * place at once.
   */
  sharable(
    probe: Probe,
    place: PlaceId,
    marks: readonly string[],
    labels: Labels,
    options: Options,
  ): Promise<string | undefined>;
  /** What was written, or could not be shared after all. */
  note(probe: Probe, id: string, places: readonly PlaceId[], marks: readonly string[]): void;
}

/** What a message is known by: its octets, or of a large one the beginning, and its length. */
interface Probe {
  readonly octets: Uint8Array;
  readonly size: number;
}

interface Copy {
  readonly id: string;
  readonly places: Set<PlaceId>;
  readonly marks: string;
}

/** So many are remembered; of those before, Gmail is asked. */
const most = 100_000;

/** `empty` where nothing was in the mailbox when it was opened: nobody need be asked then. */
export function createCopies(mailbox: Mailbox, empty: () => boolean): Copies {
  const known = new Map<string, Copy[]>();
  let forgot = false;

  function take(key: string, place: PlaceId, marks: string): string | undefined {
    const copy = known.get(key)?.find((one) => one.marks === marks && isOpen(one, place));
    copy?.places.add(place);
    return copy?.id;
  }

  function remember(key: string, copy: Copy): void {
    const all = known.get(key) ?? [];
    if (!all.some(({ id }) => id === copy.id)) known.set(key, [...all, copy]);
    const [oldest] = known.keys();
    if (known.size <= most || oldest === undefined) return;
    known.delete(oldest);
    forgot = true;
  }

  return {
    async sharable(probe, place, marks, labels, options) {
      if (isExclusive(place) || isFixed(place)) return undefined;
      const key = keyOf(probe);
      const kept = marksKey(marks);
      const mine = take(key, place, kept);
      if (mine !== undefined || (empty() && !forgot)) return mine;
      for await (const copy of lookUp(mailbox, probe, labels, options)) remember(key, copy);
      return take(key, place, kept);
    },
    note: (probe, id, places, marks) => {
      if (!places.some((place) => isExclusive(place) || place === "DRAFT"))
        remember(keyOf(probe), { id, places: new Set(places), marks: marksKey(marks) });
    },
  };
}

const isOpen = ({ places }: Copy, place: PlaceId): boolean => !places.has(place);
const keyOf = ({ octets, size }: Probe): string =>
  `${createHash("sha256").update(octets).digest("base64url").slice(0, 22)} ${size}`;
const marksKey = (marks: readonly string[]): string =>
  ["\\Seen", "\\Flagged"].filter((mark) => marks.includes(mark)).join();

/** So many messages of one Message-ID are looked at. */
const candidates = 5;

/** Messages of the same Message-ID and the same octets. Gmail's search may not know yet what came just now: then there are two. */
async function* lookUp(
  mailbox: Mailbox,
  { octets, size }: Probe,
  labels: Labels,
  options: Options,
): AsyncGenerator<Copy> {
  const messageId = /^message-id:\s*<([^<>\s"]{1,500})>/im.exec(headOf(octets))?.[1];
  if (messageId === undefined) return;
  const gmail = await mailbox.apis.gmail();
  const asked = { userId: "me", q: `rfc822msgid:${messageId}`, maxResults: candidates };
  const { data } = await gmail.users.messages.list({ ...asked, auth: mailbox.auth("list", options) });
  for (const { id } of data.messages ?? []) {
    const now = id ? await glance(mailbox, id, options) : undefined;
    const places = labels.placesOf(now?.labelIds ?? []);
    if (!id || now === undefined || places.some((place) => isExclusive(place) || place === "DRAFT")) continue;
    const auth = mailbox.auth("get", options);
    const whole = await unlessGone(gmail.users.messages.get({ userId: "me", id, format: "raw", fields: "raw", auth }));
    const there = Buffer.from(whole?.raw ?? "", "base64url");
    if (there.length !== size || !there.subarray(0, octets.length).equals(octets)) continue;
    yield { id, places: new Set(places), marks: marksKey(marksOf(now.labelIds ?? [])) };
  }
}

/** The header, or as much of it as matters. */
function headOf(octets: Uint8Array): string {
  const text = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, 65_536)).toString("latin1");
  return /^[^]*?\r?\n\r?\n/.exec(text)?.[0] ?? text;
}
