import { randomBytes } from "node:crypto";
import type { DirectoryChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { normalPhone } from "../../../kind/normal.ts";
import type { FieldsOf, Observed } from "../../../model/resource.ts";
import { type Admin, afterCreation } from "../admin.ts";
import { isRefused } from "../refused.ts";
import { ensureOrgUnit } from "./org-units.ts";
import { writtenPassword } from "./password.ts";
import { accountFields, addressOfUser, observedUser, type User, userAt } from "./users.ts";
import { aboutOf } from "../../directory/change.ts";
import { madeOnce, type Work } from "./writing.ts";

type Fields = FieldsOf["account"];
type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;

export function accountWork(admin: Admin): Work {
  const find = async (name: string, options: Options): Promise<User | undefined> => {
    const user = await userAt(admin, name, options);
    // An alias finds its user, too.
    return user !== undefined && addressOfUser(user) === name ? user : undefined;
  };
  return {
    held: { fields: accountFields },
    find: async (name, options) => {
      const user = await find(name, options);
      return user && observedUser(user);
    },
    perform: async (change, before, options) => {
      if (change.act === "create") await create(admin, change, find, options);
      else if (change.act === "update") await update(admin, change, before, options);
      else await remove(admin, change, options);
    },
  };
}

type Find = (name: string, options: Options) => Promise<User | undefined>;

async function create(admin: Admin, change: Act<"create">, find: Find, options: Options): Promise<void> {
  const { want } = change;
  const fields = want.fields as Fields;
  const orgUnitPath = fields.class || admin.spec.orgUnit;
  if (orgUnitPath !== undefined) await ensureOrgUnit(admin, orgUnitPath, options);
  const requestBody: User = {
    primaryEmail: want.name,
    name: nameOf(fields, want.name),
    ...(change.password === undefined ? { password: unknowable() } : writtenPassword(change.password, aboutOf(change))),
    ...(fields.enabled === undefined ? {} : { suspended: !fields.enabled }),
    ...(orgUnitPath === undefined ? {} : { orgUnitPath }),
    ...(fields.recovery?.email === undefined ? {} : { recoveryEmail: fields.recovery.email }),
    ...(fields.recovery?.mobile === undefined ? {} : { recoveryPhone: normalPhone(fields.recovery.mobile) }),
  };
  const { users } = await admin.apis.directory();
  const make = () => users.insert({ requestBody, auth: admin.auth("users", options, "once") });
  await madeOnce(admin, make, () => find(want.name, options), options);
  admin.newcomers.add(want.name);
}

/** Google makes no user without a password: one that is declared nowhere is had by nobody, as where another system logs people in. */
const unknowable = (): string => randomBytes(36).toString("base64url");

async function update(
  admin: Admin,
  change: Act<"update">,
  before: Observed | undefined,
  options: Options,
): Promise<void> {
  const { want, was, password } = change;
  const changed = new Map(change.fields.map(({ field, to }) => [field, to]));
  const to = { ...(before?.fields as Fields | undefined), ...Object.fromEntries(changed) } as Fields;
  if (changed.has("class") && to.class !== undefined) await ensureOrgUnit(admin, to.class, options);
  const names = ["displayName", "givenName", "familyName"].some((field) => changed.has(field));
  const requestBody: User = {
    ...(want.name === was.name ? {} : { primaryEmail: want.name }),
    ...(names ? { name: nameOf(to, want.name) } : {}),
    ...(changed.has("enabled") ? { suspended: to.enabled === false } : {}),
    ...(changed.has("class") ? { orgUnitPath: to.class ?? "/" } : {}),
    ...(changed.has("recovery") ? recoveryOf(to) : {}),
    ...(password === undefined ? {} : writtenPassword(password, aboutOf(change))),
  };
  const { users } = await admin.apis.directory();
  const patch = () => users.patch({ userKey: was.name, requestBody, auth: admin.auth("users", options) });
  await afterCreation(admin, [was.name], patch, options);
  if (want.name !== was.name) admin.newcomers.add(want.name);
}

/** An empty text takes it away. */
const recoveryOf = ({ recovery: { email = "", mobile = "" } = {} }: Fields) => ({
  recoveryEmail: email,
  recoveryPhone: normalPhone(mobile),
});

async function remove(admin: Admin, { was }: Act<"delete">, options: Options): Promise<void> {
  const { users } = await admin.apis.directory();
  try {
    const work = () => users.delete({ userKey: was.name, auth: admin.auth("users", options) });
    await afterCreation(admin, [was.name], work, options);
  } catch (thrown) {
    // Gone by an earlier try whose answer was lost.
    if (!isRefused(thrown, 404)) throw thrown;
  }
}

/** Google asks for a first and a last name; where they are not declared they are made of what is, and not compared. */
function nameOf({ displayName, givenName, familyName }: Fields, address: string): NonNullable<User["name"]> {
  const shown =
    displayName || [givenName, familyName].filter(Boolean).join(" ") || address.slice(0, address.indexOf("@"));
  const words = shown.split(/\s+/u).filter((word) => word !== "");
  const last = words.at(-1) ?? shown;
  return {
    givenName: givenName || words.slice(0, -1).join(" ") || last,
    familyName: familyName || last,
    ...(displayName === undefined ? {} : { displayName }),
  };
}
