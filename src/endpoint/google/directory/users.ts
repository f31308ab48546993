import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/index.js";
import type { Options } from "../../../contract/options.ts";
import { normalMailAddress } from "../../../kind/normal.ts";
import type { FieldsOf, Observed, Recovery } from "../../../model/resource.ts";
import { type Admin, ifThere } from "../admin.ts";
import { pagesOf } from "./pages.ts";
import { revisionOf } from "./revision.ts";

export type User = admin_directory_v1.Schema$User;

export const accountFields = new Set(["displayName", "givenName", "familyName", "enabled", "class", "recovery"]);

/** All users, or those that a query in Google's own language finds. */
export async function* users(admin: Admin, options: Options, query?: string): AsyncGenerator<User> {
  const { users: api } = await admin.apis.directory();
  const asked = {
    customer: admin.customer,
    maxResults: 500,
    orderBy: "email",
    ...(query === undefined ? {} : { query }),
  };
  const page = (token: object) => api.list({ ...asked, ...token, auth: admin.auth("users", options) });
  for await (const { users: some = [] } of pagesOf(page, options)) yield* some;
}

/** Whoever has this address, as his own or as an alias. */
export async function userAt(admin: Admin, address: string, options: Options): Promise<User | undefined> {
  const { users: api } = await admin.apis.directory();
  return ifThere(api.get({ userKey: address, auth: admin.auth("users", options) }));
}

export const addressOfUser = ({ primaryEmail }: User): string => normalMailAddress(primaryEmail ?? "") ?? "";

export function observedUser(user: User): Observed<"account"> {
  const { name, suspended, orgUnitPath, recoveryEmail, recoveryPhone, id } = user;
  const displayName = name?.displayName || name?.fullName;
  const fields: FieldsOf["account"] = {
    ...(displayName ? { displayName } : {}),
    ...(name?.givenName ? { givenName: name.givenName } : {}),
    ...(name?.familyName ? { familyName: name.familyName } : {}),
    enabled: suspended !== true,
    ...(orgUnitPath ? { class: orgUnitPath } : {}),
    ...(recoveryEmail || recoveryPhone ? { recovery: recoveryOf(user) } : {}),
  };
  return {
    kind: "account",
    name: addressOfUser(user),
    ...(id ? { id } : {}),
    revision: revisionOf(id ?? "", fields),
    fields,
    attributes: attributesOf(user),
  };
}

const recoveryOf = ({ recoveryEmail, recoveryPhone }: User): Recovery => ({
  ...(recoveryEmail ? { email: recoveryEmail } : {}),
  ...(recoveryPhone ? { mobile: recoveryPhone } : {}),
});

type Part = Readonly<Record<string, unknown>>;

/** The one that says it is the first of its kind, else the first. */
function primary(parts: unknown): Part {
  const all = Array.isArray(parts) ? (parts as Part[]) : [];
  return all.find((part) => part["primary"] === true) ?? all[0] ?? {};
}

/** What filters and maps may name beside the fields. */
function attributesOf(user: User): Readonly<Record<string, string>> {
  const { department, title, costCenter, location } = primary(user.organizations);
  const all = {
    primaryEmail: user.primaryEmail,
    orgUnitPath: user.orgUnitPath,
    department,
    title,
    costCenter,
    location,
    employeeId: primary(user.externalIds)["value"],
    phone: primary(user.phones)["value"],
    archived: user.archived,
    isAdmin: user.isAdmin,
    mailbox: user.isMailboxSetup,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      value === undefined || value === null || value === "" ? [] : [[key, String(value)]],
    ),
  );
}
