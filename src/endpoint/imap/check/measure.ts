import type { CheckedMailbox, MailboxSight } from "../../../contract/check.ts";
import type { Entry, Place, PlaceId } from "../../../model/item.ts";
import type { Line } from "../connect.ts";
import { fetched, marksOf } from "../entry.ts";
import { expectOk } from "../faults.ts";
import type { Survey } from "../look.ts";
import { mailboxName, type Names } from "../names.ts";
import { parseDateTime, sequenceSet } from "../wire/command.ts";
import { attributesOf, textOf } from "../wire/response.ts";

/** Octets above which a message is told, where nobody says what the destination takes: many services stop between 10 and 50 MB. */
const notable = 10_000_000;

/** The folders whose content counts, on an open line. */
export interface Measured {
  readonly line: Line;
  readonly names: Names;
  readonly survey: Survey;
  readonly ids: readonly PlaceId[];
}

/** Octets of each folder by STATUS (RFC 8438), all asked at once; undefined where the server does not offer it for every one. */
export async function sizesOf({ line, names, ids }: Measured): Promise<ReadonlyMap<PlaceId, number> | undefined> {
  const { wire, abilities, capabilities } = line;
  if (!capabilities.has("STATUS=SIZE") && !capabilities.has("IMAP4REV2")) return undefined;
  const sizes = new Map<PlaceId, number>();
  const asked = ids.map((id) =>
    wire.run(["STATUS ", mailboxName(names.wireOf(id), abilities.utf8), " (SIZE)"], (response) => {
      if (response.name !== "STATUS") return;
      const size = Number(textOf(attributesOf(response.values[1]).get("SIZE")) ?? Number.NaN);
      if (Number.isSafeInteger(size)) sizes.set(id, size);
    }),
  );
  await Promise.all(asked);
  return sizes.size === ids.length ? sizes : undefined;
}

/** What a source holds of what the rules take, its large messages, and the marks that will be lost. */
export async function measureSource(
  measured: Measured,
  { takes, fits }: CheckedMailbox,
): Promise<Pick<MailboxSight, "holds" | "large" | "lost">> {
  const over = fits?.largest?.bytes ?? notable;
  const sizes = takes === undefined ? await sizesOf(measured) : undefined;
  const found = sizes === undefined ? await readAll(measured, over, takes) : await byStatus(measured, sizes, over);
  const lost = await lostMarks(measured, fits?.marks ?? "any");
  return { ...found, ...(lost.length === 0 ? {} : { lost }) };
}

type Sums = Pick<MailboxSight, "holds" | "large">;

/** A folder that is smaller than a large message holds none. */
async function byStatus(measured: Measured, sizes: ReadonlyMap<PlaceId, number>, over: number): Promise<Sums> {
  const large: number[] = [];
  for (const [id, size] of sizes) {
    if (size <= over) continue;
    const uids = await searchIn(measured, id, `LARGER ${over}`);
    if (uids.length > 0) await fetchIn(measured, sequenceSet(uids), "RFC822.SIZE", ({ size: one }) => large.push(one));
  }
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { holds: { messages: countOf(measured), bytes, counted: "by STATUS SIZE" }, large: largeOf(over, large) };
}

const countOf = ({ survey, ids }: Measured): number =>
  ids.reduce((sum, id) => sum + (survey.standings.get(id)?.messages ?? 0), 0);

function largeOf(over: number, sizes: readonly number[]): NonNullable<MailboxSight["large"]> {
  return { over, messages: sizes.length, largest: sizes.reduce((most, size) => Math.max(most, size), 0) };
}

/** Message by message, as a pass reads them, without bodies. */
async function readAll(measured: Measured, over: number, takes: CheckedMailbox["takes"]): Promise<Sums> {
  const large: number[] = [];
  let [messages, bytes, whole] = [0, 0, true];
  for (const id of measured.ids) {
    if ((measured.survey.standings.get(id)?.messages ?? 0) === 0) continue;
    if (!(await examine(measured, id))) {
      whole = false;
      continue;
    }
    const items = takes === undefined ? "RFC822.SIZE" : "RFC822.SIZE INTERNALDATE FLAGS";
    await fetchIn(measured, "1:*", items, (message) => {
      if (takes?.(message) === false) return;
      messages += 1;
      bytes += message.size;
      if (message.size > over) large.push(message.size);
    });
  }
  const holds = { messages, bytes, counted: "message by message" };
  return { ...(whole ? { holds } : {}), large: largeOf(over, large) };
}

/** Opens the folder for reading; false where it cannot be, which its pass will tell. */
async function examine({ line, names }: Measured, id: PlaceId): Promise<boolean> {
  const done = await line.wire.run(["EXAMINE ", mailboxName(names.wireOf(id), line.abilities.utf8)]);
  return done.name === "OK";
}

/** UIDs in a folder that is opened for it; none where it cannot be. */
async function searchIn(measured: Measured, id: PlaceId, criterion: string): Promise<readonly number[]> {
  return (await examine(measured, id)) ? search(measured.line, criterion) : [];
}

async function search({ wire }: Line, criterion: string): Promise<readonly number[]> {
  const uids: number[] = [];
  await wire.run([`UID SEARCH ${criterion}`], (response) => {
    if (response.name === "SEARCH") uids.push(...response.values.map((value) => Number(textOf(value))));
  });
  return uids.filter((uid) => Number.isSafeInteger(uid) && uid > 0);
}

async function fetchIn(
  { line }: Measured,
  set: string,
  items: string,
  take: (message: Pick<Entry, "date" | "size" | "marks">) => void,
): Promise<void> {
  const done = await line.wire.run([`UID FETCH ${set} (UID ${items})`], (response) => {
    const attributes = fetched(response)?.attributes;
    const size = Number(textOf(attributes?.get("RFC822.SIZE")) ?? Number.NaN);
    if (attributes === undefined || !Number.isSafeInteger(size)) return;
    const date = parseDateTime(textOf(attributes.get("INTERNALDATE")) ?? "");
    take({ size, date, marks: marksOf(attributes.get("FLAGS")) });
  });
  expectOk(done, "Counting the messages", "the folder", "mailbox");
}

/** Criteria of the system flags (RFC 3501, 6.4.4). */
const flagCriteria = new Map(
  ["Answered", "Flagged", "Deleted", "Seen", "Draft"].map((flag) => [`\\${flag}`.toLowerCase(), flag.toUpperCase()]),
);

/** Marks that the folders know and the destination does not keep, with the messages that have them; none where it keeps every one. */
async function lostMarks(measured: Measured, kept: Place["marks"]): Promise<NonNullable<MailboxSight["lost"]>> {
  if (kept === "any") return [];
  const keeps = new Set(kept.map((mark) => mark.toLowerCase()));
  const lost = new Map<string, number>();
  for (const id of measured.ids) {
    if ((measured.survey.standings.get(id)?.messages ?? 0) === 0) continue;
    for (const mark of await knownMarks(measured, id)) {
      if (keeps.has(mark.toLowerCase())) continue;
      const criterion = flagCriteria.get(mark.toLowerCase()) ?? `KEYWORD ${mark}`;
      const count = (await search(measured.line, criterion)).length;
      if (count > 0) lost.set(mark, (lost.get(mark) ?? 0) + count);
    }
  }
  return [...lost].map(([mark, messages]) => ({ mark, messages }));
}

/** FLAGS of a folder that is opened for reading: what its messages may have (RFC 3501, 7.2.6). */
async function knownMarks({ line, names }: Measured, id: PlaceId): Promise<readonly string[]> {
  let marks: readonly string[] = [];
  await line.wire.run(["EXAMINE ", mailboxName(names.wireOf(id), line.abilities.utf8)], (response) => {
    if (response.name === "FLAGS") marks = marksOf(response.values[0]);
  });
  return marks;
}
