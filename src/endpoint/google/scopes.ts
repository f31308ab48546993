/** What the endpoint asks for, by what it is needed for; `read` where only reading is wanted and Google has such a scope. */
interface Scope {
  readonly full: string;
  readonly read: string;
}

export type Need = "users" | "groups" | "settings" | "domains" | "orgUnits" | "mail";

const directory = "https://www.googleapis.com/auth/admin.directory.";
const settings = "https://www.googleapis.com/auth/apps.groups.settings";

/** https://developers.google.com/workspace/admin/directory/v1/guides/authorizing and …/gmail/api/auth/scopes; settings have no narrower one. */
const scopes: Readonly<Record<Need, Scope>> = {
  users: { full: `${directory}user`, read: `${directory}user.readonly` },
  groups: { full: `${directory}group`, read: `${directory}group.readonly` },
  settings: { full: settings, read: settings },
  domains: { full: `${directory}domain`, read: `${directory}domain.readonly` },
  orgUnits: { full: `${directory}orgunit`, read: `${directory}orgunit.readonly` },
  mail: { full: "https://mail.google.com/", read: "https://www.googleapis.com/auth/gmail.readonly" },
};

export const scopeOf = (need: Need, reads: boolean): string => scopes[need][reads ? "read" : "full"];
