import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/index.js";
import type { Options } from "../../../contract/options.ts";
import { normalMailAddress } from "../../../kind/normal.ts";
import type { Observed } from "../../../model/resource.ts";
import { type Admin, ifThere } from "../admin.ts";
import { groupSettings } from "./group-settings.ts";
import { type Membership, membersOf, setsOf } from "./members.ts";
import { pagesOf } from "./pages.ts";
import { revisionOf } from "./revision.ts";

export type Group = admin_directory_v1.Schema$Group;

export const listFields = new Set(["displayName", "members", "owners", "hidden"]);

/** All groups, or those that a query in Google's own language finds. */
export async function* groups(admin: Admin, options: Options, query?: string): AsyncGenerator<Group> {
  const { groups: api } = await admin.apis.directory();
  const asked = { customer: admin.customer, maxResults: 200, ...(query === undefined ? {} : { query }) };
  const page = (token: object) => api.list({ ...asked, ...token, auth: admin.auth("groups", options) });
  for await (const { groups: some = [] } of pagesOf(page, options)) yield* some;
}

/** The group that has this address, as its own or as an alias. */
export async function groupAt(admin: Admin, address: string, options: Options): Promise<Group | undefined> {
  const { groups: api } = await admin.apis.directory();
  return ifThere(api.get({ groupKey: address, auth: admin.auth("groups", options) }));
}

export const addressOfGroup = ({ email }: Group): string => normalMailAddress(email ?? "") ?? "";

/** A group with its members and settings. */
export interface WholeGroup {
  readonly observed: Observed<"list">;
  readonly members: readonly Membership[];
}

/** Undefined where it went while it was read. */
export async function wholeGroup(admin: Admin, group: Group, options: Options): Promise<WholeGroup | undefined> {
  const name = addressOfGroup(group);
  const [members, settings] = [await membersOf(admin, name, options), await groupSettings(admin, name, options)];
  if (members === undefined || settings === undefined) return undefined;
  const fields = {
    ...(group.name ? { displayName: group.name } : {}),
    ...setsOf(members),
    hidden: settings.includeInGlobalAddressList === "false",
  };
  const id = group.id ?? "";
  const observed = {
    kind: "list",
    name,
    ...(id === "" ? {} : { id }),
    revision: revisionOf(id, fields),
    fields,
    ...(group.description ? { attributes: { description: group.description } } : {}),
  } as const;
  return { observed, members };
}
