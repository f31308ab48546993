import type { OwnerSight } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import { mailboxName } from "./names.ts";
import { decodeName } from "./wire/name.ts";
import { listOf, type Response, textOf } from "./wire/response.ts";

/**
 * The users whose mailboxes an administrator's own login is shown: right below the namespace of other users (RFC 2342), and below
 * `user`, where Cyrus shows them to its administrators whatever NAMESPACE says. Throws `owners.unlisted` where it is shown none.
 */
export async function listOwners(line: Line, about: string): Promise<readonly OwnerSight[]> {
  const { wire, capabilities, abilities } = line;
  const roots = new Map<string, string>();
  const take = ({ name, values }: Response): void => {
    if (name !== "NAMESPACE") return;
    for (const each of listOf(values[1])) {
      const [prefix, separator] = listOf(each).map(textOf);
      if (prefix) roots.set(prefix, separator ?? "");
    }
  };
  if (capabilities.has("NAMESPACE"))
    expectOk(await wire.run(["NAMESPACE"], take), "Asking for namespaces", about, "endpoint");
  const separator = await separatorOf(line, about);
  if (separator !== "") roots.set(`user${separator}`, separator);
  const users = new Set<string>();
  for (const [prefix, mark] of roots) {
    const pattern = mailboxName(`${prefix}%`, abilities.utf8);
    const done = await wire.run(['LIST "" ', pattern], (response) => {
      const wireName = response.name === "LIST" ? textOf(response.values[2]) : undefined;
      if (wireName?.startsWith(prefix) !== true || isGone(response)) return;
      const user = decodeName(wireName.slice(prefix.length), abilities.utf8);
      // Where the separator is a dot, Cyrus writes a user's own dots as `^`.
      if (user !== "") users.add(mark === "." ? user.replaceAll("^", ".") : user);
    });
    expectOk(done, "Listing the users", about, "endpoint");
  }
  if (users.size === 0) throw unlisted(about, "The server shows this login no other user's mailbox");
  return [...users].toSorted().map((user) => ({ user }));
}

async function separatorOf({ wire }: Line, about: string): Promise<string> {
  let separator = "";
  const done = await wire.run(['LIST "" ""'], ({ name, values }) => {
    if (name === "LIST") separator = textOf(values[1]) ?? "";
  });
  expectOk(done, "Asking for the separator", about, "endpoint");
  return separator;
}

function isGone({ values }: Response): boolean {
  const attributes = new Set(listOf(values[0]).map((each) => (textOf(each) ?? "").toLowerCase()));
  return attributes.has("\\nonexistent") && !attributes.has("\\haschildren");
}

export function unlisted(about: string, message: string): Fault {
  return new Fault({
    code: "owners.unlisted",
    message,
    spoils: "endpoint",
    about,
    remedy:
      "name the users in a file, a line each, with --users, or log in with method admin as one who is shown them all",
  });
}
