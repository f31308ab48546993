import type { Options } from "../../contract/options.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import { createTally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import { all, any, parseFilter, present } from "./filter.ts";
import { accountsLayout, type ListsLayout } from "./layout.ts";
import { addressOf } from "./observe.ts";
import type { Known } from "./register.ts";

/** Where a group's members are looked for. */
interface MemberSearch {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly filter: string;
}

/** `ldap:///BASE?ATTRIBUTES?SCOPE?FILTER` (RFC 4516); undefined for another server's, and for what is none. */
function parseUrl(url: string): MemberSearch | undefined {
  const [, rest] = /^ldap:\/\/\/([^#]*)$/i.exec(url.trim()) ?? [];
  if (rest === undefined) return undefined;
  try {
    const [base = "", , scope = "", filter = ""] = rest.split("?").map((part) => decodeURIComponent(part));
    const written = scope === "" ? "base" : scope.toLowerCase();
    if (written !== "base" && written !== "one" && written !== "sub") return undefined;
    return { base, scope: written, filter: filter === "" ? "(objectClass=*)" : filter };
  } catch {
    return undefined;
  }
}

/** Who is found by the searches of the groups that have some, by the group's key. */
export async function searchMembers(
  directory: Directory,
  { members: { searched } }: ListsLayout,
  groups: readonly { readonly entry: Entry }[],
  options: Options,
): Promise<ReadonlyMap<string, readonly Known[]>> {
  const found = new Map<string, readonly Known[]>();
  if (searched === undefined) return found;
  const doubts = createTally(directory);
  for (const { entry } of groups) {
    const urls = entry.texts(searched);
    if (urls.length === 0) continue;
    const parts = urls.map(parseUrl);
    parts.forEach((part, at) => part === undefined && doubts.note("search.unknown", entry.dn, urls[at]));
    const known: Known[] = [];
    for (const part of parts)
      if (part !== undefined) known.push(...(await lookFor(directory, part, entry.dn, options)));
    found.set(keyOfDn(entry.dn), known);
  }
  doubts.tell();
  return found;
}

async function lookFor(
  { session, flavour, spec, schema }: Directory,
  { base, scope, filter }: MemberSearch,
  group: string,
  options: Options,
): Promise<readonly Known[]> {
  const { address } = accountsLayout(flavour, spec.accounts?.attributes, await schema(options));
  const attributes = address.attributes.filter((attribute) => attribute !== "objectClass");
  return session.search(
    {
      base,
      scope,
      filter: all([parseFilter(filter), any(attributes.map(present))]),
      attributes: [flavour.id.attribute, ...address.attributes],
      what: `Searching the members of ${group}`,
    },
    (entry): Known | undefined => {
      const name = addressOf(address.read(entry), spec.domain);
      return name === undefined ? undefined : { dn: entry.dn, name, id: flavour.id.read(entry) };
    },
    options,
  );
}
