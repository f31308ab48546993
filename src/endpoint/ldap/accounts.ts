import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";
import type { Directory } from "./directory.ts";
import { createTally } from "./doubts.ts";
import { all, any, parseFilter, present } from "./filter.ts";
import { accountsLayout } from "./layout.ts";
import { addressOf, fieldsOf, observe } from "./observe.ts";
import { scopeFilter } from "./scope.ts";

/** Every account, or those that the scope lets through; one search, for what is needed of them alone. */
export async function readAccounts(
  directory: Directory,
  scope: Scope,
  options: Options,
): Promise<readonly Observed<"account">[]> {
  const { session, spec, flavour, base } = directory;
  const schema = await directory.schema(options);
  const layout = accountsLayout(flavour, { ...spec.accounts?.attributes, ...scope.map }, schema);
  const doubts = createTally(directory);
  const seen = new Set<string>();
  const found = await session.search(
    {
      base: spec.accounts?.base ?? base,
      filter: all([
        parseFilter(spec.accounts?.filter ?? flavour.accounts.filter),
        any(layout.address.attributes.map(present)),
        ...scopeFilter(scope.filter, session.server.about),
      ]),
      attributes: layout.attributes,
      what: "Reading accounts",
    },
    (entry) => {
      const written = layout.address.read(entry);
      const name = addressOf(written, spec.domain);
      if (name === undefined) return doubts.note("address.invalid", entry.dn, written);
      if (seen.has(name)) return doubts.note("address.twice", entry.dn, name);
      seen.add(name);
      return observe("account", name, flavour.id.read(entry), fieldsOf(entry, layout.forms));
    },
    options,
  );
  doubts.tell();
  return found;
}
