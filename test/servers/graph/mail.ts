/** Mailboxes of the stand-in for Graph: folders, messages with their octets, and deltas. */
import { lower, type Properties } from "./objects.ts";
import { type Asked, chosen, failed, missing, ok, paged, type Route, type Said } from "./said.ts";
import { type Act, routeOf } from "./table.ts";

interface FakeMessage {
  readonly octets: Buffer;
  readonly received: string;
  readonly read?: boolean;
  readonly flagged?: boolean;
  readonly categories?: readonly string[];
  readonly verb?: number;
}

export interface FakeMail {
  readonly route: Route;
  /** Makes a folder, and gives its id; without a parent at the top. */
  folder(user: string, name: string, parent?: string): string;
  /** The id of a folder that every mailbox has. */
  wellKnown(user: string, name: "inbox" | "sentitems"): string;
  put(user: string, folder: string, message: FakeMessage): string;
  change(user: string, id: string, change: Partial<FakeMessage>): void;
  move(user: string, id: string, to: string): void;
  remove(user: string, id: string): void;
  /** No delta link that was given is good any more. */
  expire(): void;
  /** The most requests of one mailbox that were under way at one time are counted by the server. */
  readonly values: () => number;
}

interface Kept extends FakeMessage {
  readonly id: string;
  readonly folder: string;
}

interface Change {
  readonly id: string;
  readonly folder: string;
  readonly gone: boolean;
}

interface Box {
  readonly folders: Map<string, { readonly id: string; readonly name: string; readonly parent: string | undefined }>;
  readonly known: Map<string, string>;
  readonly messages: Map<string, Kept>;
  readonly log: Change[];
}

const utc = (time: string): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

function shown({
  id,
  folder,
  octets,
  received,
  read = false,
  flagged = false,
  categories = [],
  verb,
}: Kept): Properties {
  const size = octets.length + 500 + categories.join("").length * 2;
  return {
    id,
    parentFolderId: folder,
    receivedDateTime: utc(received),
    createdDateTime: utc(received),
    isRead: read,
    isDraft: false,
    flag: { flagStatus: flagged ? "flagged" : "notFlagged" },
    categories,
    singleValueExtendedProperties: [
      { id: "Integer 0xe08", value: String(size) },
      ...(verb === undefined ? [] : [{ id: "Integer 0x1081", value: String(verb) }]),
    ],
  };
}

/** `page`: the most entries of a delta's page. */
export function createMail(base: () => string, page = 3): FakeMail {
  const boxes = new Map<string, Box>();
  let [count, epoch, values] = [0, 0, 0];
  const newId = (what: string): string => `AAkALg${what}${(count += 1)}=`;

  function boxOf(user: string): Box {
    const known = boxes.get(lower(user));
    if (known !== undefined) return known;
    const box: Box = { folders: new Map(), known: new Map(), messages: new Map(), log: [] };
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
    [...box.messages.values()].filter((each) => each.folder === folder);
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
  });

  function delta(asked: Asked, [, user = "", , folder = ""]: readonly string[]): Said {
    const box = boxOf(user);
    const token = asked.query.get("$deltatoken");
    const [from = 0, made = epoch] = (token ?? "").split(".").filter(Boolean).map(Number);
    if (made !== epoch) return failed(410, "syncStateNotFound", "The sync state generation is not found.");
    const upTo = box.log.length;
    const all = token === null ? within(box, folder).map(shown) : changed(box, folder, from);
    const skip = Number(asked.query.get("$skiptoken") ?? 0);
    const path = `${base()}/users/${encodeURIComponent(user)}/mailFolders/${encodeURIComponent(folder)}/messages/delta`;
    const query = new URLSearchParams(asked.query);
    query.set("$skiptoken", String(skip + page));
    const links =
      skip + page < all.length
        ? { "@odata.nextLink": `${path}?${query.toString()}` }
        : { "@odata.deltaLink": `${path}?$deltatoken=${upTo}.${epoch}` };
    return ok({ value: all.slice(skip, skip + page).map((each) => chosen(each, query)), ...links });
  }

  /** What happened in a folder since: the last of each message, by what changed alone. */
  function changed(box: Box, folder: string, from: number): readonly Properties[] {
    const last = new Map(
      box.log
        .slice(from)
        .filter((each) => each.folder === folder)
        .map((each) => [each.id, each]),
    );
    return [...last.values()].map(({ id, gone }): Properties => {
      const there = box.messages.get(id);
      return gone || there?.folder !== folder
        ? { id, "@removed": { reason: "deleted" } }
        : { id, isRead: there.read === true };
    });
  }

  const list = (all: readonly Properties[], asked: Asked): Said => paged(all, asked, base(), 2);
  const message = (asked: Asked, [, user = "", , id = ""]: readonly string[]): Said => {
    const found = boxOf(user).messages.get(id);
    return found === undefined
      ? failed(404, "ErrorItemNotFound", "The specified object was not found in the store.")
      : ok(chosen(shown(found), asked.query));
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
        return found === undefined
          ? failed(404, "ErrorItemNotFound", "The specified object was not found in the store.")
          : { status: 200, octets: found.octets };
      },
    ],
  ];

  return {
    route: routeOf(table),
    folder(user, name, parent) {
      const id = newId("F");
      boxOf(user).folders.set(id, { id, name, parent });
      return id;
    },
    wellKnown: (user, name) => boxOf(user).known.get(name) ?? "",
    put(user, folder, given) {
      const box = boxOf(user);
      const id = newId("M");
      box.messages.set(id, { ...given, id, folder });
      box.log.push({ id, folder, gone: false });
      return id;
    },
    change(user, id, change) {
      const box = boxOf(user);
      const was = box.messages.get(id) as Kept;
      box.messages.set(id, { ...was, ...change });
      box.log.push({ id, folder: was.folder, gone: false });
    },
    move(user, id, to) {
      const box = boxOf(user);
      const was = box.messages.get(id) as Kept;
      box.messages.set(id, { ...was, folder: to });
      box.log.push({ id, folder: was.folder, gone: true }, { id, folder: to, gone: false });
    },
    remove(user, id) {
      const box = boxOf(user);
      const was = box.messages.get(id) as Kept;
      box.messages.delete(id);
      box.log.push({ id, folder: was.folder, gone: true });
    },
    expire: () => void (epoch += 1),
    values: () => values,
  };
}
