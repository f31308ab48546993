import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { AddRequest, Attribute, type Filter } from "ldapts";
import type { Directory } from "./directory.ts";
import { childOf } from "./dn.ts";
import { Fault } from "../../model/fault.ts";
import { equal } from "./filter.ts";
import type { AddressForm, Flavour, Octets } from "./flavour/flavour.ts";
import type { Values } from "./form.ts";
import { addressOf } from "./observe.ts";
import { attribute, missingClasses, send } from "./operation.ts";

/** An entry that is to come to be. */
export interface Newcomer {
  readonly change: Extract<DirectoryChange, { act: "create" | "update" }>;
  readonly base: string;
  readonly rdn: string;
  readonly classes: readonly string[];
  readonly address: AddressForm;
  /** What it is to have, its own name among its neighbours and its classes left out. By the name that it gets. */
  readonly values: (dn: string) => Values;
  readonly what: string;
  /** By the whole address from the start. */
  readonly named?: "whole";
  readonly secrets?: readonly string[];
  /** A name that nobody else in the directory may have. */
  readonly second?: NonNullable<Flavour["second"]> | undefined;
  /** Values that are no text. */
  readonly octets?: Octets | undefined;
}

/**
 * Adds it under the part of its address before the @; where another account has that name already, for two domains know an ana each,
 * under its whole address. Gives the name.
 */
export async function add(directory: Directory, newcomer: Newcomer, options: Options): Promise<string> {
  const { name } = newcomer.change.want;
  const names = newcomer.named === "whole" ? [name] : [name.slice(0, name.lastIndexOf("@")), name];
  const seconds = [...(newcomer.second?.candidates(name) ?? [])];
  for (;;) {
    const [own = name] = names;
    try {
      return await addAs(directory, newcomer, { own, second: seconds[0] }, options);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== "entry.taken") throw thrown;
      const taken = await takenBy(directory, newcomer, { own, second: seconds[0] }, options);
      const left = taken === "name" ? names : taken === "second" ? seconds : [];
      if (left.length < 2) throw thrown;
      left.shift();
    }
  }
}

/** What it is called among its neighbours, and in the whole directory. */
interface Names {
  readonly own: string;
  readonly second: string | undefined;
}

async function addAs(
  directory: Directory,
  newcomer: Newcomer,
  { own, second }: Names,
  options: Options,
): Promise<string> {
  const { change, base, rdn, what, octets = {}, secrets = [] } = newcomer;
  const dn = childOf(base, rdn, own);
  const schema = await directory.schema(options);
  const given: Values = {
    ...newcomer.values(dn),
    [rdn]: [own],
    ...(newcomer.second === undefined || second === undefined ? {} : { [newcomer.second.attribute]: [second] }),
  };
  const values = filled(directory, newcomer, given, schema?.musts(newcomer.classes));
  const needed = Object.keys(values).filter((type) => (values[type]?.length ?? 0) > 0);
  const classes = [
    ...newcomer.classes,
    ...missingClasses(schema, newcomer.classes, needed, directory.flavour.auxiliaries),
  ];
  const attributes = [
    attribute("objectClass", classes),
    ...needed.map((type) => attribute(type, [...new Set(values[type])])),
    ...Object.entries(octets).map(([type, value]) => new Attribute({ type, values: [value] })),
  ];
  await send(directory, new AddRequest({ messageId: 0, dn, attributes }), { change, dn, what, secrets }, options);
  return dn;
}

/** What its classes ask for and no field gives. */
function filled(
  { flavour }: Directory,
  { change }: Newcomer,
  values: Values,
  musts: ReadonlySet<string> = usual,
): Values {
  const given = new Set(Object.entries(values).flatMap(([type, all]) => (all.length > 0 ? [type.toLowerCase()] : [])));
  const facts = { name: change.want.name, fields: change.want.fields as Readonly<Record<string, unknown>> };
  const fillers = Object.entries(flavour.fillers).filter(([type]) => musts.has(type) && !given.has(type));
  // An empty value of ours gives way to what must be there.
  const kept = Object.entries(values).filter(([, all]) => all.length > 0);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(fillers.map(([type, fill]) => [type, [fill(facts)]])) };
}

/** What a person must have (RFC 4519, 3.12), where the schema cannot be seen. */
const usual: ReadonlySet<string> = new Set(["cn", "sn"]);

/** Which of its names another account or list has; neither where an entry without an address has it, which may be the same person. */
async function takenBy(
  directory: Directory,
  newcomer: Newcomer,
  { own, second }: Names,
  options: Options,
): Promise<"name" | "second" | undefined> {
  const { base, rdn } = newcomer;
  const byName = await whose(directory, newcomer, { base: childOf(base, rdn, own), scope: "base" }, options);
  if (byName !== "nobody") return byName === "another" ? "name" : undefined;
  if (newcomer.second === undefined || second === undefined) return undefined;
  const { entry } = await directory.session.root(options);
  const all = entry.text("defaultNamingContext") ?? directory.base;
  const filter = equal(newcomer.second.attribute, second);
  const bySecond = await whose(directory, newcomer, { base: all, scope: "sub", filter }, options);
  return bySecond === "another" ? "second" : undefined;
}

/** Whose the entry is that has a name. */
async function whose(
  { session, spec }: Directory,
  { address, change }: Newcomer,
  where: { readonly base: string; readonly scope: "base" | "sub"; readonly filter?: Filter },
  options: Options,
): Promise<"nobody" | "another" | "perhaps ours"> {
  const query = { ...where, attributes: [...address.attributes], what: "Looking at the entry that has the name" };
  try {
    const [there] = await session.search(
      query,
      (entry) => ({ name: addressOf(address.read(entry), spec.domain) }),
      options,
    );
    if (there === undefined) return "nobody";
    return there.name !== undefined && there.name !== change.want.name ? "another" : "perhaps ours";
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "entry.missing") return "nobody";
    throw thrown;
  }
}
