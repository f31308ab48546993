/** Writing to mailboxes of the stand-in for Graph: folders, marks, moves, and Exchange's own export and import. */
import { randomBytes } from "node:crypto";
import type { Box, FakeMessage, Kept } from "./mail.ts";
import type { Properties } from "./objects.ts";
import { type Asked, failed, nothing, ok, type Route, type Said } from "./said.ts";
import { type Act, routeOf } from "./table.ts";

interface Store {
  readonly boxOf: (user: string) => Box;
  readonly put: (user: string, folder: string, message: FakeMessage) => string;
  readonly alter: (user: string, id: string, change: Partial<FakeMessage>) => void;
  readonly relocate: (user: string, id: string, to: string) => void;
  readonly drop: (user: string, id: string) => void;
  readonly makeFolder: (user: string, name: string, parent?: string) => string;
  readonly kept: (box: Box, id: string) => Kept | undefined;
  readonly show: (kept: Kept) => Properties;
  readonly now: () => number;
  readonly base: () => string;
  readonly imported: () => void;
}

/** What a mailbox is called by Exchange (`MBX:…@…`), and whose it is. */
const mailboxOf = (user: string): string => `MBX:${Buffer.from(user.toLowerCase()).toString("hex")}@a7809c93`;
const userOf = (mailbox: string): string => Buffer.from(/^MBX:([0-9a-f]*)@/.exec(mailbox)?.[1] ?? "", "hex").toString();

const magic = "FTS\0";

/** Octets that only Exchange reads: never the same twice, and all of the message in them. */
export function exportOf(message: FakeMessage): Buffer {
  const here = { id: undefined, folder: undefined, created: undefined };
  const text = JSON.stringify({ ...message, ...here, octets: message.octets.toString("base64") });
  const salt = randomBytes(8);
  const body = Buffer.from(text).map((octet, at) => octet ^ (salt[at % 8] ?? 0));
  return Buffer.concat([Buffer.from(magic), salt, body]);
}

function importOf(data: Buffer): FakeMessage | undefined {
  if (data.subarray(0, 4).toString() !== magic) return undefined;
  const salt = data.subarray(4, 12);
  const text = Buffer.from(data.subarray(12).map((octet, at) => octet ^ (salt[at % 8] ?? 0))).toString();
  const { octets, ...rest } = JSON.parse(text) as FakeMessage & { readonly octets: unknown };
  return { ...rest, octets: Buffer.from(String(octets), "base64") };
}

const lost = (): Said => failed(404, "ErrorItemNotFound", "The specified object was not found in the store.");
const folderLost = (): Said =>
  failed(404, "ErrorFolderNotFound", "The specified folder could not be found in the store.");

const addressesOf = (value: unknown): string =>
  (value as readonly { readonly emailAddress: { readonly address: string; readonly name?: string } }[])
    .map(({ emailAddress: { address, name } }) => (name === undefined ? address : `${name} <${address}>`))
    .join(", ");

/** MIME as Exchange would make it of a message's properties: other octets than anybody's before. */
function mimeOf(made: Properties, sent: string): Buffer {
  const { contentType, content } = made["body"] as { readonly contentType: string; readonly content: string };
  const fields: readonly (readonly [string, string])[] = [
    ["From", made["from"] === undefined ? "" : addressesOf([made["from"]])],
    ["To", addressesOf(made["toRecipients"])],
    ["CC", addressesOf(made["ccRecipients"])],
    ["Subject", String(made["subject"])],
    ["Message-ID", String(made["internetMessageId"] ?? "")],
    ["Date", new Date(sent).toUTCString().replace("GMT", "+0000")],
    ["Content-Type", `text/${contentType === "html" ? "html" : "plain"}; charset="utf-8"`],
    ["Content-Transfer-Encoding", "base64"],
  ];
  const header = fields.flatMap(([name, value]) => (value === "" ? [] : `${name}: ${value}\r\n`)).join("");
  return Buffer.from(`${header}\r\n${Buffer.from(content).toString("base64")}\r\n`);
}

export function writingOf(store: Store) {
  const { boxOf, kept, show, now } = store;
  /** Import URLs by their tokens, with their ends. */
  const sessions = new Map<string, { readonly user: string; readonly until: number }>();
  let hide = 0;

  function make(asked: Asked, user: string, parent: string | undefined): Said {
    const { displayName } = asked.body as { readonly displayName: string };
    const box = boxOf(user);
    const taken = [...box.folders.values()].some(
      (each) => each.parent === parent && each.name.toLowerCase() === displayName.toLowerCase(),
    );
    if (taken) return failed(409, "ErrorFolderExists", "A folder with the specified name already exists.");
    if (parent !== undefined && !box.folders.has(parent)) return folderLost();
    const id = store.makeFolder(user, displayName, parent);
    return ok({ id, displayName, parentFolderId: parent ?? "root", childFolderCount: 0, totalItemCount: 0 }, 201);
  }

  function patchFolder(user: string, id: string, change: { readonly name?: string; readonly parent?: string }): Said {
    const box = boxOf(user);
    const folder = box.folders.get(id);
    if (folder === undefined) return folderLost();
    const parent = change.parent === "msgfolderroot" ? undefined : (change.parent ?? folder.parent);
    box.folders.set(id, { id, name: change.name ?? folder.name, parent });
    return ok({ id, displayName: change.name ?? folder.name, parentFolderId: parent ?? "root" });
  }

  function patch({ body }: Asked, user: string, id: string): Said {
    const found = kept(boxOf(user), id);
    if (found === undefined) return lost();
    const { isRead, flag, categories, ...rest } = body as Properties;
    if (Object.keys(rest).length > 0) return failed(400, "ErrorInvalidPropertySet", Object.keys(rest).join());
    const { flagStatus, ...dates } = (flag ?? {}) as Properties;
    store.alter(user, found.id, {
      ...(isRead !== undefined && { read: isRead === true }),
      ...(flag !== undefined && {
        flagged: flagStatus === "flagged",
        flag: flagStatus === "notFlagged" ? {} : { ...dates, flagStatus },
      }),
      ...(categories !== undefined && { categories: categories as readonly string[] }),
    });
    return ok(show(kept(boxOf(user), id) as Kept));
  }

  function move({ body }: Asked, user: string, id: string): Said {
    const found = kept(boxOf(user), id);
    const { DestinationId: to } = body as { readonly DestinationId: string };
    if (found === undefined) return lost();
    if (!boxOf(user).folders.has(to)) return folderLost();
    store.relocate(user, found.id, to);
    return ok(show(kept(boxOf(user), id) as Kept), 201);
  }

  /** A message of JSON: a draft of now, unless PidTagMessageFlags and PidTagMessageDeliveryTime say otherwise. */
  function create({ body }: Asked, user: string, folder: string): Said {
    if (!boxOf(user).folders.has(folder)) return folderLost();
    const made = body as Properties;
    if (JSON.stringify(made).length > 4 * 1024 * 1024) return failed(413, "RequestEntityTooLarge", "too large");
    const set = new Map(
      (made["singleValueExtendedProperties"] as readonly { readonly id: string; readonly value: string }[]).map(
        ({ id, value }) => [id.toLowerCase(), value],
      ),
    );
    const draft = !set.has("integer 0x0e07");
    const verb = set.get("integer 0x1081");
    const { flagStatus } = made["flag"] as Properties;
    const id = store.put(user, folder, {
      made,
      octets: mimeOf(made, set.get("systemtime 0x0039") ?? ""),
      received: draft ? new Date(now()).toISOString() : (set.get("systemtime 0x0e06") ?? ""),
      created: new Date(now()).toISOString(),
      draft,
      read: made["isRead"] === true,
      flagged: flagStatus === "flagged",
      flag: flagStatus === "notFlagged" ? {} : (made["flag"] as Properties),
      categories: made["categories"] as readonly string[],
      ...(verb !== undefined && { verb: Number(verb) }),
    });
    return ok(show(kept(boxOf(user), id) as Kept), 201);
  }

  function exported({ body }: Asked, mailbox: string): Said {
    const ids = (body as { readonly ItemIds: readonly string[] }).ItemIds;
    if (ids.length > 20) return failed(400, "ErrorInvalidRequest", "At most 20 items.");
    return ok({
      value: ids.map((itemId) => {
        const found = kept(boxOf(userOf(mailbox)), itemId);
        return found === undefined
          ? {
              itemId,
              error: { code: "ErrorItemNotFound", message: "The specified object was not found in the store." },
            }
          : { itemId, changeKey: "CQAAAA==", data: exportOf(found).toString("base64") };
      }),
    });
  }

  function session(mailbox: string): Said {
    const token = randomBytes(9).toString("base64url");
    const until = now() + 600_000;
    sessions.set(token, { user: userOf(mailbox), until });
    const importUrl = `${new URL(store.base()).origin}/api/gbeta/Mailboxes('${mailbox}')/importItem?authtoken=${token}`;
    return ok({ importUrl, expirationDateTime: new Date(until).toISOString() });
  }

  function imported({ body, query, headers }: Asked): Said {
    if (headers["authorization"] !== undefined) return failed(400, "BadRequest", "The URL is authenticated already.");
    const here = sessions.get(query.get("authtoken") ?? "");
    if (here === undefined || here.until <= now()) return failed(401, "InvalidAuthenticationToken", "It is over.");
    const { FolderId, Mode, Data } = body as {
      readonly FolderId: string;
      readonly Mode: string;
      readonly Data: string;
    };
    const message = importOf(Buffer.from(Data, "base64"));
    if (Mode !== "create" || message === undefined) return failed(400, "ErrorCorruptData", "The stream is not valid.");
    if (!boxOf(here.user).folders.has(FolderId)) return folderLost();
    const id = store.put(here.user, FolderId, { ...message, created: new Date(now()).toISOString() });
    if (hide > 0) boxOf(here.user).hidden.set(id, hide);
    store.imported();
    return ok({ itemId: `R-${id}`, changeKey: "CQAAAA==" });
  }

  const table: readonly (readonly [string, Act])[] = [
    ["POST /users/*/mailFolders", (asked, [, user = ""]) => make(asked, user, undefined)],
    ["POST /users/*/mailFolders/*/childFolders", (asked, [, user = "", , id = ""]) => make(asked, user, id)],
    [
      "PATCH /users/*/mailFolders/*",
      ({ body }, [, user = "", , id = ""]) =>
        patchFolder(user, id, { name: (body as { readonly displayName: string }).displayName }),
    ],
    [
      "POST /users/*/mailFolders/*/move",
      ({ body }, [, user = "", , id = ""]) =>
        patchFolder(user, id, { parent: (body as { readonly DestinationId: string }).DestinationId }),
    ],
    ["POST /users/*/mailFolders/*/messages", (asked, [, user = "", , id = ""]) => create(asked, user, id)],
    ["PATCH /users/*/messages/*", (asked, [, user = "", , id = ""]) => patch(asked, user, id)],
    ["POST /users/*/messages/*/move", (asked, [, user = "", , id = ""]) => move(asked, user, id)],
    [
      "DELETE /users/*/messages/*",
      (_, [, user = "", , id = ""]) => {
        const found = kept(boxOf(user), id);
        if (found === undefined) return lost();
        store.drop(user, found.id);
        return nothing;
      },
    ],
    ["GET /users/*/settings/exchange", (_, [, user = ""]) => ok({ primaryMailboxId: mailboxOf(user) })],
    ["POST /admin/exchange/mailboxes/*/exportItems", (asked, [, , , mailbox = ""]) => exported(asked, mailbox)],
    ["POST /admin/exchange/mailboxes/*/createImportSession", (_, [, , , mailbox = ""]) => session(mailbox)],
    ["POST /api/gbeta/*/importItem", imported],
  ];

  return {
    route: routeOf(table) satisfies Route,
    endSessions: () => sessions.clear(),
    late: (readings: number) => void (hide = readings),
  };
}
