import type { DirectoryChange, Endpoint, Handler, Open, OpenContext, Outcome } from "../../contract/endpoint.ts";
import type { DirectoryKind } from "../../model/address.ts";
import type { Finding } from "../../model/finding.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";
import { openAccountWriter } from "./account-writer.ts";
import { openAliasWriter } from "./alias-writer.ts";
import { assessAccount, assessList } from "./assess.ts";
import { checkDirectory } from "./check.ts";
import type { Login } from "./connect.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { flavours } from "./flavour/table.ts";
import type { ListRow } from "./groups.ts";
import { readHashes } from "./hashes.ts";
import { accountsLayout, fieldsOfAccounts, fieldsOfLists, listsLayout, partsOf } from "./layout.ts";
import { openListWriter } from "./list-writer.ts";
import { readPeople } from "./people.ts";
import { createReadings } from "./readings.ts";
import { assessRight, readRights } from "./rights.ts";
import { takenSchemes } from "./schemes.ts";
import { createSession, type Session } from "./session.ts";
import { serverOf } from "./settings.ts";
import { type Work, writeBatch } from "./writing.ts";

/**
 * Opens a directory, and looks at its schema, which says what it can hold. Throws `url.invalid`, `tls.required`, `server.unreachable`,
 * `tls.refused` and `login.refused`.
 */
export const open: Open = async (name, spec, context) => {
  const ldap = spec as LdapEndpointSpec;
  const flavour = flavours[ldap.flavour ?? "openldap"];
  const session = createSession({
    server: await serverOf(name, ldap),
    login: () => loginOf(ldap, context),
    pageSize: ldap.pageSize ?? 500,
    ownPartitions: flavour.ownPartitions,
    context,
  });
  const directory = createDirectory({ session, spec: ldap, flavour, emit: context.emit });
  const [schema, hashes, rights] = await session.during(
    async () =>
      [
        await directory.schema(context),
        await takenSchemes(directory, context),
        await readRights(directory, context),
      ] as const,
    context,
  );
  const readings = createReadings(directory);
  const begin = readings.written;
  const accounts = accountsLayout(flavour, ldap.accounts?.attributes, schema);
  const lists = listsLayout(flavour, ldap.lists?.attributes, schema);
  /** Lists that were seen to take their members from a search. */
  const searched = new Set<string>();
  const listed = async (reading: Promise<readonly ListRow[]>): Promise<readonly ListRow[]> => {
    const rows = await reading;
    for (const row of rows) if (row.searched) searched.add(row.observed.name);
    return rows;
  };
  const endpoint: Endpoint = {
    directory: {
      account: {
        ...handlerOf<"account">(
          session,
          (scope, options) => readings.accounts(scope, options),
          {
            held: { fields: fieldsOfAccounts(flavour, ldap, schema), ...partsOf(accounts) },
            begin,
            open: (_, names, options) => openAccountWriter(directory, names, options),
            look: async (names, options) => among(await readPeople(directory, { names }, options), names),
          },
          (want, was) => [
            ...assessAccount(want, was, accounts, schema, flavour),
            ...(was === undefined ? assessRight(want.address, rights.account) : []),
          ],
        ),
        passwords: { hashes },
        ...(accounts.redirect === undefined ? {} : { copiesFor: "entries" as const }),
        ...(flavour.password === undefined ? { hashes: hashesOf(directory) } : {}),
      },
      list: handlerOf<"list">(
        session,
        (scope, options) => listed(readings.lists(scope, options)),
        {
          held: { fields: fieldsOfLists(flavour, ldap, schema) },
          begin,
          open: (changes, names, options) => openListWriter(directory, changes, names, options),
          look: async (names, options) => among(await readings.lists({ names }, options), names),
        },
        (want, was) => [
          ...assessList(want, was, lists.address.attributes[0] ?? "", schema, searched),
          ...(was === undefined ? assessRight(want.address, rights.list) : []),
        ],
      ),
      alias: {
        ...handlerOf<"alias">(
          session,
          (_, options) => readings.aliases(options),
          {
            held: { fields: new Set(["target"]) },
            begin,
            open: (_, __, options) => openAliasWriter(directory, options),
            look: async (names, options) => among(await readings.aliases(options), names),
          },
          () => [],
        ),
        ...(flavour.aliases === undefined ? { atTarget: true as const } : {}),
      },
    },
    items: {},
    check: (_, options) => checkDirectory(directory, { hashes, rights }, options),
    close: async () => {},
  };
  return endpoint;
};

const among = (rows: readonly { readonly observed: Observed }[], names: ReadonlySet<string>) =>
  new Map(rows.filter(({ observed }) => names.has(observed.name)).map(({ observed }) => [observed.name, observed]));

type Read<K extends DirectoryKind> = (
  ...args: Parameters<Handler<K>["read"]>
) => Promise<readonly { readonly observed: Observed<K> }[]>;

type Assess = (want: Want, was: Observed | undefined) => readonly Finding[];

function handlerOf<K extends DirectoryKind>(session: Session, read: Read<K>, work: Work, assess: Assess): Handler<K> {
  return {
    fields: work.held.fields,
    ...(work.held.parts === undefined ? {} : { parts: work.held.parts }),
    assess: (want, was) => assess(want as unknown as Want, was as unknown as Observed | undefined),
    read: async function* (scope, options) {
      for (const { observed } of await session.during(() => read(scope, options), options)) yield observed;
    },
    write: async (changes, options) => {
      const batch = changes as unknown as readonly DirectoryChange[];
      if (batch.length === 0) return [];
      const outcomes = await session.during(() => writeBatch(batch, work, options), options);
      return outcomes as unknown as readonly Outcome<K>[];
    },
  };
}

function hashesOf(directory: Directory): NonNullable<Handler<"account">["hashes"]> {
  return async function* (scope, options) {
    yield* await directory.session.during(() => readHashes(directory, scope, options), options);
  };
}

async function loginOf({ bind }: LdapEndpointSpec, { secret }: Pick<OpenContext, "secret">): Promise<Login> {
  if (bind === undefined) return undefined;
  return "mechanism" in bind ? { external: true } : { dn: bind.dn, password: await secret(bind.password) };
}
