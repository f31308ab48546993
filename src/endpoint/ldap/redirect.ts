import type { Options } from "../../contract/options.ts";
import type { Json } from "../../model/json.ts";
import type { Forwarding } from "../../model/resource.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import type { Tally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import { equal } from "./filter.ts";
import type { Values } from "./form.ts";
import type { Layout } from "./layout.ts";
import { addressOf } from "./observe.ts";
import type { Known, Register } from "./register.ts";
import { resolveStrangers } from "./strangers.ts";

type Fields = Readonly<Record<string, Json | undefined>>;

/** Somebody's mail, as far as it is sent on to who has an entry. */
export interface Redirected {
  readonly from: string;
  readonly to: string;
  readonly keepCopy: boolean;
}

export function redirectedBy(entry: Entry, { redirect }: Layout): Redirected | undefined {
  const to = redirect === undefined ? undefined : entry.text(redirect.attribute);
  if (redirect === undefined || to === undefined) return undefined;
  return { from: entry.dn, to, keepCopy: /^true$/i.test(entry.text(redirect.keeps) ?? "") };
}

/** The field, and what it counts as for a revision: an id outlives its entry's address. */
interface Resolved {
  readonly forwarding: Json;
  readonly identity: Json;
}

/** Where the mail goes, by the name of the entry. What leads to nobody with an address is noted. */
export async function openRedirects(
  directory: Directory,
  all: readonly Redirected[],
  { register, doubts }: { readonly register: Register; readonly doubts: Tally },
  options: Options,
): Promise<(redirected: Redirected) => Resolved | undefined> {
  const unknown = all.flatMap(({ to }) => (register.find(to) === undefined ? [to] : []));
  const strangers: ReadonlyMap<string, Known> = await resolveStrangers(directory, unknown, options);
  return ({ from, to, keepCopy }) => {
    const known = register.find(to) ?? strangers.get(keyOfDn(to));
    if (known === undefined) return doubts.note("forwarding.unknown", from, to);
    return {
      forwarding: { to: [known.name], keepCopy },
      identity: { to: [known.id ?? known.name], keepCopy },
    };
  };
}

/**
 * Forwarding as attributes, where that is to somebody who has an entry; everything else is left to the form of the field, and nothing of
 * an older redirection stays.
 */
export async function printRedirect(
  directory: Directory,
  { redirect, forms }: Layout,
  fields: Fields,
  options: Options,
): Promise<{ readonly fields: Fields; readonly values: Values }> {
  if (redirect === undefined || !("forwarding" in fields)) return { fields, values: {} };
  const { forwarding, ...rest } = fields;
  const { to, keepCopy } = (forwarding as unknown as Forwarding | undefined) ?? { to: [], keepCopy: true };
  const [only = "", ...more] = to;
  const dn = only === "" || more.length > 0 ? undefined : await entryOf(directory, only, options);
  if (dn === undefined) return { fields, values: { [redirect.attribute]: [], [redirect.keeps]: [] } };
  const others = forms.find(({ field }) => field === "forwarding")?.attributes ?? [];
  const none = Object.fromEntries(others.map((attribute) => [attribute, []]));
  return { fields: rest, values: { ...none, [redirect.attribute]: [dn], [redirect.keeps]: keepCopy ? ["TRUE"] : [] } };
}

async function entryOf(directory: Directory, name: string, options: Options): Promise<string | undefined> {
  const { session, flavour, spec, base } = directory;
  const { address } = flavour.lists.contacts ?? flavour.accounts;
  const { entry } = await session.root(options);
  const found = await session.search(
    {
      base: entry.text("defaultNamingContext") ?? base,
      filter: address.filter?.(name) ?? equal(address.attributes[0] ?? "", name),
      attributes: [...address.attributes],
      what: "Looking for whom mail is sent on to",
    },
    (each) => (addressOf(address.read(each), spec.domain) === name ? each.dn : undefined),
    options,
  );
  return found[0];
}
