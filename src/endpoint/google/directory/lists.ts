import type { DirectoryChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { FieldsOf } from "../../../model/resource.ts";
import { type Admin, afterCreation } from "../admin.ts";
import { isRefused } from "../refused.ts";
import { changeSettings, settingsOfNew } from "./group-settings.ts";
import { addressOfGroup, type Group, groupAt, listFields, wholeGroup } from "./groups.ts";
import { changeMembers, membersOf } from "./members.ts";
import { madeOnce, type Work } from "./writing.ts";

type Fields = FieldsOf["list"];
type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;

export function listWork(admin: Admin): Work {
  const find = async (name: string, options: Options): Promise<Group | undefined> => {
    const group = await groupAt(admin, name, options);
    // An alias finds its group, too.
    return group !== undefined && addressOfGroup(group) === name ? group : undefined;
  };
  return {
    held: { fields: listFields },
    find: async (name, options) => {
      const group = await find(name, options);
      return group && (await wholeGroup(admin, group, options))?.observed;
    },
    perform: async (change, _, options) => {
      if (change.act === "create") await create(admin, change, find, options);
      else if (change.act === "update") await update(admin, change, options);
      else await remove(admin, change, options);
    },
  };
}

async function create(
  admin: Admin,
  { want }: Act<"create">,
  find: (name: string, options: Options) => Promise<Group | undefined>,
  options: Options,
): Promise<void> {
  const { name } = want;
  const fields = want.fields as Fields;
  const { groups } = await admin.apis.directory();
  const requestBody = { email: name, name: fields.displayName ?? name.slice(0, name.indexOf("@")) };
  const make = () => groups.insert({ requestBody, auth: admin.auth("groups", options, "once") });
  await madeOnce(admin, make, () => find(name, options), options);
  admin.newcomers.add(name);
  await configure(admin, name, settingsOfNew(admin), fields, options);
  await converge(admin, name, fields, options);
}

async function update(admin: Admin, { want, was, fields: changes }: Act<"update">, options: Options): Promise<void> {
  const changed = Object.fromEntries(changes.map(({ field, to }) => [field, to])) as Fields;
  const renames = want.name !== was.name;
  if (renames || changed.displayName !== undefined) {
    const { groups } = await admin.apis.directory();
    const requestBody = {
      ...(renames ? { email: want.name } : {}),
      ...(changed.displayName === undefined ? {} : { name: changed.displayName }),
    };
    const patch = () => groups.patch({ groupKey: was.name, requestBody, auth: admin.auth("groups", options) });
    await afterCreation(admin, [was.name], patch, options);
  }
  if (renames) admin.newcomers.add(want.name);
  await configure(admin, want.name, {}, changed, options);
  await converge(admin, want.name, changed, options);
}

async function configure(
  admin: Admin,
  name: string,
  settings: ReturnType<typeof settingsOfNew>,
  { hidden }: Fields,
  options: Options,
): Promise<void> {
  const all = { ...settings, ...(hidden === undefined ? {} : { includeInGlobalAddressList: String(!hidden) }) };
  if (Object.keys(all).length === 0) return;
  await afterCreation(admin, [name], () => changeSettings(admin, name, all, options), options);
}

async function converge(admin: Admin, name: string, { members, owners }: Fields, options: Options): Promise<void> {
  if (members === undefined && owners === undefined) return;
  const there = (await membersOf(admin, name, options)) ?? [];
  const mailed = there.filter(({ mail }) => mail).map(({ address }) => address);
  const looking = there.filter(({ role }) => role !== "MEMBER").map(({ address }) => address);
  await changeMembers(admin, name, there, { members: members ?? mailed, owners: owners ?? looking }, options);
}

async function remove(admin: Admin, { was }: Act<"delete">, options: Options): Promise<void> {
  const { groups } = await admin.apis.directory();
  try {
    const work = () => groups.delete({ groupKey: was.name, auth: admin.auth("groups", options) });
    await afterCreation(admin, [was.name], work, options);
  } catch (thrown) {
    if (!isRefused(thrown, 404)) throw thrown;
  }
}
