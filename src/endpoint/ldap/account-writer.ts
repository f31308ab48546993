import { Attribute, Change, DeleteRequest, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Json } from "../../model/json.ts";
import type { Directory } from "./directory.ts";
import type { Entry } from "./entry.ts";
import type { Values } from "./form.ts";
import { takeOut } from "./groups-with.ts";
import { accountsLayout, type Layout } from "./layout.ts";
import { add } from "./newcomer.ts";
import { differences, missingClasses, modification, send } from "./operation.ts";
import { assertPrivate } from "./password.ts";
import { noSecret, type Secret, secretOf, settleNew, settleOld } from "./password-writer.ts";
import { readPeople, type Row } from "./people.ts";
import { printRedirect } from "./redirect.ts";
import { renameEntry } from "./rename.ts";
import type { Writer } from "./writing.ts";

type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;
type Fields = Readonly<Record<string, Json | undefined>>;

const what = "Writing the account";

/** What is there of the accounts of these names, and how they are written. */
export async function openAccountWriter(
  directory: Directory,
  names: ReadonlySet<string>,
  options: Options,
): Promise<Writer> {
  const { spec, flavour } = directory;
  const layout = accountsLayout(flavour, spec.accounts?.attributes, await directory.schema(options));
  const rows = await readPeople(directory, { names, keep: true, more: ["objectClass"] }, options);
  const byName = new Map(rows.map((row) => [row.observed.name, row]));
  return {
    find: (name) => byName.get(name)?.observed,
    perform: (change, during) => {
      if (change.act === "create") return create(directory, layout, change, during);
      const row = byName.get(change.was.name);
      if (row?.entry === undefined) throw new Error(`An account that was found has no entry: ${change.was.name}`);
      return change.act === "delete"
        ? remove(directory, change, row.entry, during)
        : update(directory, layout, change, { ...row, entry: row.entry }, during);
    },
  };
}

async function create(
  directory: Directory,
  layout: Layout,
  change: Act<"create">,
  options: Options,
): Promise<undefined> {
  const { spec, flavour, base, session } = directory;
  const { want } = change;
  const password = change.password ?? flavour.password?.unknown();
  if (password !== undefined) assertPrivate(session.server, want.address, flavour);
  const secret = password === undefined ? undefined : await secretOf(directory, password, options);
  const { fields, values: redirect } = await printRedirect(directory, layout, want.fields as Fields, options);
  const dn = await add(
    directory,
    {
      change,
      base: spec.accounts?.base ?? base,
      rdn: spec.accounts?.rdn ?? flavour.accounts.rdn,
      classes: spec.accounts?.objectClasses ?? flavour.accounts.classes,
      address: layout.address,
      values: () => ({
        ...flavour.accounts.initial,
        ...layout.address.print(want.name),
        ...printed(layout, fields, want.name),
        ...redirect,
        ...secret?.values,
      }),
      octets: secret?.octets,
      second: flavour.second,
      what,
      secrets: password === undefined ? [] : [password.value],
    },
    options,
  );
  if (password !== undefined) await settleNew(directory, { change, dn }, password, options);
  return undefined;
}

/** The wanted fields that have a place here, as attributes. */
function printed({ forms }: Layout, fields: Fields, name: string, there?: Entry): Values {
  const all = forms.flatMap((form) =>
    form.field in fields ? Object.entries(form.print(fields[form.field], { name, there })) : [],
  );
  return Object.fromEntries(all);
}

async function update(
  directory: Directory,
  layout: Layout,
  change: Act<"update">,
  { dn, entry }: Row & { readonly entry: Entry },
  options: Options,
): Promise<{ readonly conflict: string } | undefined> {
  const { want, was, fields, password } = change;
  if (password !== undefined) assertPrivate(directory.session.server, want.address, directory.flavour);
  // Read before anything is written: a hash that cannot be held stops it all.
  const secret = password === undefined ? noSecret : await secretOf(directory, password, options);
  const apart = directory.flavour.password === undefined;
  const moved = want.name === was.name ? { dn } : await renameEntry(directory, { change, dn, what }, options);
  if ("conflict" in moved) return moved;
  const to = Object.fromEntries(fields.map((each) => [each.field, each.to]));
  const redirected = await printRedirect(directory, layout, to, options);
  const values: Values = {
    ...(want.name === was.name ? {} : layout.address.print(want.name, entry)),
    ...printed(layout, redirected.fields, want.name, entry),
    ...redirected.values,
  };
  const wanted = { dn: moved.dn, entry, values, secret, apart };
  const conflict = await modify(directory, change, wanted, options);
  if (conflict === undefined && password !== undefined)
    await settleOld(directory, { change, dn: moved.dn }, password, options);
  return conflict;
}

interface Modification {
  readonly dn: string;
  readonly entry: Entry;
  readonly values: Values;
  readonly secret: Secret;
  /** The entry is made fit to hold the secret, which is written by itself. */
  readonly apart: boolean;
}

async function modify(
  directory: Directory,
  change: DirectoryChange,
  { dn, entry, values, secret, apart }: Modification,
  options: Options,
): Promise<{ readonly conflict: string } | undefined> {
  const needed = Object.entries({ ...values, ...secret.values }).flatMap(([type, all]) =>
    all.length > 0 ? [type] : [],
  );
  const schema = await directory.schema(options);
  const classes = missingClasses(schema, entry.texts("objectClass"), needed, directory.flavour.auxiliaries);
  const changes = [
    ...(classes.length === 0 ? [] : [modification("add", "objectClass", classes)]),
    ...differences(
      entry,
      withMusts(values, schema?.musts(entry.texts("objectClass")), entry),
      directory.flavour,
      schema,
    ),
    ...(apart ? [] : replacements(secret)),
  ];
  if (changes.length === 0) return undefined;
  const secrets = "password" in change && change.password !== undefined ? [change.password.value] : [];
  return send(directory, new ModifyRequest({ messageId: 0, dn, changes }), { change, dn, what, secrets }, options);
}

const replacements = ({ values, octets }: Secret): Change[] => [
  ...Object.entries(values).map(([type, all]) => modification("replace", type, all)),
  ...Object.entries(octets).map(
    ([type, value]) => new Change({ operation: "replace", modification: new Attribute({ type, values: [value] }) }),
  ),
];

/** What an entry must have is not taken away, but left as it is. */
function withMusts(values: Values, musts: ReadonlySet<string> | undefined, entry: Entry): Values {
  if (musts === undefined) return values;
  const all = Object.entries(values).map(([type, wanted]) =>
    wanted.length === 0 && musts.has(type.toLowerCase()) ? [type, entry.texts(type)] : [type, wanted],
  );
  return Object.fromEntries(all) as Values;
}

async function remove(directory: Directory, change: Act<"delete">, entry: Entry, options: Options) {
  const { dn } = entry;
  const request = new DeleteRequest({ messageId: 0, dn });
  const conflict = await send(directory, request, { change, dn, what: "Deleting the account" }, options);
  if (conflict === undefined) await takeOut(directory, { change, dn }, options);
  return conflict;
}
