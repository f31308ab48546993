import type { Endpoint, Handler } from "../contract/endpoint.ts";
import type { Options } from "../contract/options.ts";
import { askedBy } from "../kind/asked.ts";
import { type Address, addressOf, type DirectoryKind, directoryKinds, kindOf, nameOf } from "../model/address.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Observed } from "../model/resource.ts";
import { readNamed } from "./settle.ts";

/** A step that no longer fits what is there. */
export interface Broken {
  readonly address: Address;
  readonly why: string;
}

interface Context extends Options {
  readonly connect: (endpoint: string) => Promise<Endpoint>;
}

/**
 * Compares every directory step of a saved plan with what its endpoint holds now, and writes nothing. A kind is read once an
 * endpoint. Throws what the reading throws.
 */
export async function brokenPreconditions(plan: Plan, context: Context): Promise<readonly Broken[]> {
  const steps = plan.steps.filter(isChecked);
  const within = { freed: new Set(steps.flatMap(freed)), made: new Set(steps.flatMap(made)) };
  const groups = Map.groupBy(steps, (step) => `${step.at[0]} ${kindOf(step.address)}`);
  const broken: Broken[] = [];
  for (const group of groups.values()) broken.push(...(await brokenOf(group, within, context)));
  return broken;
}

/** Names that the plan's own steps free and make: a later step counts on that, and cannot be checked before. */
interface Within {
  readonly freed: ReadonlySet<string>;
  readonly made: ReadonlySet<string>;
}

const isChecked = (step: Step): boolean =>
  step.at[0] !== undefined &&
  (directoryKinds as readonly string[]).includes(kindOf(step.address)) &&
  (step.change.act === "create" || step.change.act === "update" || step.change.act === "delete");

function freed({ change }: Step): readonly string[] {
  const frees = change.act === "delete" || (change.act === "update" && change.renamed !== undefined);
  return frees ? [addressOf(change.was.kind, change.was.name)] : [];
}

function made({ address, change }: Step): readonly string[] {
  return change.act === "create" || (change.act === "update" && change.renamed !== undefined) ? [address] : [];
}

async function brokenOf(steps: readonly Step[], within: Within, context: Context): Promise<readonly Broken[]> {
  const [first] = steps;
  if (first === undefined) return [];
  const endpoint = await context.connect(first.at[0] ?? "");
  const handler = endpoint.directory[kindOf(first.address) as DirectoryKind] as Handler<DirectoryKind> | undefined;
  if (handler === undefined)
    return steps.map(({ address }) => ({ address, why: "its endpoint no longer holds this kind" }));
  const found = await readNamed(
    handler,
    new Set(steps.flatMap(namesOf)),
    askedBy(steps.map(({ change }) => change)),
    context,
  );
  return steps.flatMap((step) => {
    const why = breach(step, found, within);
    return why === undefined ? [] : [{ address: step.address, why }];
  });
}

/** Its own name, and the one that it takes away. */
const namesOf = ({ address, change }: Step): readonly string[] => [
  nameOf(address),
  ...(change.act === "update" || change.act === "delete" ? [change.was.name] : []),
];

function breach(
  { address, change, precondition }: Step,
  found: ReadonlyMap<string, Observed>,
  { freed, made }: Within,
): string | undefined {
  const name = change.act === "update" || change.act === "delete" ? change.was.name : nameOf(address);
  const there = found.get(name);
  const called = addressOf(kindOf(address), name);
  if ("absent" in precondition)
    return there === undefined || freed.has(called) ? undefined : `${called} is there by now`;
  if (there === undefined)
    return change.act === "create" || made.has(called) ? undefined : `${called} is no longer there`;
  if (!("revision" in precondition)) return undefined;
  return there.revision === precondition.revision ? undefined : `${called} was changed since`;
}
