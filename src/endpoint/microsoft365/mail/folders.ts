import type { Options } from "../../../contract/options.ts";
import type { Place, Role } from "../../../model/item.ts";
import { isDone, listOf, type Loose, textOf } from "../answer.ts";
import { sendBatch } from "../batch.ts";
import type { Call } from "../graph.ts";
import type { Mailbox } from "./mailbox.ts";

export interface Folder {
  readonly place: Place;
  readonly count: number;
}

/** Folders by the names that are the same in every language (Microsoft Graph, mailFolder: well-known names). */
const wellKnown: readonly (readonly [string, Role])[] = [
  ["inbox", "inbox"],
  ["sentitems", "sent"],
  ["drafts", "drafts"],
  ["junkemail", "junk"],
  ["deleteditems", "trash"],
  ["archive", "archive"],
];

/** The number that IMAP gives the next message of a folder (PidTagArticleNumberNext, MS-OXPROPS). */
const nextNumber = "Integer 0x6751";

const select = "$select=id,displayName,parentFolderId,childFolderCount,totalItemCount";
const counted = `${select}&$expand=singleValueExtendedProperties($filter=id%20eq%20'${nextNumber.replace(" ", "%20")}')`;

/** All folders that a person sees, the inbox's own name as IMAP has it. `proves` asks whether anything was ever removed from them. */
export async function readFolders(mailbox: Mailbox, options: Options, proves = false): Promise<readonly Folder[]> {
  const roles = await rolesOf(mailbox, options);
  const found: Folder[] = [];
  let level: readonly { readonly path: readonly string[]; readonly at: string }[] = [{ path: [], at: "/mailFolders" }];
  while (level.length > 0) {
    const next: (typeof level)[number][] = [];
    for (const { path, at } of level)
      for (const folder of await readAll(mailbox, `${at}?$top=100&${proves ? counted : select}`, options)) {
        const id = textOf(folder["id"]) ?? "";
        if (folder["@odata.type"] === "#microsoft.graph.mailSearchFolder") continue;
        const role = roles.get(id);
        const name = role === "inbox" ? "INBOX" : (textOf(folder["displayName"]) ?? id).normalize("NFC");
        const own = [...path, name];
        const place = { ...placeOf(id, own, role), neverRemoved: proves && isUntouched(folder) };
        found.push({ place, count: Number(folder["totalItemCount"] ?? 0) });
        if (Number(folder["childFolderCount"] ?? 0) > 0)
          next.push({ path: own, at: `/mailFolders/${encodeURIComponent(id)}/childFolders` });
      }
    level = next;
  }
  return found;
}

/** As many messages as were ever numbered; where no number is told, only an empty folder is known to have lost nothing. */
function isUntouched(folder: Loose): boolean {
  const count = Number(folder["totalItemCount"] ?? Number.NaN);
  const next = Number(textOf(listOf(folder["singleValueExtendedProperties"])[0]?.["value"]) ?? Number.NaN);
  return Number.isNaN(next) ? count === 0 : next - 1 === count;
}

export const placeOf = (id: string, path: readonly string[], role: Role | undefined): Place => ({
  id,
  path,
  selectable: true,
  marks: "any",
  objectId: id,
  neverRemoved: false,
  ...(role !== undefined && { role }),
});

async function readAll(mailbox: Mailbox, path: string, options: Options): Promise<readonly Loose[]> {
  const all: Loose[] = [];
  for await (const page of mailbox.graph.pages(mailbox.call(path), options)) all.push(...page);
  return all;
}

async function rolesOf(mailbox: Mailbox, options: Options): Promise<ReadonlyMap<string, Role>> {
  const calls = wellKnown.map(([name]): Call => ({
    ...mailbox.call(`/mailFolders/${name}?$select=id`),
    method: "GET",
  }));
  const answers = await sendBatch(mailbox.graph, calls, mailbox, options);
  return new Map(
    answers.flatMap((answered, index): [string, Role][] => {
      const role = wellKnown[index]?.[1];
      const id = textOf(answered.body["id"]);
      // Nobody must have an archive.
      if (role === undefined || answered.status === 404) return [];
      if (!isDone(answered) || id === undefined) throw mailbox.refusal(answered, "Reading the folders");
      return [[id, role]];
    }),
  );
}
