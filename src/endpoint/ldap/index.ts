import type { Endpoint, Handler, Open, OpenContext } from "../../contract/endpoint.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";
import { readAccounts } from "./accounts.ts";
import { checkDirectory } from "./check.ts";
import type { Login } from "./connect.ts";
import { createDirectory } from "./directory.ts";
import { flavours } from "./flavour/table.ts";
import { accountsLayout } from "./layout.ts";
import { createSession } from "./session.ts";
import { serverOf } from "./settings.ts";

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
  const accounts: Handler<"account"> = {
    fields: new Set(accountsLayout(flavour, ldap.accounts?.attributes, schema).forms.map(({ field }) => field)),
    read: async function* (scope, options) {
      yield* await readAccounts(directory, scope, options);
    },
    assess: () => [],
  };
  const endpoint: Endpoint = {
    directory: { account: accounts },
    items: {},
    check: (_, options) => checkDirectory(directory, options),
    close: async () => {},
  };
  return endpoint;
};

async function loginOf({ bind }: LdapEndpointSpec, { secret }: Pick<OpenContext, "secret">): Promise<Login> {
  if (bind === undefined) return undefined;
  return "mechanism" in bind ? { external: true } : { dn: bind.dn, password: await secret(bind.password) };
}
