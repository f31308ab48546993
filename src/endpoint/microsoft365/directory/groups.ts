import type { Options } from "../../../contract/options.ts";
import { normalMailAddress, normalSet } from "../../../kind/normal.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";
import { isDone, listOf, type Loose, textOf } from "../answer.ts";
import type { Call } from "../graph.ts";
import { batch, idOf, observe, readAll, refusalOf, type Tenant } from "./tenant.ts";

/** What a group is; Graph writes to the last two only. */
export type GroupSort = "distribution" | "mailSecurity" | "microsoft365" | "security";

/** A group without its people. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly sort: GroupSort;
  readonly group: Loose;
}

/** A group as the product sees it, and who its people are by id. */
export interface ListRow {
  readonly group: Group;
  readonly observed: Observed<"list">;
  readonly ids: Readonly<Record<"members" | "owners", ReadonlyMap<string, string>>>;
}

const selected = [
  "id",
  "displayName",
  "mail",
  "mailNickname",
  "mailEnabled",
  "securityEnabled",
  "groupTypes",
  "proxyAddresses",
  "membershipRule",
];

export const writable: ReadonlySet<GroupSort> = new Set(["microsoft365", "security"]);

function sortOf(group: Loose): GroupSort {
  const types: readonly unknown[] = Array.isArray(group["groupTypes"])
    ? (group["groupTypes"] as readonly unknown[])
    : [];
  if (types.includes("Unified")) return "microsoft365";
  if (group["mailEnabled"] !== true) return "security";
  return group["securityEnabled"] === true ? "mailSecurity" : "distribution";
}

/**
 * Groups that have an address. A security group has none: where new lists are to be such, its name in the tenant's default domain stands
 * for one, and elsewhere it is no list.
 */
export async function readGroups(
  tenant: Tenant,
  domain: string | undefined,
  options: Options,
): Promise<readonly Group[]> {
  const groups = await readAll(tenant, `/groups?$top=999&$select=${selected.join(",")}`, options);
  return groups.flatMap((group) => {
    const sort = sortOf(group);
    const nickname = textOf(group["mailNickname"]);
    const own = tenant.spec.lists === "security" && domain !== undefined && nickname !== undefined;
    const written = sort === "security" ? (own ? `${nickname}@${domain}` : undefined) : textOf(group["mail"]);
    const name = normalMailAddress(written ?? "");
    return name === undefined ? [] : [{ id: idOf(group), name, sort, group }];
  });
}

const people = { members: "members", owners: "owners" } as const;
type Whose = keyof typeof people;

/** These groups with their people. */
export async function readLists(
  tenant: Tenant,
  groups: readonly Group[],
  options: Options,
): Promise<readonly ListRow[]> {
  const asked = groups.flatMap(({ id }) =>
    (Object.keys(people) as Whose[]).map((whose) => ({
      whose,
      id,
      call: { method: "GET", path: `/groups/${id}/${whose}?$top=999&$select=id,mail,userPrincipalName` } satisfies Call,
    })),
  );
  const calls = asked.map(({ call }) => call);
  const answers = await batch(tenant, calls, options);
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const [index, { whose, id, call }] of asked.entries()) {
    const answered = answers[index];
    if (answered === undefined || answered.status === 404) continue;
    if (!isDone(answered)) throw refusalOf(tenant, call, answered) ?? new Error("a refusal is a refusal");
    const entries = [...listOf(answered.body["value"])];
    const next = textOf(answered.body["@odata.nextLink"]);
    if (next !== undefined) entries.push(...(await rest(tenant, next, options)));
    found.set(`${whose} ${id}`, new Map(entries.map((each) => [idOf(each), nameOf(each)])));
  }
  return groups.map((group) => rowOf(group, (whose) => found.get(`${whose} ${group.id}`) ?? new Map<string, string>()));
}

async function rest(tenant: Tenant, link: string, options: Options): Promise<readonly Loose[]> {
  return readAll(tenant, tenant.graph.pathOf(link), options);
}

/** A user goes by the name they log in with, as the account does; a guest, a contact and a group by their address. */
function nameOf(entry: Loose): string {
  const principal = textOf(entry["userPrincipalName"]);
  const mail = textOf(entry["mail"]);
  const guest = principal?.includes("#EXT#") === true;
  return normalMailAddress((guest ? mail : (principal ?? mail)) ?? "") ?? `(${idOf(entry)})`;
}

function rowOf(group: Group, peopleOf: (whose: Whose) => ReadonlyMap<string, string>): ListRow {
  const ids = { members: peopleOf("members"), owners: peopleOf("owners") };
  const displayName = textOf(group.group["displayName"]);
  const fields: Record<string, Json> = {
    ...(displayName !== undefined && { displayName }),
    members: [...normalSet(ids.members.values())],
    owners: [...normalSet(ids.owners.values())],
  };
  // By id: somebody who got another name is the same one still.
  const of = { ...fields, members: [...ids.members.keys()].toSorted(), owners: [...ids.owners.keys()].toSorted() };
  return { group, ids, observed: observe("list", group.name, group.id, fields, of) };
}
