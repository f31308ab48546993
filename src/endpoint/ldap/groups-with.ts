import { type Change, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import type { Entry } from "./entry.ts";
import { resultFault } from "./faults.ts";
import { any, equal } from "./filter.ts";
import { listsLayout } from "./layout.ts";
import { modification } from "./operation.ts";
import { aboutOf } from "../directory/change.ts";

interface GroupsWith {
  readonly groups: readonly Entry[];
  /** Attributes with names of entries, among which it stands. */
  readonly attributes: readonly string[];
}

/** Groups that hold the name of an entry, among members, owners or senders. */
export async function groupsWith(directory: Directory, dn: string, options: Options): Promise<GroupsWith> {
  const { session, spec, flavour, base } = directory;
  const layout = listsLayout(flavour, spec.lists?.attributes, await directory.schema(options));
  const all = [...layout.members.entries, ...layout.references].map(({ attribute }) => attribute);
  const attributes = [...new Set(all)];
  if (attributes.length === 0) return { groups: [], attributes };
  const groups = await session.search(
    {
      base: spec.lists?.base ?? base,
      filter: any(attributes.map((each) => equal(each, dn))),
      attributes: ["objectClass", ...attributes],
      what: "Looking for the groups that it is in",
    },
    (entry) => entry,
    options,
  );
  return { groups, attributes };
}

/** The name as it stands there, whatever its spelling. */
export const namesOf = (group: Entry, type: string, dn: string): readonly string[] =>
  group.texts(type).filter((each) => keyOfDn(each) === keyOfDn(dn));

/** Results that say that the name is out of it, or the group gone: the server's refint overlay works beside us (slapo-refint(5)). */
const out = new Set([0, 16, 32]);
/** objectClassViolation: a group that must have a member would have none. */
const wantsMember = 65;

/**
 * Takes the name of an entry that was deleted out of the groups that it is in; where the server sees to that itself there are none. The
 * entry goes first: a deletion that is refused leaves everybody in their groups.
 */
export async function takeOut(
  directory: Directory,
  { change, dn }: { readonly change: DirectoryChange; readonly dn: string },
  options: Options,
): Promise<void> {
  if (directory.flavour.keepsLinks === true) return;
  const { groups, attributes } = await groupsWith(directory, dn, options);
  for (const group of groups) {
    const gone = attributes.flatMap((type) => {
      const names = namesOf(group, type, dn);
      return names.length === 0 ? [] : [modification("delete", type, names)];
    });
    if (gone.length > 0) await takeOutOf(directory, { change, dn, group, gone }, options);
  }
}

interface Leaving {
  readonly change: DirectoryChange;
  readonly dn: string;
  readonly group: Entry;
  readonly gone: readonly Change[];
}

async function takeOutOf(directory: Directory, leaving: Leaving, options: Options): Promise<void> {
  const { session } = directory;
  const { change, dn, group, gone } = leaving;
  const musts = (await directory.schema(options))?.musts(group.texts("objectClass"));
  const ask = (changes: readonly Change[]) =>
    session.ask(new ModifyRequest({ messageId: 0, dn: group.dn, changes: [...changes] }), options);
  const first = await ask(gone);
  // An empty group holds itself, as one that is made without members does.
  const result =
    first.code === wantsMember
      ? await ask([
          ...gone.flatMap(({ modification: { type } }) =>
            musts?.has(type.toLowerCase()) === false ? [] : [modification("add", type, [group.dn])],
          ),
          ...gone,
        ])
      : first;
  if (out.has(result.code)) return;
  const refused = { what: `${dn} is deleted, and still named in a group`, dn: group.dn, about: aboutOf(change) };
  throw resultFault(result, { ...refused, spoils: "item" });
}
