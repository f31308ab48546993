import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";
import type { Directory } from "./directory.ts";
import { createTally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import { parseFilter } from "./filter.ts";
import { isAlias, type ListRow } from "./groups.ts";
import { addressOf, observe } from "./observe.ts";
import type { Held, Row } from "./people.ts";

/** Where an alias stands: in the entry that it leads to, or as an entry of its own. */
export type Place =
  | { readonly holder: Row<"account" | "list">; readonly held: Held }
  | { readonly entry: Entry; readonly targetAttribute: string };

export interface AliasRow {
  readonly observed: Observed<"alias">;
  /** The first is the one that is told; further ones are left by somebody, or by an interruption. */
  readonly places: readonly Place[];
}

/** Every alias of the accounts and lists that are given, and those that are entries. */
export async function readAliases(
  directory: Directory,
  holders: { readonly accounts: readonly Row[]; readonly lists: readonly ListRow[] },
  options: Options,
): Promise<readonly AliasRow[]> {
  const all = [...holders.accounts, ...holders.lists];
  const taken = new Set(all.map(({ observed }) => observed.name));
  const found = new Map<string, { target: string; id: string | undefined; places: Place[] }>();
  const doubts = createTally(directory);
  const add = (name: string, target: string, id: string | undefined, place: Place, dn: string): void => {
    if (taken.has(name)) return doubts.note("address.twice", dn, name);
    const known = found.get(name);
    if (known === undefined) found.set(name, { target, id, places: [place] });
    else if (!isSame(known.places, place)) {
      known.places.push(place);
      if (known.target !== target) doubts.note("address.twice", dn, name);
    } else known.places.push(place);
  };
  for (const row of all)
    for (const held of row.aliases) add(held.name, row.observed.name, undefined, { holder: row, held }, row.dn);
  for (const entry of await entriesOf(directory, options)) addEntry(directory, entry, add);
  doubts.tell();
  return [...found].map(([name, { target, id, places }]) => ({
    observed: observe("alias", name, id, { target }, { target: targetId(places) ?? target }),
    places,
  }));
}

/** The id of the entry that it leads to, which outlives that one's name. */
const targetId = ([first]: readonly Place[]): string | undefined =>
  first !== undefined && "holder" in first ? first.holder.observed.id : undefined;

/** The same address may stand in several attributes of one entry. */
const isSame = ([first]: readonly Place[], place: Place): boolean =>
  first !== undefined && "holder" in first && "holder" in place && first.holder === place.holder;

function addEntry(
  { flavour, spec }: Directory,
  entry: Entry,
  add: (name: string, target: string, id: string | undefined, place: Place, dn: string) => void,
): void {
  if (flavour.aliases === undefined) return;
  const attribute = spec.aliases?.attributes?.address ?? flavour.aliases.address.attributes[0] ?? "";
  const targetAttribute = spec.aliases?.attributes?.target ?? flavour.aliases.target;
  const name = addressOf(entry.text(attribute), spec.domain);
  const [written = ""] = entry.texts(targetAttribute);
  const target = addressOf(written, spec.domain);
  if (name !== undefined && target !== undefined)
    add(name, target, flavour.id.read(entry), { entry, targetAttribute }, entry.dn);
}

async function entriesOf(directory: Directory, options: Options): Promise<readonly Entry[]> {
  const { session, spec, flavour, base } = directory;
  const shape = flavour.aliases;
  if (shape === undefined) return [];
  const schema = await directory.schema(options);
  if (
    schema !== undefined &&
    spec.aliases?.objectClasses === undefined &&
    shape.classes.some((each) => schema.class(each) === undefined)
  )
    return [];
  const attributes = [
    flavour.id.attribute,
    "objectClass",
    spec.aliases?.attributes?.target ?? shape.target,
    ...(spec.aliases?.attributes?.address === undefined ? shape.address.attributes : [spec.aliases.attributes.address]),
  ];
  const own = spec.aliases !== undefined;
  return session.search(
    {
      base: spec.aliases?.base ?? base,
      filter: parseFilter(spec.aliases?.filter ?? shape.filter),
      attributes,
      what: "Reading aliases",
    },
    (entry) => (own || isAlias(directory, entry) ? entry : undefined),
    options,
  );
}
