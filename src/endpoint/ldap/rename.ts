import { ModifyDNRequest, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Directory } from "./directory.ts";
import { childOf, escapeValue, parseDn, splitDn } from "./dn.ts";
import { groupsWith, namesOf } from "./groups-with.ts";
import { modification, send } from "./operation.ts";

interface Rename {
  readonly change: Extract<DirectoryChange, { act: "update" }>;
  readonly dn: string;
  readonly what: string;
}

type Moved = { readonly dn: string } | { readonly conflict: string };

/**
 * Gives an entry that is named by its address a name by the new one; any other keeps its name, for it is not the address's. A name that
 * somebody else has is not taken.
 */
export async function renameEntry(
  directory: Directory,
  { change, dn, what }: Rename,
  options: Options,
): Promise<Moved> {
  const { own, parent } = splitDn(dn);
  const [part, ...more] = parseDn(own)[0] ?? [];
  const next = part === undefined || more.length > 0 ? undefined : nextName(part.value, change);
  if (part === undefined || next === undefined) return { dn };
  const request = new ModifyDNRequest({
    messageId: 0,
    dn,
    newRdn: `${part.type}=${escapeValue(next)}`,
    deleteOldRdn: true,
  });
  try {
    const conflict = await send(directory, request, { change, dn, what }, options);
    if (conflict !== undefined) return conflict;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "entry.taken") return { dn };
    throw thrown;
  }
  const moved = childOf(parent, part.type, next);
  await follow(directory, { change, dn, what }, moved, options);
  return { dn: moved };
}

const localOf = (name: string): string => name.slice(0, name.lastIndexOf("@"));

function nextName(value: string, { was, want }: Rename["change"]): string | undefined {
  if (value.toLowerCase() === was.name) return want.name;
  if (value.toLowerCase() !== localOf(was.name)) return undefined;
  return localOf(want.name) === localOf(was.name) ? undefined : localOf(want.name);
}

/** Groups that still hold the old name get the new one; where the server sees to that itself there are none. */
async function follow(
  directory: Directory,
  { change, dn, what }: Rename,
  moved: string,
  options: Options,
): Promise<void> {
  const { groups, attributes } = await groupsWith(directory, dn, options);
  for (const group of groups) {
    const changes = attributes.flatMap((type) => {
      const old = namesOf(group, type, dn);
      return old.length === 0 ? [] : [modification("delete", type, old), modification("add", type, [moved])];
    });
    const request = new ModifyRequest({ messageId: 0, dn: group.dn, changes });
    if (changes.length > 0) await send(directory, request, { change, dn: group.dn, what }, options);
  }
}
