import { addressOf } from "../model/address.ts";
import type { DistributionListSpec } from "../model/spec.ts";
import { normalSet } from "../kind/normal.ts";
import { aliasesOf } from "./alias.ts";
import type { Declaration, Surroundings } from "./declaration.ts";
import { originOf, type Place } from "./place.ts";
import { present } from "./present.ts";
import { referencesOf } from "./reference.ts";

/** A distribution list, and an alias for each of its further addresses. */
export function listOf(
  name: string,
  spec: DistributionListSpec,
  at: Place,
  body: Place,
  around: Surroundings,
): readonly Declaration[] {
  const named = (key: "members" | "owners" | "senders" | "formerly") => referencesOf(spec[key], body, [key], around);
  const [members, owners, senders, formerly] = [named("members"), named("owners"), named("senders"), named("formerly")];
  const set = (key: "members" | "owners" | "senders", of: typeof members) =>
    spec[key] === undefined ? undefined : normalSet(of.map((each) => each.name));
  const fields = present({
    displayName: spec.displayName,
    members: set("members", members),
    owners: set("owners", owners),
    senders: set("senders", senders),
    hidden: spec.hidden,
  });
  const resource = {
    kind: "list",
    name,
    address: addressOf("list", name),
    labels: around.labels,
    origin: originOf(at),
    fields,
    ...present({ protect: spec.protect, absent: spec.absent }),
    ...(formerly.length === 0 ? {} : { formerly: formerly.map((each) => each.name) }),
  } as const;
  return [
    { resource, at, references: [...members, ...owners, ...senders], formerly },
    ...aliasesOf(spec, name, body, around),
  ];
}
