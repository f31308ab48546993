import { normalMailAddress } from "../../../kind/normal.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Want } from "../../../model/plan.ts";
import type { Observed } from "../../../model/resource.ts";
import type { Microsoft365EndpointSpec } from "../../../model/spec.ts";
import { namesIn, type Sku } from "./skus.ts";
import type { Fields } from "../../directory/change.ts";

/** What a reading of the tenant showed that an assessment goes by. */
export interface Known {
  /** Undefined before the first reading. */
  readonly skus: readonly Sku[] | undefined;
  /** When people were deleted, by the name they had. */
  readonly deleted: ReadonlyMap<string, string>;
  /** The domain that is given to new groups. */
  readonly defaultDomain: string | undefined;
  /** The tenant's domains, verified or not. */
  readonly domains: ReadonlySet<string>;
  /** Who was promised a seat of a licence in this plan, by its name. */
  readonly promised: Map<string, Set<string>>;
}

type Assess = (want: Want, was: Observed | undefined, known: Known) => readonly Finding[];

export const assessAccount =
  (spec: Pick<Microsoft365EndpointSpec, "usageLocation">): Assess =>
  (want, was, known) => [
    ...principal(want),
    ...(was === undefined ? revived(want, known) : []),
    ...licences(want, was, spec, known),
    ...forwardings(want),
    ...unlicensed(want, was),
  ];

const error = (code: string, { address }: Want, message: string, remedy: string): Finding => ({
  code,
  severity: "error",
  about: address,
  message,
  remedy,
});

/** Characters that Entra takes in a user principal name before the @. */
function principal(want: Want): readonly Finding[] {
  const local = want.name.slice(0, want.name.lastIndexOf("@"));
  if (/^[a-z0-9'._!#^~-]+$/i.test(local) && !local.endsWith(".")) return [];
  const message = `${want.name} is no user principal name: Microsoft takes letters of English, digits and ' . - _ ! # ^ ~ before the @`;
  return [error("account.name", want, message, "choose another name, and keep this one as an alias elsewhere")];
}

function revived(want: Want, { deleted }: Known): readonly Finding[] {
  const since = deleted.get(want.name);
  if (since === undefined) return [];
  return [
    {
      code: "account.softDeleted",
      severity: "warning",
      about: want.address,
      message: `Somebody of this name was deleted${since === "" ? "" : ` on ${since.slice(0, 10)}`}, and can be restored with the mailbox for 30 days; a new account gets a new, empty one`,
      remedy:
        "restore the user at https://admin.microsoft.com (Users, Deleted users) before applying, if it is the same person",
    },
  ];
}

function licences(
  want: Want,
  was: Observed | undefined,
  { usageLocation }: Pick<Microsoft365EndpointSpec, "usageLocation">,
  { skus, promised }: Known,
): readonly Finding[] {
  const written = (want.fields as Fields)["class"];
  if (typeof written !== "string" || skus === undefined) return [];
  const names = namesIn(written);
  const has = namesIn(((was?.fields as Fields | undefined)?.["class"] as string | undefined) ?? "");
  const normal = names.toSorted().join(",");
  const known = new Map(skus.map((sku) => [sku.name, sku]));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) {
    const remedy = `use one of ${[...known.keys()].join(", ") || "none: the tenant has none"}`;
    return [error("licence.unknown", want, `The tenant has no licence called ${missing.join(", ")}`, remedy)];
  }
  if (normal !== written)
    return [error("licence.form", want, `The class ${written} is written otherwise by Microsoft`, `write ${normal}`)];
  if (was === undefined && usageLocation === undefined)
    return [
      error(
        "licence.location",
        want,
        "A licence is given to nobody without a usage location",
        "write usageLocation in the endpoint",
      ),
    ];
  return names
    .filter((name) => !has.includes(name))
    .flatMap((name) => {
      const seats = promised.get(name) ?? new Set();
      promised.set(name, seats.add(want.address));
      const free = known.get(name)?.free ?? 0;
      if (seats.size <= free) return [];
      const message = `The tenant has ${free} free ${free === 1 ? "seat" : "seats"} of ${name}, and this plan gives it to ${seats.size} so far`;
      return [error("licence.seats", want, message, "buy more seats, or give others another class")];
    });
}

function forwardings(want: Want): readonly Finding[] {
  const { to = [] } = ((want.fields as Fields)["forwarding"] ?? {}) as { readonly to?: readonly string[] };
  if (to.length <= 1) return [];
  const message = `Exchange Online sends mail on to one address, and ${to.length} are written`;
  return [error("forwarding.several", want, message, "make a list of them, and forward to it")];
}

/** A mailbox comes with a licence, and then it can be made another; once it is, it needs none (Microsoft Learn, "Convert a user mailbox"). */
function unlicensed(want: Want, was: Observed | undefined): readonly Finding[] {
  const { mailbox, class: licence } = want.fields as Fields;
  if (was !== undefined || mailbox === undefined || mailbox === "user" || (licence ?? "") !== "") return [];
  const message = `A new account has a mailbox once it has a licence, and can be made ${String(mailbox)} then`;
  return [
    error("mailbox.licence", want, message, 'write class for the beginning, and `class: ""` once the mailbox is there'),
  ];
}

/** A list in another domain than the tenant's own default cannot be made as a Microsoft 365 group by Graph. */
export const assessList =
  (spec: Pick<Microsoft365EndpointSpec, "lists">): Assess =>
  (want, was, { defaultDomain }) => {
    const domain = normalMailAddress(want.name)?.split("@").at(-1);
    const own = spec.lists === "microsoft365" || spec.lists === "security";
    if (was !== undefined || !own || defaultDomain === undefined || domain === defaultDomain) return [];
    const message = `A new group gets an address in ${defaultDomain}, the tenant's default domain, and ${want.name} is in another`;
    return [error("list.domain", want, message, "make its domain the default one, or write lists: distribution")];
  };
