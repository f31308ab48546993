import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { equal } from "./filter.ts";
import { Unholdable } from "./form.ts";
import type { Around } from "./membership.ts";
import { add } from "./newcomer.ts";
import { addressOf } from "./observe.ts";
import type { Known } from "./register.ts";
import { isOf } from "./strangers.ts";

type Writing = Extract<DirectoryChange, { act: "create" | "update" }>;

/** Sets whose people may be elsewhere. */
const sets = ["members", "senders"] as const;

/**
 * Sees to it that everybody whom a change brings into a list has an entry, where lists know people by entries alone: somebody of another
 * part of the tree, or a contact, which is made where there is none. Two lists that bring the same person wait for one.
 */
export function openContacts(around: Around): (change: Writing, options: Options) => Promise<void> {
  const { register, directory, layout } = around;
  const under = new Map<string, Promise<Known>>();
  const known = (name: string, change: Writing, options: Options): Promise<Known> => {
    const begun = under.get(name) ?? findOrMake(around, name, change, options);
    under.set(name, begun);
    return begun;
  };
  return async (change, options) => {
    if (directory.flavour.lists.contacts === undefined || layout.members.external !== undefined) return;
    const wanted = wantedBy(change).filter((name) => register.of(name) === undefined);
    for (const name of wanted) register.add(await known(name, change, options));
  };
}

function wantedBy(change: Writing): readonly string[] {
  const fields =
    change.act === "create"
      ? (change.want.fields as Readonly<Record<string, unknown>>)
      : Object.fromEntries(change.fields.map(({ field, to }) => [field, to]));
  const own = change.want.name;
  return sets.flatMap((set) => (fields[set] ?? []) as readonly string[]).filter((name) => name !== own);
}

async function findOrMake({ directory }: Around, name: string, change: Writing, options: Options): Promise<Known> {
  const { session, flavour, spec, base } = directory;
  const { contacts } = flavour.lists;
  if (contacts === undefined) throw new Error("No contacts are known here");
  const { address } = contacts;
  const { entry } = await session.root(options);
  const found = await session.search(
    {
      base: entry.text("defaultNamingContext") ?? base,
      filter: address.filter?.(name) ?? equal(address.attributes[0] ?? "", name),
      attributes: [flavour.id.attribute, "objectClass", ...address.attributes],
      what: "Looking for a member",
    },
    (each) => ({
      dn: each.dn,
      name: addressOf(address.read(each), spec.domain),
      id: flavour.id.read(each),
      isList: isOf(each, flavour.lists.classes),
    }),
    options,
  );
  const there = found.find((each) => each.name === name);
  if (there !== undefined) return { ...there, name };
  const [other] = found;
  if (other !== undefined)
    throw new Unholdable(
      `${name} is a further address of ${other.name ?? other.dn}, which can be in the list by its own`,
    );
  const dn = await add(
    directory,
    {
      change,
      base: spec.lists?.base ?? base,
      rdn: contacts.rdn,
      classes: contacts.classes,
      address,
      values: () => address.print(name),
      what: `Making a contact for ${name}`,
      named: "whole",
    },
    options,
  );
  return { dn, name, id: undefined };
}
