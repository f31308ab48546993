import { DeleteRequest, ModifyDNRequest, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { type AliasRow, type Place, readAliases } from "./aliases.ts";
import type { Directory } from "./directory.ts";
import { escapeValue, parseDn, splitDn } from "./dn.ts";
import type { AliasForm } from "./flavour/flavour.ts";
import { Unholdable } from "./form.ts";
import { readLists } from "./groups.ts";
import { accountsLayout, listsLayout } from "./layout.ts";
import { add } from "./newcomer.ts";
import { missingClasses, modification, send } from "./operation.ts";
import { readPeople, type Row } from "./people.ts";
import type { Writer } from "./writing.ts";

type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;
type Done = { readonly conflict: string } | undefined;

const what = "Writing the alias";

interface Around {
  readonly directory: Directory;
  /** Accounts and lists, by address. */
  readonly holders: ReadonlyMap<string, Row<"account" | "list">>;
  readonly forms: { readonly [K in "account" | "list"]: readonly AliasForm[] };
}

/** What is there of aliases, and how they are written: into the entry that they lead to, else as entries of their own. */
export async function openAliasWriter(directory: Directory, options: Options): Promise<Writer> {
  const { spec, flavour } = directory;
  const schema = await directory.schema(options);
  const reading = { keep: true, more: ["objectClass"] };
  const accounts = await readPeople(directory, reading, options);
  const lists = await readLists(directory, reading, async () => accounts, options);
  const rows = await readAliases(directory, { accounts, lists }, options);
  const byName = new Map(rows.map((row) => [row.observed.name, row]));
  const around: Around = {
    directory,
    holders: new Map([...accounts, ...lists].map((row) => [row.observed.name, row])),
    forms: {
      account: accountsLayout(flavour, spec.accounts?.attributes, schema).aliases,
      list: listsLayout(flavour, spec.lists?.attributes, schema).aliases,
    },
  };
  return {
    find: (name) => byName.get(name)?.observed,
    perform: (change, during) => {
      if (change.act === "create") return put(around, change, during);
      const row = byName.get(change.was.name);
      if (row === undefined) throw new Error(`An alias that was found is not there: ${change.was.name}`);
      return change.act === "delete"
        ? removeAll(around, change, row.places, during)
        : update(around, change, row, during);
    },
  };
}

const targetOf = ({ want }: Act<"create" | "update">, there?: AliasRow): string => {
  const target = (want.fields as { readonly target?: string }).target ?? there?.observed.fields.target;
  if (target === undefined) throw new Unholdable("an alias needs a target");
  return target;
};

/** Where a new alias goes. */
async function put(
  around: Around,
  change: Act<"create" | "update">,
  options: Options,
  there?: AliasRow,
): Promise<Done> {
  const target = targetOf(change, there);
  const holder = around.holders.get(target);
  const [form] = holder === undefined ? [] : around.forms[holder.observed.kind];
  return holder === undefined || form === undefined
    ? putEntry(around, change, target, options)
    : putValue(around, change, holder, form, options);
}

async function putValue(
  { directory }: Around,
  change: Act<"create" | "update">,
  { dn, entry }: Row<"account" | "list">,
  form: AliasForm,
  options: Options,
): Promise<Done> {
  const schema = await directory.schema(options);
  const classes = missingClasses(
    schema,
    entry?.texts("objectClass") ?? [],
    [form.attribute],
    directory.flavour.auxiliaries,
  );
  // Another alias of this batch may bring the same class.
  for (const each of classes) {
    const request = new ModifyRequest({ messageId: 0, dn, changes: [modification("add", "objectClass", [each])] });
    await send(directory, request, { change, dn, what }, options);
  }
  const changes = [modification("add", form.attribute, [form.print(change.want.name)])];
  const conflict = await send(
    directory,
    new ModifyRequest({ messageId: 0, dn, changes }),
    { change, dn, what },
    options,
  );
  return conflict;
}

async function putEntry(
  { directory }: Around,
  change: Act<"create" | "update">,
  target: string,
  options: Options,
): Promise<undefined> {
  const { spec, flavour, base } = directory;
  const shape = flavour.aliases;
  if (shape === undefined)
    throw new Unholdable(`${target} is no account or list here, and there are no aliases that are entries`);
  await add(
    directory,
    {
      change,
      base: spec.aliases?.base ?? base,
      rdn: spec.aliases?.rdn ?? shape.rdn,
      classes: spec.aliases?.objectClasses ?? shape.classes,
      address: shape.address,
      values: () => ({
        ...(spec.aliases?.attributes?.address === undefined
          ? {}
          : { [spec.aliases.attributes.address]: [change.want.name] }),
        [spec.aliases?.attributes?.target ?? shape.target]: [target],
      }),
      what,
      named: "whole",
    },
    options,
  );
  return undefined;
}

/** The new place is written before the old ones go, so that mail finds its way meanwhile; an entry is changed where it is. */
async function update(around: Around, change: Act<"update">, row: AliasRow, options: Options): Promise<Done> {
  const { directory } = around;
  const target = targetOf(change, row);
  const [place, ...others] = row.places;
  if (place !== undefined && "entry" in place && !around.holders.has(target)) {
    const conflict = await changeEntry(directory, change, place, target, options);
    return conflict ?? removeAll(around, change, others, options);
  }
  const stays = row.places.find(
    (each) => change.was.name === change.want.name && "holder" in each && each.holder.observed.name === target,
  );
  const conflict = stays === undefined ? await put(around, change, options, row) : undefined;
  return (
    conflict ??
    removeAll(
      around,
      change,
      row.places.filter((each) => each !== stays),
      options,
    )
  );
}

async function changeEntry(
  directory: Directory,
  change: Act<"update">,
  { entry, targetAttribute }: Extract<Place, { readonly targetAttribute: string }>,
  target: string,
  options: Options,
): Promise<Done> {
  let { dn } = entry;
  if (change.want.name !== change.was.name) {
    const type = parseDn(splitDn(dn).own)[0]?.[0]?.type ?? "cn";
    const newRdn = `${type}=${escapeValue(change.want.name)}`;
    const request = new ModifyDNRequest({ messageId: 0, dn, newRdn, deleteOldRdn: true });
    const conflict = await send(directory, request, { change, dn, what }, options);
    if (conflict !== undefined) return conflict;
    const { parent } = splitDn(dn);
    dn = parent === "" ? newRdn : `${newRdn},${parent}`;
  }
  if (entry.texts(targetAttribute).includes(target)) return undefined;
  const changes = [modification("replace", targetAttribute, [target])];
  return send(directory, new ModifyRequest({ messageId: 0, dn, changes }), { change, dn, what }, options);
}

async function removeAll(
  { directory }: Around,
  change: DirectoryChange,
  places: readonly Place[],
  options: Options,
): Promise<Done> {
  for (const place of places) {
    const dn = "entry" in place ? place.entry.dn : place.holder.dn;
    const request =
      "entry" in place
        ? new DeleteRequest({ messageId: 0, dn })
        : new ModifyRequest({
            messageId: 0,
            dn,
            changes: [modification("delete", place.held.form.attribute, [place.held.value])],
          });
    const conflict = await send(
      directory,
      request,
      { change, dn, what: change.act === "delete" ? "Deleting the alias" : what },
      options,
    );
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}
