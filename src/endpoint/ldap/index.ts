import type { DirectoryChange, Endpoint, Handler, Open, OpenContext, Outcome } from "../../contract/endpoint.ts";
import type { DirectoryKind } from "../../model/address.ts";
import type { Observed } from "../../model/resource.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";
import { openAccountWriter } from "./account-writer.ts";
import { openAliasWriter } from "./alias-writer.ts";
import { checkDirectory } from "./check.ts";
import type { Login } from "./connect.ts";
import { createDirectory } from "./directory.ts";
import { flavours } from "./flavour/table.ts";
import { fieldsOfAccounts, fieldsOfLists } from "./layout.ts";
import { openListWriter } from "./list-writer.ts";
import { readPeople } from "./people.ts";
import { createReadings } from "./readings.ts";
import { createSession, type Session } from "./session.ts";
import { serverOf } from "./settings.ts";
import { type Work, writeBatch } from "./writing.ts";

/**
 * Opens a directory, and looks at its schema, which says what it can hold. Throws `url.invalid`, `tls.required`, `server.unreachable`,
 * `tls.refused` and `login.refused`.
 */
export const open: Open = async (name, spec, context) => {
  const ldap = spec as LdapEndpointSpec;
  const session = createSession({
    server: await serverOf(name, ldap),
    login: () => loginOf(ldap, context),
    pageSize: ldap.pageSize ?? 500,
    context,
  });
  const flavour = flavours[ldap.flavour ?? "openldap"];
  const directory = createDirectory({ session, spec: ldap, flavour, emit: context.emit });
  const schema = await session.during(() => directory.schema(context), context);
  const readings = createReadings(directory);
  const begin = readings.written;
  const endpoint: Endpoint = {
    directory: {
      account: handlerOf<"account">(session, (scope, options) => readings.accounts(scope, options), {
        held: fieldsOfAccounts(flavour, ldap, schema),
        begin,
        open: (_, names, options) => openAccountWriter(directory, names, options),
        look: async (names, options) => among(await readPeople(directory, { names }, options), names),
      }),
      list: handlerOf<"list">(session, (scope, options) => readings.lists(scope, options), {
        held: fieldsOfLists(flavour, ldap, schema),
        begin,
        open: (_, names, options) => openListWriter(directory, names, options),
        look: async (names, options) => among(await readings.lists({}, options), names),
      }),
      alias: handlerOf<"alias">(session, (_, options) => readings.aliases(options), {
        held: new Set(["target"]),
        begin,
        open: (_, __, options) => openAliasWriter(directory, options),
        look: async (names, options) => among(await readings.aliases(options), names),
      }),
    },
    items: {},
    check: (_, options) => checkDirectory(directory, options),
    close: async () => {},
  };
  return endpoint;
};

const among = (rows: readonly { readonly observed: Observed }[], names: ReadonlySet<string>) =>
  new Map(rows.filter(({ observed }) => names.has(observed.name)).map(({ observed }) => [observed.name, observed]));

type Read<K extends DirectoryKind> = (
  ...args: Parameters<Handler<K>["read"]>
) => Promise<readonly { readonly observed: Observed<K> }[]>;

function handlerOf<K extends DirectoryKind>(session: Session, read: Read<K>, work: Work): Handler<K> {
  return {
    fields: work.held,
    read: async function* (scope, options) {
      for (const { observed } of await session.during(() => read(scope, options), options)) yield observed;
    },
    assess: () => [],
    write: async (changes, options) => {
      const batch = changes as unknown as readonly DirectoryChange[];
      if (batch.length === 0) return [];
      const outcomes = await session.during(() => writeBatch(batch, work, options), options);
      return outcomes as unknown as readonly Outcome<K>[];
    },
  };
}

async function loginOf({ bind }: LdapEndpointSpec, { secret }: Pick<OpenContext, "secret">): Promise<Login> {
  if (bind === undefined) return undefined;
  return "mechanism" in bind ? { external: true } : { dn: bind.dn, password: await secret(bind.password) };
}
