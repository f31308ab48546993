import type { Look } from "../../contract/item-store.ts";
import { rolesOf } from "../../kind/role.ts";
import { Fault } from "../../model/fault.ts";
import type { Feed, Naming, Place, PlaceId, Role } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { expectOk, refusal } from "./faults.ts";
import { mailboxName, type Names } from "./names.ts";
import { modseqOf, versionOf } from "./select.ts";
import { attributesOf, listOf, type Response, textOf, type Value } from "./wire/response.ts";

/** A folder as LIST shows it. */
export interface Listed {
  readonly id: PlaceId;
  /** In lower case. */
  readonly attributes: ReadonlySet<string>;
  readonly subscribed?: boolean;
}

/** How a folder stands (STATUS). */
export interface Standing {
  readonly validity: string;
  readonly next: number;
  readonly messages: number;
  readonly modseq: bigint;
  /** Messages that no session was told of yet; SELECT would tell ours. */
  readonly recent: number;
  readonly objectId?: string;
}

/** Everything one look brought. */
export interface Survey {
  readonly listed: readonly Listed[];
  /** Folders in others' and shared namespaces: never read, and told by name alone. */
  readonly foreign: readonly PlaceId[];
  readonly standings: ReadonlyMap<PlaceId, Standing>;
}

/** Special use (RFC 6154) in lower case: Cyrus says it so. */
const roles: Readonly<Record<string, Role>> = {
  "\\sent": "sent",
  "\\drafts": "drafts",
  "\\junk": "junk",
  "\\trash": "trash",
  "\\archive": "archive",
};
/** They show messages that are filed elsewhere too (RFC 6154; `\Important`, RFC 8457). */
const views = ["\\all", "\\flagged", "\\important"];

function statusItems({ abilities }: Line): string {
  const { condstore, objectId } = abilities;
  return `(MESSAGES UIDNEXT UIDVALIDITY RECENT${condstore ? " HIGHESTMODSEQ" : ""}${objectId ? " MAILBOXID" : ""})`;
}

/** A STATUS response; undefined where it lacks a number. */
function standingOf(values: readonly Value[]): Standing | undefined {
  const status = attributesOf(values[1]);
  const number = (name: string): number => Number(textOf(status.get(name)) ?? Number.NaN);
  const [messages, next] = [number("MESSAGES"), number("UIDNEXT")];
  const validity = textOf(status.get("UIDVALIDITY"));
  if (validity === undefined || !Number.isSafeInteger(messages) || !Number.isSafeInteger(next)) return undefined;
  const objectId = textOf(listOf(status.get("MAILBOXID"))[0]);
  return {
    validity,
    next,
    messages,
    modseq: modseqOf(textOf(status.get("HIGHESTMODSEQ"))),
    recent: number("RECENT") || 0,
    ...(objectId !== undefined && /^[A-Za-z0-9_-]{1,255}$/.test(objectId) ? { objectId } : {}),
  };
}

/** One folder's standing. Throws `place.missing` and its kin. */
export async function standingAt({ wire, abilities }: Line, place: PlaceId, names: Names): Promise<Standing> {
  const items = `(MESSAGES UIDNEXT UIDVALIDITY${abilities.objectId ? " MAILBOXID" : ""})`;
  let found: Standing | undefined;
  const name = mailboxName(names.wireOf(place), abilities.utf8);
  const done = await wire.run(["STATUS ", name, ` ${items}`], (response) => {
    if (response.name !== "STATUS" || names.idOf(textOf(response.values[0]) ?? "NIL") !== place) return;
    found = standingOf(response.values);
  });
  expectOk(done, "Asking how the folder stands", place, "place");
  if (found !== undefined) return found;
  throw new Fault({
    code: "look.incomplete",
    message: "The server does not tell how the folder stands",
    spoils: "place",
    retry: "later",
    about: place,
  });
}

function listedOf(response: Response, names: Names): Listed {
  const [attributes, , name] = response.values;
  return {
    id: names.idOf(textOf(name) ?? "NIL"),
    attributes: new Set(listOf(attributes).map((each) => (textOf(each) ?? "").toLowerCase())),
  };
}

/** One LIST where the server can tell all in it (RFC 5819, 5258, 6154), else LIST, LSUB and a STATUS each, sent together. */
export async function surveyFolders(line: Line, names: Names, about: string): Promise<Survey> {
  const { wire, abilities } = line;
  const listed = new Map<PlaceId, Listed>();
  const standings = new Map<PlaceId, Standing>();
  const subscribed = new Set<PlaceId>();
  const take = (response: Response): void => {
    if (response.name === "LIST") {
      const one = listedOf(response, names);
      listed.set(one.id, one);
    }
    if (response.name === "LSUB") {
      const one = listedOf(response, names);
      if (!one.attributes.has("\\noselect")) subscribed.add(one.id);
    }
    const standing = response.name === "STATUS" ? standingOf(response.values) : undefined;
    if (standing !== undefined) standings.set(names.idOf(textOf(response.values[0]) ?? "NIL"), standing);
  };
  const { listExtended, listStatus, specialUse } = abilities;
  const extended = listExtended && listStatus;
  const wanted = `(SUBSCRIBED${specialUse ? " SPECIAL-USE" : ""} STATUS ${statusItems(line)})`;
  const asked = extended
    ? [wire.run([`LIST "" "*" RETURN ${wanted}`], take)]
    : [wire.run(['LIST "" "*"'], take), wire.run(['LSUB "" "*"'], take)];
  for (const done of await Promise.all(asked)) expectOk(done, "Listing the folders", about, "mailbox");
  const all = [...listed.values()];
  const own = all.filter(({ id }) => names.isOwn(id));
  const foreign = all.filter((each) => !names.isOwn(each.id) && isSelectable(each)).map(({ id }) => id);
  const asking = new Set(own.filter((each) => !standings.has(each.id) && (isSelectable(each) || each.id !== "INBOX")));
  await askStandings(line, names, about, [...asking], take);
  const isSubscribed = ({ id, attributes }: Listed): boolean =>
    extended ? attributes.has("\\subscribed") : subscribed.has(id);
  const shown = own.map((each) => (asking.has(each) && standings.has(each.id) ? opened(each) : each));
  return { listed: shown.map((each) => ({ ...each, subscribed: isSubscribed(each) })), foreign, standings };
}

/**
 * What LIST calls a mere name may be a folder all the same, and is asked for: Dovecot's list of folders goes by the time of a directory,
 * and misses what was removed and made anew within an instant. Taken for gone, its mail would be.
 */
const mereName = ["\\noselect", "\\nonexistent"];

/** As what it is: it has a standing. */
const opened = (one: Listed): Listed => ({
  ...one,
  attributes: new Set([...one.attributes].filter((each) => !mereName.includes(each))),
});

/** A folder that SELECT changes nothing in: it would tell this session alone what is \Recent, where anything is. */
export function quietFolder({ listed, standings }: Survey): PlaceId | undefined {
  const quiet = listed.filter(({ id }) => standings.get(id)?.recent === 0);
  return (quiet.find(({ id }) => id === "INBOX") ?? quiet[0])?.id;
}

/**
 * A folder whose STATUS is refused has no numbers; reading it will say why. A mere name is then no folder, unless the server is only busy. INBOX is refused to nobody who may see the mailbox: a master
 * without rights of its own is shown an INBOX, and told that it does not exist (Dovecot's ACL).
 */
async function askStandings(
  line: Line,
  names: Names,
  about: string,
  asked: readonly Listed[],
  take: (response: Response) => void,
): Promise<void> {
  const { wire, abilities } = line;
  const items = statusItems(line);
  await Promise.all(
    asked.map(async (one) => {
      const { id } = one;
      const done = await wire.run(["STATUS ", mailboxName(names.wireOf(id), abilities.utf8), ` ${items}`], take);
      if (done.name === "OK") return;
      if (id === "INBOX") throw blind(done, about);
      if (isSelectable(one)) return;
      const fault = refusal({ code: done.code?.name, text: done.text }, "Asking how the folder stands", id, "mailbox");
      if (fault.code === "server.busy") throw fault;
    }),
  );
}

function blind({ code, text }: Response, about: string): Fault {
  const fault = refusal({ code: code?.name, text }, "The login is let in, and not shown INBOX", about, "mailbox");
  if (fault.code === "server.busy") return fault;
  return new Fault({
    code: "look.denied",
    message: fault.message,
    spoils: "mailbox",
    retry: "later",
    about,
    remedy:
      "give the master or administrator the rights of the mailbox's owner (ACL; in Dovecot by `acl_user`); nothing was changed",
  });
}

const isSelectable = ({ attributes }: Listed): boolean => !mereName.some((each) => attributes.has(each));

/** The role that the server itself gives a folder. */
export function saidRole({ attributes }: Listed): Role | undefined {
  const use = Object.keys(roles).find((each) => attributes.has(each));
  return use === undefined ? undefined : roles[use];
}

/** Special use as the server says it; where it says none at all, by the names that mail programs use. */
function roleTable(listed: readonly Listed[], names: Names): ReadonlyMap<PlaceId, Role> {
  const said = new Map<PlaceId, Role>();
  for (const one of listed) {
    const role = saidRole(one);
    if (role !== undefined) said.set(one.id, role);
  }
  const paths = listed.filter(isSelectable).map(({ id }) => ({ id, path: names.pathOf(id) }));
  const guessed = said.size > 0 ? new Map<readonly string[], Role>() : rolesOf(paths.map(({ path }) => path));
  for (const { id, path } of paths) {
    const role = id === "INBOX" ? "inbox" : guessed.get(path);
    if (role !== undefined) said.set(id, role);
  }
  return said;
}

export interface LookFacts {
  readonly names: Names;
  readonly naming: Naming;
  /** Marks of a folder that was opened for writing; of one that was not, what a folder made now could keep. */
  readonly marksOf: (id: PlaceId | undefined) => Place["marks"];
}

export function placeOf(
  one: Listed,
  standing: Standing | undefined,
  role: Role | undefined,
  facts: Omit<LookFacts, "naming">,
): Place {
  const { names, marksOf } = facts;
  return {
    id: one.id,
    path: names.pathOf(one.id),
    ...(role === undefined ? {} : { role }),
    ...(one.subscribed === undefined ? {} : { subscribed: one.subscribed }),
    selectable: isSelectable(one),
    ...(views.some((view) => one.attributes.has(view)) ? { optional: true as const } : {}),
    marks: marksOf(one.id),
    ...(standing?.objectId === undefined ? {} : { objectId: standing.objectId }),
    neverRemoved: standing !== undefined && standing.next - 1 === standing.messages,
  };
}

function feedOf(id: PlaceId, { validity, next, messages, modseq }: Standing): Feed {
  return {
    id,
    places: [id],
    epoch: validity,
    ...versionOf(next, messages, modseq),
    count: messages,
    watermark: { next },
  };
}

/** Throws `look.empty` where there is no folder at all, which no mailbox is without (RFC 3501, 5.1). */
export function lookOf({ listed, standings }: Survey, facts: LookFacts, about: string): Look {
  if (listed.length === 0)
    throw new Fault({
      code: "look.empty",
      message: "The server shows no folder at all, not even INBOX",
      spoils: "mailbox",
      retry: "later",
      about,
      remedy: "look at the rights of the login: a master or administrator may need an ACL; nothing was changed",
    });
  const table = roleTable(listed, facts.names);
  const feeds = listed.filter(isSelectable).flatMap(({ id }) => {
    const standing = standings.get(id);
    return standing === undefined ? [] : [feedOf(id, standing)];
  });
  return {
    places: listed.map((one) => placeOf(one, standings.get(one.id), table.get(one.id), facts)),
    feeds,
    naming: facts.naming,
    marks: facts.marksOf(undefined),
  };
}
