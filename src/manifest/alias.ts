import { addressOf } from "../model/address.ts";
import type { AliasSpec } from "../model/spec.ts";
import type { Declaration, Reference, Surroundings } from "./declaration.ts";
import { below, originOf, type Place, problemAt } from "./place.ts";
import { present } from "./present.ts";
import { referenceOf, referencesOf } from "./reference.ts";

/** An alias by itself: `target` is a name, or a map with it. */
export function aliasOf(
  name: string,
  spec: AliasSpec | string,
  at: Place,
  body: Place,
  around: Surroundings,
): readonly Declaration[] {
  const { target: text, absent, protect } = typeof spec === "string" ? { target: spec } : spec;
  const place = typeof spec === "string" ? body : below(body, "target");
  if (text === undefined && absent !== true) {
    around.report(problemAt(body, 'the key "target" is missing', "write where its mail goes, or absent: true"));
    return [];
  }
  const target = text === undefined ? undefined : referenceOf(text, place, around);
  return [declare(name, target, at, around, present({ absent, protect }))];
}

/** Each further address of an account or a list is an alias of it; where its owner must not be, neither must it. */
export function aliasesOf(
  spec: { readonly aliases?: readonly string[]; readonly absent?: boolean },
  owner: string,
  body: Place,
  around: Surroundings,
): readonly Declaration[] {
  const rest = spec.absent === true ? { absent: true } : {};
  return referencesOf(spec.aliases, body, ["aliases"], around).map((each) =>
    declare(each.name, { name: owner, short: false, at: each.at }, each.at, around, rest),
  );
}

type Rest = Pick<Declaration["resource"], "absent" | "protect">;

function declare(
  name: string,
  target: Reference | undefined,
  at: Place,
  around: Surroundings,
  rest: Rest,
): Declaration {
  const fields = target === undefined ? {} : { target: target.name };
  const resource = {
    kind: "alias",
    name,
    address: addressOf("alias", name),
    labels: around.labels,
    origin: originOf(at),
    fields,
    ...rest,
  } as const;
  return { resource, at, references: target === undefined ? [] : [target], formerly: [] };
}
