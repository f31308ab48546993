import type { LedgerRecord } from "../contract/state-store.ts";
import { type Address, addressOf, kindOf, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { DirectoryResource, FieldsOf, Observed } from "../model/resource.ts";
import type { Draft } from "./draft.ts";
import type { DirectoryInput, RowSet } from "./input.ts";
import type { View } from "./observe.ts";
import { wantOf, wasOf } from "./want.ts";

/** What is known of somebody whom a row declared when it was last applied. */
export interface LeaverFacts {
  /** A row, or a line of the manifests, declares it now. */
  readonly wanted: boolean;
  /** Whether the rows could be read in full; `undeclared` where nobody asks for them any more. */
  readonly rows: "whole" | "incomplete" | "undeclared";
  readonly policy: "leave" | "disable";
  readonly there: boolean;
  /** Somebody at the destination gave it another name. */
  readonly renamed: boolean;
  readonly enabled: boolean;
  readonly protect: boolean;
  /** Whether the endpoint can hold that an account is disabled. */
  readonly canDisable: boolean;
}

export type Fate = "stays" | "gone" | "renamed" | "left" | "protected" | "unable" | "disabled" | "disable";

/** What becomes of it. Only a whole reading makes a leaver, and nothing here deletes. */
export function fateOf(facts: LeaverFacts): Fate {
  if (facts.wanted || facts.rows !== "whole") return "stays";
  if (!facts.there) return facts.renamed ? "renamed" : "gone";
  if (facts.policy === "leave") return "left";
  if (!facts.enabled) return "disabled";
  if (facts.protect) return "protected";
  return facts.canDisable ? "disable" : "unable";
}

export interface Leaver {
  readonly address: Address;
  readonly fate: Fate;
  readonly set: RowSet;
  readonly record: LedgerRecord;
  readonly there?: Observed;
}

/** A kind at the destination, with the ids of all that is there. */
interface Seen extends Extract<View, { seen: unknown }> {
  readonly ids: ReadonlySet<string>;
}

/** Everybody whom the rows declared before and do not now. `elsewhere` are names that are spoken for: those that a rename takes away. */
export function leaversOf(input: DirectoryInput, elsewhere: ReadonlySet<string>): readonly Leaver[] {
  const rows = [...input.ledger.values()].filter(
    ({ row, endpoint }) => row !== undefined && endpoint === input.endpoint,
  );
  if (rows.length === 0) return [];
  const wanted = new Set(input.wants.map(({ address }) => address));
  const seen = new Map(["account", "list"].map((kind) => [kind, seenOf(input.views.get(kind as "account" | "list"))]));
  return rows.flatMap((record) => {
    const { address } = record;
    const name = nameOf(address);
    if (elsewhere.has(name)) return [];
    const set = input.sets.get(setOf(address));
    const view = seen.get(kindOf(address));
    if (set === undefined || view === undefined) return [];
    const there = view.seen.get(name);
    const fate = fateOf(factsOf(record, set, { view, there, input, wanted: wanted.has(address) }));
    return fate === "stays" ? [] : [{ address, fate, set, record, ...(there === undefined ? {} : { there }) }];
  });
}

function seenOf(view: View | undefined): Seen | undefined {
  if (view === undefined || !("seen" in view)) return undefined;
  return { ...view, ids: new Set([...view.seen.values()].flatMap(({ id }) => (id === undefined ? [] : [id]))) };
}

interface Around {
  readonly view: Seen;
  readonly there: Observed | undefined;
  readonly input: DirectoryInput;
  readonly wanted: boolean;
}

/** A set of rows by its kind and domain, as `incomplete` names it. */
export const setOf = (address: Address): string => `${kindOf(address)} ${address.slice(address.lastIndexOf("@") + 1)}`;

function factsOf({ address, protect, id }: LedgerRecord, set: RowSet, around: Around): LeaverFacts {
  const { view, there, input, wanted } = around;
  return {
    wanted,
    rows: input.incomplete.has(setOf(address)) ? "incomplete" : "whole",
    policy: set.leavers ?? "leave",
    there: there !== undefined,
    renamed: id !== undefined && view.ids.has(id),
    enabled: (there?.fields as FieldsOf["account"] | undefined)?.enabled !== false,
    protect: protect === true,
    canDisable: kindOf(address) === "account" && view.handler.fields.has("enabled"),
  };
}

/** Steps and findings for those who left. */
export function leaving(
  input: DirectoryInput,
  leavers: readonly Leaver[],
): { readonly drafts: readonly Draft[]; readonly findings: readonly Finding[] } {
  const disabled = leavers.filter(({ fate }) => fate === "disable");
  return {
    drafts: disabled.flatMap((leaver) => disabling(input.endpoint, leaver)),
    findings: [...disabled.flatMap((leaver) => assessed(input, leaver)), ...told(leavers)],
  };
}

function disabling(endpoint: string, { address, there, record }: Leaver): readonly Draft[] {
  if (there === undefined) return [];
  const { revision } = there;
  const from = (there.fields as FieldsOf["account"]).enabled;
  const noted: Draft = leaverNote(endpoint, address, true);
  const update: Draft = {
    address,
    at: [endpoint],
    phase: "directory",
    change: {
      act: "update",
      want: wantOf(disabledOf(address)),
      was: wasOf(there),
      fields: [{ field: "enabled", ...(from === undefined ? {} : { from }), to: false }],
    },
    precondition: revision === undefined ? { none: true } : { revision },
  };
  return record.leaver === true ? [update] : [noted, update];
}

const disabledOf = (address: Address): DirectoryResource => ({
  kind: "account",
  name: nameOf(address),
  address,
  labels: {},
  fields: { enabled: false },
});

/** That somebody is disabled by us, or no longer so: a step that only the state sees. */
export const leaverNote = (endpoint: string, address: Address, leaver: boolean): Draft => ({
  address,
  at: [endpoint],
  phase: "directory",
  change: { act: "record", set: { leaver } },
  precondition: { none: true },
});

function assessed({ views }: DirectoryInput, { address, there }: Leaver): readonly Finding[] {
  const view = views.get("account");
  if (view === undefined || !("handler" in view) || there === undefined) return [];
  return view.handler.assess(wantOf(disabledOf(address)), wasOf(there));
}

type Telling = Pick<Finding, "code" | "severity" | "remedy"> & { readonly says: string };

const tellings: Readonly<Partial<Record<Fate, Telling>>> = {
  renamed: {
    code: "leaver.renamed",
    severity: "warning",
    says: "left as it is, for it was given another name there",
    remedy: "disable it by hand, or write it under its new name",
  },
  left: {
    code: "leaver.left",
    severity: "warning",
    says: "left as it is",
    remedy: "write absent: true to delete, or leavers: disable in accountsFrom",
  },
  protected: {
    code: "leaver.protected",
    severity: "warning",
    says: "not disabled, for it is protected",
    remedy: "write it with protect: false to take the protection off",
  },
  unable: {
    code: "leaver.unsupported",
    severity: "warning",
    says: "not disabled, for the endpoint cannot",
    remedy: "disable it by hand, or write absent: true",
  },
};

/** One finding for each set and fate, with everybody whom it concerns. */
function told(leavers: readonly Leaver[]): readonly Finding[] {
  const groups = Map.groupBy(leavers, ({ address, fate }) => `${setOf(address)} ${fate}`);
  return [...groups.values()].flatMap((group): readonly Finding[] => {
    const [first] = group;
    const telling = first === undefined ? undefined : tellings[first.fate];
    if (first === undefined || telling === undefined) return [];
    const { code, severity, says, remedy } = telling;
    const { domain, kind, endpoint } = first.set;
    const advice = kind === "list" ? "write absent: true to delete it, or write it here to keep it" : remedy;
    return [
      {
        code,
        severity,
        about: addressOf("domain", domain),
        message: `No longer among the rows of ${endpoint}, and ${says}`,
        ...(advice === undefined ? {} : { remedy: advice }),
        detail: { addresses: group.map(({ address }) => address) },
      },
    ];
  });
}
