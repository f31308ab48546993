/** Mailboxes of the stand-in for Graph: folders, messages with their octets, and deltas. */
import { writingOf } from "./mail-writing.ts";
import { lower, type Properties } from "./objects.ts";
import { type Asked, chosen, failed, missing, ok, paged, type Route, type Said } from "./said.ts";
import { type Act, routeOf } from "./table.ts";

export interface FakeMessage {
  readonly octets: Buffer;
  readonly received: string;
  readonly read?: boolean;
  readonly flagged?: boolean;
  readonly categories?: readonly string[];
  readonly verb?: number;
  readonly draft?: boolean;
  /** Dates of the flag, and whether it is done, as Graph has them (followupFlag). */
  readonly flag?: Properties;
  /** What it was made of, where Graph made it. */
  readonly made?: Properties;
  /** When it was made in this mailbox; when it was received by default. */
  readonly created?: string;
}

export interface FakeMailOptions {
  /** The most entries of a delta's page. */
  readonly page?: number;
  readonly now?: () => number;
  /** What a mailbox shows as MIME of what it keeps, and how much larger it counts it. */
  readonly shows?: (octets: Buffer, id: string) => Buffer;
  readonly grows?: (id: string) => number;
  /** Is told of each import, once it has taken effect. */
  readonly imported?: () => void;
  /** Whether folders tell the number that IMAP gives the next message. */
  readonly numbered?: boolean;
}

export interface FakeMail {
  readonly route: Route;
  /** Makes a folder, and gives its id; without a parent at the top. */
  folder(user: string, name: string, parent?: string): string;
  /** The id of a folder that every mailbox has. */
  wellKnown(user: string, name: "inbox" | "sentitems" | "deleteditems"): string;
  put(user: string, folder: string, message: FakeMessage): string;
  change(user: string, id: string, change: Partial<FakeMessage>): void;
  move(user: string, id: string, to: string): void;
  remove(user: string, id: string): void;
  /** No delta link that was given is good any more. */
  expire(): void;
  /** All that is in a folder. */
  held(user: string, folder: string): readonly Kept[];
  /** The folder of this path, by its names. */
  find(user: string, path: readonly string[]): string | undefined;
  /** No import URL that was given is good any more. */
  endSessions(): void;
  /** What is imported shows only to the n-th reading after. */
  late(readings: number): void;
  /** The most requests of one mailbox that were under way at one time are counted by the server. */
  readonly values: () => number;
}

export interface Kept extends FakeMessage {
  readonly id: string;
  readonly folder: string;
}

interface Change {
  readonly id: string;
  readonly folder: string;
  readonly gone: boolean;
  /** Made there, or moved there. */
  readonly came: boolean;
}

export interface Box {
  readonly folders: Map<string, { readonly id: string; readonly name: string; readonly parent: string | undefined }>;
  readonly known: Map<string, string>;
  readonly messages: Map<string, Kept>;
  readonly log: Change[];
  /** How often what does not show yet was looked for in vain, and must be still. */
  readonly hidden: Map<string, number>;
}

const utc = (time: string): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

/** A field of a message's header, as far as the stand-in reads one. */
const fieldOf = (octets: Buffer, name: string): string =>
  new RegExp(`^${name}: *(.*)`, "im").exec(octets.toString().split(/\r?\n\r?\n/, 1)[0] ?? "")?.[1]?.trim() ?? "";

function recipientOf(text: string): Properties | undefined {
  const [, name = "", angle] = /^(.*?)\s*<([^>]*)>$/.exec(text) ?? [];
  const address = angle ?? text;
  return address === "" ? undefined : { emailAddress: { name: name || address, address } };
}

function shown(kept: Kept, grows = 0): Properties {
  const { id, folder, octets, received, read = false, flagged = false, categories = [], verb, draft = false } = kept;
  const size = octets.length + 500 + categories.join("").length * 2 + grows;
  const sent = Date.parse(fieldOf(octets, "date"));
  const [from, to] = [recipientOf(fieldOf(octets, "from")), recipientOf(fieldOf(octets, "to"))];
  return {
    id,
    parentFolderId: folder,
    receivedDateTime: utc(received),
    createdDateTime: utc(kept.created ?? received),
    internetMessageId: fieldOf(octets, "message-id") || null,
    subject: fieldOf(octets, "subject"),
    ...(from !== undefined && { from }),
    toRecipients: to === undefined ? [] : [to],
    ...(Number.isNaN(sent) ? {} : { sentDateTime: new Date(sent).toISOString() }),
    isRead: read,
    isDraft: draft,
    flag: { ...kept.flag, flagStatus: flagged ? "flagged" : (kept.flag?.["flagStatus"] ?? "notFlagged") },
    categories,
    singleValueExtendedProperties: [
      { id: "Integer 0xe08", value: String(size) },
      ...(verb === undefined ? [] : [{ id: "Integer 0x1081", value: String(verb) }]),
    ],
  };
}

const unfound = (): Said => failed(404, "ErrorItemNotFound", "The specified object was not found in the store.");

export function createMail(base: () => string, options: FakeMailOptions = {}): FakeMail {
  const {
    page = 3,
    now = Date.now,
    shows = (octets: Buffer) => octets,
    grows = () => 0,
    numbered = true,
    imported = () => {},
  } = options;
  const boxes = new Map<string, Box>();
  let [count, epoch, values] = [0, 0, 0];
  const newId = (what: string): string => `AAkALg${what}${(count += 1)}=`;

  function boxOf(user: string): Box {
    const known = boxes.get(lower(user));
    if (known !== undefined) return known;
    const box: Box = { folders: new Map(), known: new Map(), messages: new Map(), log: [], hidden: new Map() };
    for (const [name, shownName] of [
      ["inbox", "Posteingang"],
      ["sentitems", "Gesendete Elemente"],
      ["drafts", "Entwürfe"],
      ["deleteditems", "Gelöschte Elemente"],
      ["junkemail", "Junk-E-Mail"],
    ] as const) {
      const id = newId("F");
      box.folders.set(id, { id, name: shownName, parent: undefined });
      box.known.set(name, id);
    }
    boxes.set(lower(user), box);
    return box;
  }

  const folderOf = (box: Box, name: string): string => box.known.get(name) ?? name;
  const within = (box: Box, folder: string): readonly Kept[] =>
    [...box.messages.values()].filter((each) => each.folder === folder && !box.hidden.has(each.id));
  const show = (kept: Kept): Properties => shown(kept, grows(kept.id));
  const children = (box: Box, parent: string | undefined) =>
    [...box.folders.values()].filter((each) => each.parent === parent);
  const told = (
    box: Box,
    { id, name, parent }: { id: string; name: string; parent: string | undefined },
  ): Properties => ({
    id,
    displayName: name,
    parentFolderId: parent ?? "root",
    childFolderCount: children(box, id).length,
    totalItemCount: within(box, id).length,
    unreadItemCount: 0,
    isHidden: false,
    ...(numbered && {
      singleValueExtendedProperties: [
        {
          id: "Integer 0x6751",
          value: String(box.log.filter((each) => each.folder === id && each.came).length + 1),
        },
      ],
    }),
  });

  /** One reading more of what does not show yet. */
  function look(box: Box): void {
    for (const [id, left] of box.hidden) {
      if (left > 0) box.hidden.set(id, left - 1);
      else {
        box.hidden.delete(id);
        const kept = box.messages.get(id);
        if (kept !== undefined) box.log.push({ id, folder: kept.folder, gone: false, came: true });
      }
    }
  }

  function delta(asked: Asked, [, user = "", , folder = ""]: readonly string[]): Said {
    const box = boxOf(user);
    const token = asked.query.get("$deltatoken");
    const [from = 0, made = epoch, kind = 0] = (token ?? "").split(".").filter(Boolean).map(Number);
    if (made !== epoch) return failed(410, "syncStateNotFound", "The sync state generation is not found.");
    if (!asked.query.has("$skiptoken")) look(box);
    const created = kind === 1 || asked.query.get("changeType") === "created";
    const [skip = 0, upTo = box.log.length] = (asked.query.get("$skiptoken") ?? "")
      .split(".")
      .filter(Boolean)
      .map(Number);
    const all = token === null ? within(box, folder).map(show) : changed(box, folder, from, created);
    const path = `${base()}/users/${encodeURIComponent(user)}/mailFolders/${encodeURIComponent(folder)}/messages/delta`;
    const query = new URLSearchParams(asked.query);
    query.set("$skiptoken", `${skip + page}.${upTo}`);
    const links =
      skip + page < all.length
        ? { "@odata.nextLink": `${path}?${query.toString()}` }
        : { "@odata.deltaLink": `${path}?$deltatoken=${upTo}.${epoch}.${created ? 1 : 0}` };
    return ok({ value: all.slice(skip, skip + page).map((each) => chosen(each, query)), ...links });
  }

  /** What happened in a folder since: the last of each message, by what changed alone. */
  function changed(box: Box, folder: string, from: number, created: boolean): readonly Properties[] {
    const since = box.log.slice(from).filter((each) => each.folder === folder && !box.hidden.has(each.id));
    const came = new Set(since.flatMap((each) => (each.came ? [each.id] : [])));
    const last = new Map(since.filter(({ id }) => !created || came.has(id)).map((each) => [each.id, each]));
    return [...last.values()].map(({ id, gone }): Properties => {
      const there = box.messages.get(id);
      return gone || there?.folder !== folder
        ? { id, "@removed": { reason: "deleted" } }
        : { id, isRead: there.read === true };
    });
  }

  const list = (all: readonly Properties[], asked: Asked): Said => paged(all, asked, base(), 2);
  /** Ids of either kind name the same message. */
  const kept = (box: Box, id: string): Kept | undefined => box.messages.get(id.replace(/^R-/, ""));
  const message = (asked: Asked, [, user = "", , id = ""]: readonly string[]): Said => {
    const box = boxOf(user);
    const found = kept(box, id);
    const hidden = box.hidden.has(found?.id ?? "");
    look(box);
    return found === undefined || hidden ? unfound() : ok(chosen(show(found), asked.query));
  };

  const table: readonly (readonly [string, Act])[] = [
    [
      "GET /users/*/mailFolders",
      (asked, [, user = ""]) =>
        list(
          children(boxOf(user), undefined).map((each) => told(boxOf(user), each)),
          asked,
        ),
    ],
    [
      "GET /users/*/mailFolders/*/childFolders",
      (asked, [, user = "", , id = ""]) =>
        list(
          children(boxOf(user), id).map((each) => told(boxOf(user), each)),
          asked,
        ),
    ],
    [
      "GET /users/*/mailFolders/*",
      (asked, [, user = "", , id = ""]) => {
        const found = boxOf(user).folders.get(folderOf(boxOf(user), id));
        return found === undefined ? missing(id) : ok(chosen(told(boxOf(user), found), asked.query));
      },
    ],
    ["GET /users/*/mailFolders/*/messages/delta", delta],
    ["GET /users/*/messages/*", message],
    [
      "GET /users/*/messages/*/$value",
      (_, [, user = "", , id = ""]) => {
        const found = boxOf(user).messages.get(id);
        values += 1;
        return found === undefined ? unfound() : { status: 200, octets: shows(found.octets, found.id) };
      },
    ],
  ];

  const writing = writingOf({ boxOf, put, alter, relocate, drop, makeFolder, kept, show, now, base, imported });

  function put(user: string, folder: string, given: FakeMessage): string {
    const box = boxOf(user);
    const id = newId("M");
    box.messages.set(id, { ...given, id, folder });
    box.log.push({ id, folder, gone: false, came: true });
    return id;
  }

  function alter(user: string, id: string, change: Partial<FakeMessage>): void {
    const box = boxOf(user);
    const was = box.messages.get(id) as Kept;
    box.messages.set(id, { ...was, ...change });
    box.log.push({ id, folder: was.folder, gone: false, came: false });
  }

  function relocate(user: string, id: string, to: string): void {
    const box = boxOf(user);
    const was = box.messages.get(id) as Kept;
    if (was.folder === to) return;
    box.messages.set(id, { ...was, folder: to });
    box.log.push({ id, folder: was.folder, gone: true, came: false }, { id, folder: to, gone: false, came: true });
  }

  function drop(user: string, id: string): void {
    const box = boxOf(user);
    const was = box.messages.get(id) as Kept;
    box.messages.delete(id);
    box.log.push({ id, folder: was.folder, gone: true, came: false });
  }

  function makeFolder(user: string, name: string, parent?: string): string {
    const id = newId("F");
    boxOf(user).folders.set(id, { id, name, parent });
    return id;
  }

  return {
    route: (asked) => routeOf(table)(asked) ?? writing.route(asked),
    folder: makeFolder,
    put,
    change: alter,
    move: relocate,
    remove: drop,
    held: (user, folder) => [...boxOf(user).messages.values()].filter((each) => each.folder === folder),
    find(user, path) {
      const [first, ...rest] = path;
      const top = first === "INBOX" ? boxOf(user).known.get("inbox") : undefined;
      return rest.reduce<string | undefined>(
        (at, name) => (at === undefined ? undefined : children(boxOf(user), at).find((each) => each.name === name)?.id),
        top ?? children(boxOf(user), undefined).find((each) => each.name === first)?.id,
      );
    },
    endSessions: writing.endSessions,
    late: writing.late,
    wellKnown: (user, name) => boxOf(user).known.get(name) ?? "",
    expire: () => void (epoch += 1),
    values: () => values,
  };
}
