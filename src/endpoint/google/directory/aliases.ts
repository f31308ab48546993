import type { DirectoryChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { normalMailAddress } from "../../../kind/normal.ts";
import { Fault } from "../../../model/fault.ts";
import type { FieldsOf, Observed } from "../../../model/resource.ts";
import { type Admin, afterCreation } from "../admin.ts";
import { isRefused, Refused } from "../refused.ts";
import { groupAt, groups } from "./groups.ts";
import { revisionOf } from "./revision.ts";
import { userAt, users } from "./users.ts";
import { aboutOf } from "../../directory/change.ts";
import type { Work } from "./writing.ts";

interface Holder {
  readonly of: "users" | "groups";
  readonly address: string;
}

/** Aliases that were given one by one; those that a domain's alias gives to all are not ours to change. */
export async function* readAliases(admin: Admin, options: Options): AsyncGenerator<Observed<"alias">> {
  for await (const { primaryEmail, aliases } of users(admin, options)) yield* aliasesOf(primaryEmail, aliases);
  for await (const { email, aliases } of groups(admin, options)) yield* aliasesOf(email, aliases);
}

type Text = string | null | undefined;

const normal = (address: Text): string => normalMailAddress(address ?? "") ?? "";

function aliasesOf(target: Text, aliases: readonly string[] | null = []): readonly Observed<"alias">[] {
  return (aliases ?? []).map((alias) => observed(normal(alias), normal(target)));
}

const observed = (name: string, target: string): Observed<"alias"> => ({
  kind: "alias",
  name,
  revision: revisionOf(name, target),
  fields: { target },
});

/** Who has an address, as an alias or as his own. */
async function holderOf(admin: Admin, address: string, options: Options): Promise<Holder | undefined> {
  const user = await userAt(admin, address, options);
  if (user !== undefined) return { of: "users", address: normal(user.primaryEmail) };
  const group = await groupAt(admin, address, options);
  return group && { of: "groups", address: normal(group.email) };
}

export function aliasWork(admin: Admin): Work {
  return {
    held: { fields: new Set(["target"]) },
    find: async (name, options) => {
      const holder = await holderOf(admin, name, options);
      return holder === undefined || holder.address === name ? undefined : observed(name, holder.address);
    },
    perform: async (change, _, options) => {
      if (change.act !== "create") await remove(admin, change.was.name, options);
      if (change.act === "delete") return;
      const changed = change.act === "update" ? change.fields.find(({ field }) => field === "target")?.to : undefined;
      const kept = change.act === "update" ? (change.was.fields as FieldsOf["alias"]).target : undefined;
      const target = (changed as string | undefined) ?? (change.want.fields as FieldsOf["alias"]).target ?? kept;
      if (target === undefined) throw targetless(change, "none");
      await add(admin, change, target, options);
    },
  };
}

async function add(admin: Admin, change: DirectoryChange, target: string, options: Options): Promise<void> {
  const alias = change.act === "delete" ? "" : change.want.name;
  const directory = await admin.apis.directory();
  const insert = async (): Promise<void> => {
    const holder = await holderOf(admin, target, options);
    // Somebody who was just made does not show yet: the wait is for him.
    if (holder === undefined)
      throw new Refused("GET the alias's target", { status: 404, reason: "notFound", message: "" });
    const auth = admin.auth(holder.of, options);
    if (holder.of === "users")
      await directory.users.aliases.insert({ userKey: holder.address, requestBody: { alias }, auth });
    else await directory.groups.aliases.insert({ groupKey: holder.address, requestBody: { alias }, auth });
  };
  try {
    await afterCreation(admin, [target, alias], insert, options);
  } catch (thrown) {
    if (isRefused(thrown, 404)) throw targetless(change, target);
    const now = isRefused(thrown, 409) ? await holderOf(admin, alias, options) : undefined;
    // An earlier try of ours, whose answer was lost, has given it.
    if (now === undefined || now.address !== target) throw thrown;
  }
}

async function remove(admin: Admin, alias: string, options: Options): Promise<void> {
  const holder = await holderOf(admin, alias, options);
  if (holder === undefined || holder.address === alias) return;
  const directory = await admin.apis.directory();
  const auth = admin.auth(holder.of, options);
  try {
    if (holder.of === "users") await directory.users.aliases.delete({ userKey: holder.address, alias, auth });
    else await directory.groups.aliases.delete({ groupKey: holder.address, alias, auth });
  } catch (thrown) {
    if (!isRefused(thrown, 404)) throw thrown;
  }
}

function targetless(change: DirectoryChange, target: string): Fault {
  return new Fault({
    code: "alias.targetless",
    message: `Neither an account nor a group is ${target}: Google's aliases go to those of the same customer alone`,
    spoils: "item",
    about: aboutOf(change),
    remedy: "declare the target, or make a list whose member is the address outside",
  });
}
