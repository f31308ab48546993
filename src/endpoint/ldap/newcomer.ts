import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { AddRequest } from "ldapts";
import type { Directory } from "./directory.ts";
import { childOf } from "./dn.ts";
import { Fault } from "../../model/fault.ts";
import type { AddressForm } from "./flavour/flavour.ts";
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
}

/**
 * Adds it under the part of its address before the @; where another account has that name already, for two domains know an ana each,
 * under its whole address. Gives the name.
 */
export async function add(directory: Directory, newcomer: Newcomer, options: Options): Promise<string> {
  const { want } = newcomer.change;
  if (newcomer.named === "whole") return addAs(directory, newcomer, want.name, options);
  const local = want.name.slice(0, want.name.lastIndexOf("@"));
  try {
    return await addAs(directory, newcomer, local, options);
  } catch (thrown) {
    const taken = thrown instanceof Fault && thrown.code === "entry.taken";
    if (!taken || !(await isAnothers(directory, newcomer, childOf(newcomer.base, newcomer.rdn, local), options)))
      throw thrown;
    return addAs(directory, newcomer, want.name, options);
  }
}

async function addAs(directory: Directory, newcomer: Newcomer, own: string, options: Options): Promise<string> {
  const { change, base, rdn, what, secrets = [] } = newcomer;
  const dn = childOf(base, rdn, own);
  const schema = await directory.schema(options);
  const values = filled(directory, newcomer, { ...newcomer.values(dn), [rdn]: [own] }, schema?.musts(newcomer.classes));
  const needed = Object.keys(values).filter((type) => (values[type]?.length ?? 0) > 0);
  const classes = [
    ...newcomer.classes,
    ...missingClasses(schema, newcomer.classes, needed, directory.flavour.auxiliaries),
  ];
  const attributes = [
    attribute("objectClass", classes),
    ...needed.map((type) => attribute(type, [...new Set(values[type])])),
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

/** Whether the entry that has the name is of another address; one without an address may be the same person. */
async function isAnothers(
  { session, spec }: Directory,
  { address, change }: Newcomer,
  dn: string,
  options: Options,
): Promise<boolean> {
  const query = {
    base: dn,
    scope: "base" as const,
    attributes: [...address.attributes],
    what: "Looking at the entry that has the name",
  };
  const [there] = await session.search(query, (entry) => addressOf(address.read(entry), spec.domain), options);
  return there !== undefined && there !== change.want.name;
}
