import type { Place, Role } from "../model/item.ts";

/** Names that mail programs give to their special folders, best first. */
const names: Readonly<Record<Exclude<Role, "inbox">, readonly string[]>> = {
  sent: ["sent", "sent items", "sent messages", "sent mail", "sent-mail"],
  drafts: ["drafts", "draft"],
  junk: ["junk", "spam", "junk e-mail", "junk email", "bulk mail"],
  trash: ["trash", "deleted items", "deleted messages", "bin"],
  archive: ["archive", "archives"],
};

/** The roles that the folders have by their names; every role goes to one folder, at the top or right below INBOX. */
export function rolesOf(paths: readonly (readonly string[])[]): Map<readonly string[], Role> {
  const roles = new Map<readonly string[], Role>();
  const inbox = paths.find((path) => isInbox(path));
  if (inbox) roles.set(inbox, "inbox");
  for (const [role, spelt] of Object.entries(names) as [Role, readonly string[]][]) {
    const best = spelt.flatMap((name) => paths.filter((path) => topName(path) === name))[0];
    if (best) roles.set(best, role);
  }
  return roles;
}

const isInbox = (path: Place["path"]): boolean => path.length === 1 && path[0] === "INBOX";

function topName(path: readonly string[]): string | undefined {
  const own = path.length === 2 && path[0] === "INBOX" ? path[1] : path.length === 1 ? path[0] : undefined;
  return own?.toLowerCase();
}
