import type { PlaceId } from "../../../model/item.ts";
import type { Line } from "../connect.ts";
import { mailboxName, type Names } from "../names.ts";
import { attributesOf, textOf } from "../wire/response.ts";

/** The login's own rights on a folder (RFC 4314), such as `lrswi`; undefined where the server tells none. */
export async function rightsOn({ wire, abilities }: Line, names: Names, id: PlaceId): Promise<string | undefined> {
  if (!abilities.acl) return undefined;
  let rights: string | undefined;
  await wire.run(["MYRIGHTS ", mailboxName(names.wireOf(id), abilities.utf8)], (response) => {
    if (response.name === "MYRIGHTS") rights = textOf(response.values[1]);
  });
  return rights;
}

/** Days after which a server removes mail, by its annotation; Cyrus alone tells (`cyr_expire`), for a folder and all below it. */
const expiry = "/shared/vendor/cmu/cyrus-imapd/expire";

/** Folders that are emptied by age, as far as METADATA (RFC 5464) shows. What is not shown may be there all the same. */
export async function expiriesOf(
  { wire, abilities }: Line,
  names: Names,
  ids: readonly PlaceId[],
): Promise<ReadonlyMap<PlaceId, string>> {
  const found = new Map<PlaceId, string>();
  if (!abilities.metadata) return found;
  const asked = ids.map((id) =>
    wire.run(["GETMETADATA ", mailboxName(names.wireOf(id), abilities.utf8), ` (${expiry})`], (response) => {
      if (response.name !== "METADATA") return;
      const value = textOf(attributesOf(response.values[1]).get(expiry.toUpperCase()));
      if (value !== undefined && value !== "") found.set(id, value);
    }),
  );
  await Promise.all(asked);
  return found;
}
