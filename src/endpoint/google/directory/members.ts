import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/index.js";
import type { Options } from "../../../contract/options.ts";
import { normalMailAddress, normalSet } from "../../../kind/normal.ts";
import { type Admin, afterCreation, ifThere } from "../admin.ts";
import { isRefused } from "../refused.ts";
import { pagesOf } from "./pages.ts";

type Member = admin_directory_v1.Schema$Member;

/**
 * Somebody in a group. Google knows one role for each, and every member gets mail unless told otherwise: whoever looks after a list and
 * gets none of its mail is an owner with delivery NONE.
 */
export interface Membership {
  readonly address: string;
  readonly role: "OWNER" | "MANAGER" | "MEMBER";
  readonly mail: boolean;
}

interface Sets {
  readonly members: readonly string[];
  readonly owners: readonly string[];
}

export const setsOf = (all: readonly Membership[]): Sets => ({
  members: normalSet(all.filter(({ mail }) => mail).map(({ address }) => address)),
  owners: normalSet(all.filter(({ role }) => role !== "MEMBER").map(({ address }) => address)),
});

/** Undefined where there is no such group. A member without an address stands for everybody in the customer's domains. */
export async function membersOf(
  admin: Admin,
  groupKey: string,
  options: Options,
): Promise<readonly Membership[] | undefined> {
  const { members } = await admin.apis.directory();
  const page = (token: object) =>
    members.list({ groupKey, maxResults: 200, ...token, auth: admin.auth("groups", options) });
  const all: Membership[] = [];
  try {
    for await (const { members: some = [] } of pagesOf(page, options))
      for (const member of some) all.push(...(await membershipOf(admin, groupKey, member, options)));
  } catch (thrown) {
    if (isRefused(thrown, 404)) return undefined;
    throw thrown;
  }
  return all;
}

/** `delivery_settings` is told by `get` alone; it matters of those who may be there to look after the list only. */
async function membershipOf(
  admin: Admin,
  groupKey: string,
  { email, role, id }: Member,
  options: Options,
): Promise<readonly Membership[]> {
  const address = normalMailAddress(email ?? "");
  if (address === undefined) return [];
  if (role !== "OWNER" && role !== "MANAGER") return [{ address, role: "MEMBER", mail: true }];
  const { members } = await admin.apis.directory();
  const memberKey = id ?? address;
  const whole = await ifThere(members.get({ groupKey, memberKey, auth: admin.auth("groups", options) }));
  return whole === undefined ? [] : [{ address, role, mail: !silent.has(whole.delivery_settings ?? "") }];
}

const silent = new Set(["NONE", "DISABLED"]);

/** Brings a group's members from one state to another, one after the other: Google refuses two changes of one group at a time. */
export async function changeMembers(
  admin: Admin,
  group: string,
  there: readonly Membership[],
  { members, owners }: Sets,
  options: Options,
): Promise<void> {
  const before = new Map(there.map((each) => [each.address, each]));
  const [mailed, looking] = [new Set(members), new Set(owners)];
  for (const address of new Set([...members, ...owners])) {
    const was = before.get(address);
    before.delete(address);
    const keeps = was?.role === "MANAGER" ? "MANAGER" : "OWNER";
    const role = looking.has(address) ? keeps : "MEMBER";
    const mail = mailed.has(address);
    if (was?.role === role && was.mail === mail) continue;
    await put(admin, group, { address, role, mail }, was, options);
  }
  for (const address of before.keys()) await drop(admin, group, address, options);
}

async function put(
  admin: Admin,
  groupKey: string,
  { address, role, mail }: Membership,
  was: Membership | undefined,
  options: Options,
): Promise<void> {
  const { members } = await admin.apis.directory();
  const auth = admin.auth("groups", options);
  const settings = { role, delivery_settings: mail ? "ALL_MAIL" : "NONE" };
  const patch = () => members.patch({ groupKey, memberKey: address, requestBody: settings, auth });
  const insert = () => members.insert({ groupKey, requestBody: { email: address, ...settings }, auth });
  try {
    await afterCreation(admin, [groupKey, address], was === undefined ? insert : patch, options);
  } catch (thrown) {
    if (was !== undefined || !isRefused(thrown, 409)) throw thrown;
    // In it already, by an earlier try whose answer was lost, or by another hand: then with what is wanted.
    await afterCreation(admin, [groupKey, address], patch, options);
  }
}

async function drop(admin: Admin, groupKey: string, memberKey: string, options: Options): Promise<void> {
  const { members } = await admin.apis.directory();
  try {
    await members.delete({ groupKey, memberKey, auth: admin.auth("groups", options) });
  } catch (thrown) {
    if (!isRefused(thrown, 404)) throw thrown;
  }
}
