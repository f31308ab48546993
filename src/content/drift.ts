import type { Look } from "../contract/item-store.ts";
import type { Journal, Sighting } from "../contract/journal.ts";
import type { MailboxChange, MailboxDrift } from "../model/drift.ts";
import type { Finding } from "../model/finding.ts";
import type { PlaceId } from "../model/item.ts";
import {
  type Before,
  findAgain,
  foldersOf,
  tellFolders,
  tellMarks,
  tellMessages,
  tellOwn,
  type Tell,
} from "./drifted.ts";
import { identifyFresh } from "./identity.ts";
import { type Reading, readSide, trustLook } from "./look.ts";
import type { SyncRequest } from "./request.ts";
import { anyRow, rowsOf } from "./rows.ts";

/** The journal must be a draft. No source is asked. */
export interface DriftRequest extends Omit<SyncRequest, "source" | "recopy"> {
  /** True where each change is to be named. */
  readonly list: boolean;
}

/** Reads the destination into a draft, and says what became of it since the last pass. Writes to nobody. */
export async function mailboxDrift(request: DriftRequest): Promise<MailboxDrift> {
  const { address, journal, destination, list, signal } = request;
  const counts = noCounts();
  const changes: MailboxChange[] = [];
  const tell: Tell = (change) => {
    counts[change.what] += 1;
    if (list) changes.push(change);
  };
  const unsure = await unsureFindings(request);
  const before = await lookBefore(request);
  const reading = await readAgain(request, before.look);
  const unread = new Map(reading.unread);
  if (await anyRow(journal, { rows: "absent", side: "destination" })) {
    const readable = (place: PlaceId): boolean => !unread.has(place);
    const failed = await identifyFresh(journal, "destination", destination, readable, signal);
    for (const [place, fault] of failed) unread.set(place, fault);
  }
  const found = await findAgain(journal, before);
  const folders = await foldersOf(journal, before, found);
  tellFolders(folders, tell);
  await tellMessages(journal, { before, found, folders, unread }, tell);
  await tellOwn(journal, { before, found, folders, unread }, tell);
  await tellMarks(journal, unread, tell);
  const findings = [...unread].map(([place, { code, message }]): Finding => ({
    code,
    severity: "error",
    about: address,
    message: `${place} could not be read: ${message}`,
  }));
  return { address, counts, ...(list ? { changes } : {}), findings: [...findings, ...unsure] };
}

const noCounts = (): Record<MailboxChange["what"], number> => ({
  deleted: 0,
  added: 0,
  restored: 0,
  gone: 0,
  moved: 0,
  marked: 0,
  folderMade: 0,
  folderDeleted: 0,
  folderRenamed: 0,
  renumbered: 0,
});

/** A store that shows nothing where something must be is a fault here too, and nobody's deletions. */
async function lookBefore(request: DriftRequest): Promise<Before> {
  const { destination, journal, signal } = request;
  const tombstones = new Set<number>();
  const own = new Map<number, Sighting>();
  for await (const row of rowsOf(journal, { rows: "absent", side: "destination" }))
    if (row.destination?.there !== true) tombstones.add(row.row);
  for await (const { row, destination: seen } of rowsOf(journal, { rows: "fresh", side: "destination" }))
    if (seen !== undefined) own.set(row, seen);
  const epochs = new Map((await journal.feeds("destination")).map(({ id, epoch }) => [id, epoch]));
  const look = await destination.look({ signal });
  await trustLook(request, "destination", look);
  return { look, epochs, tombstones, own };
}

/** As in a pass: what is optional counts only where a folder of the source goes to it. */
async function readAgain(request: DriftRequest, look: Look): Promise<Reading> {
  const { journal, destination } = request;
  const targets = new Set((await journal.places()).map((place) => place.destination));
  const foreign = new Set(look.places.filter(({ id, optional }) => optional && !targets.has(id)).map(({ id }) => id));
  const managed = ({ places }: { readonly places: readonly PlaceId[] }): boolean =>
    places.length === 0 || places.some((place) => !foreign.has(place));
  return readSide(request, "destination", destination, look, managed, undefined);
}

/** After a pass that broke off, some of what is new at the destination is its own doing. */
async function unsureFindings({ journal, address }: DriftRequest): Promise<readonly Finding[]> {
  const open = await openMessages(journal);
  const partly = (await journal.feeds("destination")).some(({ complete }) => !complete);
  if (open === 0 && !partly) return [];
  const message =
    "Its last pass broke off: some of what counts as new here may be what that pass wrote, or had not read";
  return [{ code: "drift.unsure", severity: "warning", about: address, message, remedy: "apply, and look again" }];
}

const openMessages = async (journal: Journal): Promise<number> =>
  (await journal.intents()).reduce((sum, { items }) => sum + items.length, 0);
