import { addressOf } from "../model/address.ts";
import type { FieldsOf, PasswordWish } from "../model/resource.ts";
import type { AccountSpec, PasswordSpec } from "../model/spec.ts";
import { normalMailAddress, normalSet, parseSize } from "../kind/normal.ts";
import { aliasesOf } from "./alias.ts";
import type { Declaration, Reference, Surroundings } from "./declaration.ts";
import { below, originOf, type Place, secretAt } from "./place.ts";
import { present } from "./present.ts";
import { referencesOf } from "./reference.ts";

/** An account, and an alias for each of its further addresses. `at` is its name's place, `body` its spec's. */
export function accountOf(
  name: string,
  spec: AccountSpec,
  at: Place,
  body: Place,
  around: Surroundings,
): readonly Declaration[] {
  const formerly = referencesOf(spec.formerly, body, ["formerly"], around);
  const forwarding = referencesOf(spec.forwarding?.to, body, ["forwarding", "to"], around);
  const rights = named.map((key) => referencesOf(spec[key], body, [key], around));
  const resource = {
    kind: "account",
    name,
    address: addressOf("account", name),
    labels: around.labels,
    origin: originOf(at),
    fields: accountFields(spec, {
      to: namesOf(forwarding),
      ...Object.fromEntries(named.map((key, at) => [key, namesOf(rights[at])])),
    }),
    ...present({ wave: spec.wave, protect: spec.protect, absent: spec.absent }),
    ...(formerly.length === 0 ? {} : { formerly: formerly.map((each) => each.name) }),
    ...(spec.password === undefined ? {} : { password: passwordOf(spec.password, below(body, "password")) }),
  } as const;
  const box = { at: body, ...present({ source: spec.source, destination: spec.destination, priority: spec.priority }) };
  return [
    { resource, at, references: [...forwarding, ...rights.flat()], formerly, box },
    ...aliasesOf(spec, name, body, around),
  ];
}

const namesOf = (references: readonly Reference[] | undefined) => (references ?? []).map((each) => each.name);

/** Sets of addresses that an account has. */
const named = ["fullAccess", "sendAs", "sendOnBehalf"] as const;

/** Whom fields name, resolved. */
type Resolved = Readonly<Partial<Record<"to" | (typeof named)[number], readonly string[]>>>;

/** The compared fields in normal form. Those that name others come resolved. */
export function accountFields(spec: AccountSpec, { to = [], ...others }: Resolved = {}): FieldsOf["account"] {
  const set = (key: (typeof named)[number]) => (spec[key] === undefined ? undefined : normalSet(others[key] ?? []));
  const email =
    spec.recovery?.email === undefined ? undefined : (normalMailAddress(spec.recovery.email) ?? spec.recovery.email);
  return present({
    displayName: spec.displayName,
    givenName: spec.givenName,
    familyName: spec.familyName,
    enabled: spec.enabled,
    quota: spec.quota === undefined ? undefined : parseSize(spec.quota),
    class: spec.class,
    forwarding: spec.forwarding && { to: normalSet(to), keepCopy: spec.forwarding.keepCopy ?? true },
    mailbox: spec.mailbox,
    fullAccess: set("fullAccess"),
    sendAs: set("sendAs"),
    sendOnBehalf: set("sendOnBehalf"),
    recovery: spec.recovery && present({ email, mobile: spec.recovery.mobile }),
  });
}

export function passwordOf(spec: PasswordSpec, at: Place): PasswordWish {
  const rest = present({ mustChange: spec.mustChange, issue: spec.issue });
  if ("secret" in spec) return { from: "secret", ref: secretAt(below(at, "secret"), spec.secret), ...rest };
  if ("generate" in spec) return { from: "generate", ...rest, ...present({ length: spec.length }) };
  if ("external" in spec) return { from: "external", ...rest };
  return { from: "hash", ...(spec.hash === "source" ? {} : { ref: secretAt(below(at, "hash"), spec.hash) }), ...rest };
}
