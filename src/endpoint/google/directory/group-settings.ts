import type { groupssettings_v1 } from "googleapis/build/src/apis/groupssettings/index.js";
import type { Options } from "../../../contract/options.ts";
import { type Admin, ifThere } from "../admin.ts";

type Settings = groupssettings_v1.Schema$Groups;

/** Its answers are Atom unless JSON is asked for. */
const alt = "json";

/** Undefined where there is no such group, or not yet. */
export async function groupSettings(admin: Admin, group: string, options: Options): Promise<Settings | undefined> {
  const { groups } = await admin.apis.settings();
  return ifThere(groups.get({ groupUniqueId: group, alt, auth: admin.auth("settings", options) }));
}

export async function changeSettings(
  admin: Admin,
  group: string,
  requestBody: Settings,
  options: Options,
): Promise<void> {
  const { groups } = await admin.apis.settings();
  await groups.patch({ groupUniqueId: group, alt, requestBody, auth: admin.auth("settings", options) });
}

/** The settings of a group that we make; booleans travel as texts. */
export function settingsOfNew(admin: Admin): Settings {
  const { allowExternalMembers, isArchived, ...words } = admin.spec.groups ?? {};
  return {
    ...words,
    ...(allowExternalMembers === undefined ? {} : { allowExternalMembers: String(allowExternalMembers) }),
    ...(isArchived === undefined ? {} : { isArchived: String(isArchived) }),
  };
}
