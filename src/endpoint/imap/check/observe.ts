import type { CheckedMailbox, CheckRequest, MailboxSight } from "../../../contract/check.ts";
import { Fault } from "../../../model/fault.ts";
import type { Naming, Place, PlaceId, Role } from "../../../model/item.ts";
import { allMailOf } from "../all-mail.ts";
import type { Line } from "../connect.ts";
import { lookOf, quietFolder, saidRole, type Survey, surveyFolders } from "../look.ts";
import { createNames, type Names } from "../names.ts";
import { quotasOf } from "../quota.ts";
import { selectFolder } from "../select.ts";
import { type Measured, measureSource, sizesOf } from "./measure.ts";
import { expiriesOf, rightsOn } from "./rights.ts";

/** What was seen of one mailbox: plain data, of which findings are made. Folders are paths with `/` between their levels. */
export interface SeenMailbox {
  readonly special: readonly { readonly role: Role; readonly folder: string; readonly said: boolean }[];
  /** Left out unless the rules name them: views of what is elsewhere, and what is others'. */
  readonly views: readonly string[];
  readonly foreign: readonly string[];
  /** Shown, and not to be opened. */
  readonly closed: readonly string[];
  /** Of the login itself, on INBOX. */
  readonly rights?: string;
  /** Folder to days. */
  readonly expiries: ReadonlyMap<string, string>;
  readonly sight: MailboxSight;
}

const anyName: Naming = { illegal: "", foldsCase: false, maxPart: 1000 };

/** Looks into one mailbox on its own line; what it holds is counted, and nothing of it is changed. */
export async function observe(
  line: Line,
  about: string,
  mailbox: CheckedMailbox,
  use: CheckRequest["use"],
): Promise<SeenMailbox> {
  const { address, owner } = mailbox;
  const names = createNames(line.namespaces, line.abilities.utf8);
  const survey = await surveyFolders(line, names, about);
  const look = lookOf(survey, { names, naming: anyName, marksOf: () => "any" }, owner.user);
  const archive = use === "source" && line.abilities.gmail ? allMailOf(survey, look, names)?.id : undefined;
  const { places } = look;
  const open = places.filter(({ id, selectable }) => selectable && survey.standings.has(id));
  const chosen = mailbox.chosen(places);
  const ids = open.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  const measured = { line, names, survey, ids };
  const rights = await rightsOn(line, names, "INBOX");
  const expiries = await expiriesOf(
    line,
    names,
    open.map(({ id }) => id),
  );
  const closed = places.some(({ id, selectable }) => selectable && chosen.has(id) && !survey.standings.has(id));
  const seen =
    use === "source" ? await measureSource(measured, mailbox) : await measureDestination(measured, places, open);
  // What cannot be opened is not empty, and what of All Mail comes is seen message by message: then nobody knows how much there is.
  const { holds: _holds, ...less } = seen;
  return {
    ...foldersOf(
      places.filter(({ id }) => id !== archive),
      survey,
      names,
    ),
    ...(rights === undefined ? {} : { rights }),
    expiries: new Map([...expiries].map(([id, days]) => [names.pathOf(id).join("/"), days])),
    sight: { address, ...(closed || archive !== undefined ? less : seen) },
  };
}

const named = (places: readonly Place[]): readonly string[] => places.map(({ path }) => path.join("/"));

function foldersOf(
  places: readonly Place[],
  survey: Survey,
  names: Names,
): Omit<SeenMailbox, "rights" | "expiries" | "sight"> {
  const said = new Map(survey.listed.map((one) => [one.id, saidRole(one)]));
  return {
    special: places.flatMap(({ id, path, role }) =>
      role === undefined || role === "inbox"
        ? []
        : [{ role, folder: path.join("/"), said: said.get(id) !== undefined }],
    ),
    views: named(places.filter(({ optional }) => optional === true)),
    foreign: survey.foreign.map((id) => names.pathOf(id).join("/")),
    closed: named(places.filter(({ id, selectable }) => selectable && !survey.standings.has(id))),
  };
}

/** What is there already, and what it takes. A view is not counted: what it shows is elsewhere too. */
async function measureDestination(
  measured: Measured,
  places: readonly Place[],
  open: readonly Place[],
): Promise<Omit<MailboxSight, "address">> {
  const { line, names, survey } = measured;
  const ids = open.filter(({ optional }) => optional !== true).map(({ id }) => id);
  const messages = ids.reduce((sum, id) => sum + (survey.standings.get(id)?.messages ?? 0), 0);
  const quotas = places.some(({ id }) => id === "INBOX") ? await quotasOf(line, names.wireOf("INBOX")) : [];
  const sizes = quotas.length > 0 ? await sizesOf({ ...measured, ids }) : undefined;
  const bytes = sizes && [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const marks = await marksIn(line, names, quietFolder(survey));
  const { appendLimit } = line.abilities;
  return {
    ...(ids.length === 0
      ? {}
      : { holds: { messages, ...(bytes === undefined ? {} : { bytes }), counted: "by STATUS" } }),
    quotas: quotas.map(({ root, used, limit }) => ({ name: root, used, limit })),
    ...(marks === undefined ? {} : { marks }),
    ...(appendLimit === undefined ? {} : { largest: { bytes: appendLimit, certain: true } }),
  };
}

/** PERMANENTFLAGS come with SELECT alone; where no folder can be selected without a change, nothing is known. */
async function marksIn(line: Line, names: Names, place: PlaceId | undefined): Promise<Place["marks"] | undefined> {
  if (place === undefined) return undefined;
  try {
    return (await selectFolder(line, place, names.wireOf(place), true)).marks;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || line.wire.closed) throw thrown;
    return undefined;
  }
}
