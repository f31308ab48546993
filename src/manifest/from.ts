import type { Scope } from "../contract/endpoint.ts";
import type { FieldsOf, Origin, PasswordWish } from "../model/resource.ts";
import type { AccountsFrom, DomainSpec, ListsFrom } from "../model/spec.ts";
import { accountFields, passwordOf } from "./account.ts";
import type { Surroundings } from "./declaration.ts";
import { below, originOf, type Place, placeIn } from "./place.ts";
import { present } from "./present.ts";

/** Accounts or lists that the rows of an endpoint declare. They become resources when a plan reads them. */
export interface From {
  readonly kind: "account" | "list";
  readonly domain: string;
  /** What addresses end in at the source, where it differs. */
  readonly sourceDomain?: string;
  /** The Migration's source directory where it is not written; absent where there is neither. */
  readonly endpoint?: string;
  readonly scope: Scope;
  readonly defaults: FromDefaults;
  /** What becomes of an account whose row is gone; absent where nothing is written, and always for lists. */
  readonly leavers?: NonNullable<AccountsFrom["leavers"]>;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

export interface PlacedFrom {
  readonly from: From;
  /** Where its endpoint is named, or the whole. */
  readonly at: Place;
}

/** What holds for every row that does not say otherwise. */
interface FromDefaults {
  readonly fields: FieldsOf["account"] | FieldsOf["list"];
  readonly wave?: number;
  readonly priority?: number;
  readonly protect?: boolean;
  readonly password?: PasswordWish;
}

type Around = Surroundings & { readonly sourceDomain?: string };

export function fromsOf(spec: DomainSpec, body: Place, around: Around): readonly PlacedFrom[] {
  const froms: PlacedFrom[] = [];
  if (spec.accountsFrom)
    froms.push(
      fromOf(
        "account",
        spec.accountsFrom,
        below(body, "accountsFrom"),
        accountDefaults(spec.accountsFrom, body),
        around,
      ),
    );
  if (spec.listsFrom)
    froms.push(fromOf("list", spec.listsFrom, below(body, "listsFrom"), listDefaults(spec.listsFrom), around));
  return froms;
}

function fromOf(
  kind: From["kind"],
  spec: AccountsFrom | ListsFrom,
  body: Place,
  defaults: FromDefaults,
  around: Around,
): PlacedFrom {
  const at = placeIn(body.document, body.path, "key");
  const map = spec.map as Readonly<Record<string, string>> | undefined;
  const from = {
    kind,
    domain: around.domain,
    labels: around.labels,
    scope: present({ filter: spec.filter, map }),
    defaults,
    origin: originOf(at),
    ...present({
      sourceDomain: around.sourceDomain,
      endpoint: spec.endpoint,
      leavers: "leavers" in spec ? spec.leavers : undefined,
    }),
  };
  return { from, at: spec.endpoint === undefined ? at : below(body, "endpoint") };
}

function accountDefaults({ defaults = {} }: AccountsFrom, body: Place): FromDefaults {
  const { password, wave, priority, protect, ...fields } = defaults;
  const wish =
    password === undefined ? undefined : passwordOf(password, below(body, "accountsFrom", "defaults", "password"));
  return { fields: accountFields(fields), ...present({ wave, priority, protect, password: wish }) };
}

function listDefaults({ defaults = {} }: ListsFrom): FromDefaults {
  return { fields: present({ hidden: defaults.hidden }), ...present({ protect: defaults.protect }) };
}
