import type { LedgerRecord } from "../contract/state-store.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, type DirectoryKind, directoryKinds, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { LedgerChange, Plan } from "../model/plan.ts";
import type { DirectoryResource, FieldChange, Observed } from "../model/resource.ts";
import { byHand } from "./byhand.ts";
import { fieldChanges, unsupportedFields } from "./diff.ts";
import type { Draft } from "./draft.ts";
import { identify, identifyAbsent, knownId, type Names, namesOf } from "./identity.ts";
import type { View } from "./observe.ts";
import type { DirectoryInput } from "./input.ts";
import { copiesOutside, homelessAliases } from "./homeless.ts";
import { followRows } from "./follow.ts";
import { leaverNote, leaversOf, leaving, type Leaver } from "./leavers.ts";
import { overridden, overriddenFindings } from "./overridden.ts";
import { contested } from "./owners.ts";
import { heldParts } from "./parts.ts";
import { pruned } from "./prune.ts";
import { askedByHand, takenFindings } from "./unseen.ts";
import { unsupportedFindings } from "./unsupported.ts";
import { wantOf, wasOf } from "./want.ts";

export interface DirectoryDiff {
  readonly drafts: readonly Draft[];
  readonly findings: readonly Finding[];
  readonly unread: Plan["unread"];
  /** Deletes that follow from `prune`. */
  readonly pruned: ReadonlySet<Address>;
  /** Accounts that get another name, by their new one. */
  readonly renamed: ReadonlyMap<Address, string>;
}

interface Unsupported {
  readonly address: Address;
  readonly field: string;
}

/** What one pass over the wanted resources gathers. */
interface Gathering {
  readonly drafts: Draft[];
  readonly findings: Finding[];
  readonly unread: { readonly address: string; readonly code: string; readonly message: string }[];
  readonly unsupported: Unsupported[];
  /** Fields that nobody can see, and a person was asked for. */
  readonly taken: (Unsupported & { readonly kind: DirectoryKind })[];
  readonly renamed: Map<Address, string>;
}

type Seen = Extract<View, { seen: unknown }>;

/** Compares what is wanted with what one directory holds. Pure: handlers are asked for their fields and their assessment only. */
export function compareDirectory(given: DirectoryInput): DirectoryDiff {
  const { input, findings: followed } = followRows(given);
  const out: Gathering = {
    drafts: [],
    findings: [...followed],
    unread: [],
    unsupported: [],
    taken: [],
    renamed: new Map(),
  };
  const names = namesOf(input);
  for (const want of input.wants) {
    const view = input.views.get(want.kind);
    if (view === undefined || "missing" in view) {
      if (want.kind !== "domain" || want.absent === true) out.unsupported.push({ address: want.address, field: "" });
    } else if ("fault" in view) {
      out.unread.push({ address: want.address, code: view.fault.code, message: view.fault.message });
    } else {
      compareOne(want, { input, view, names }, out);
    }
  }
  out.unread.push(...unseenSets(input));
  const renamed = new Set(out.renamed.values());
  const leavers = leaversOf(input, renamed);
  const gone = pruned(input, new Set([...renamed, ...sparedLeavers(leavers)]));
  const left = leaving(
    input,
    leavers.filter(({ address }) => !gone.names.has(address)),
  );
  out.drafts.push(...left.drafts);
  out.findings.push(...left.findings);
  out.drafts.push(...gone.observed.map((observed) => removal(input.endpoint, observed)));
  out.findings.push(...gone.findings, ...unsupportedFindings(input.endpoint, out.unsupported));
  out.findings.push(...takenFindings(input.endpoint, out.taken));
  out.findings.push(...takenNames(out.drafts, input), ...readOnly(out.drafts, input));
  out.findings.push(...homelessAliases(out.drafts, input), ...copiesOutside(out.drafts, input));
  const { drafts: held, findings } = contested(out.drafts, input);
  const drafts = byHand(held, input);
  const kept = new Set(drafts.map(({ address }) => address));
  out.findings.push(...overriddenFindings(drafts, input.endpoint));
  const moves = new Map([...out.renamed].filter(([address]) => kept.has(address)));
  return { drafts, findings: [...out.findings, ...findings], unread: out.unread, renamed: moves, pruned: gone.names };
}

/** Where nothing is wanted of a kind whose leavers cannot be seen, nothing else tells of it. */
function unseenSets({ sets, views, wants }: DirectoryInput): Plan["unread"] {
  const wanted = new Set(wants.map(({ kind }) => kind));
  return [...sets.values()].flatMap(({ kind, domain }) => {
    const view = views.get(kind);
    if (wanted.has(kind) || view === undefined || !("fault" in view)) return [];
    return [{ address: `${kind}/*@${domain}`, code: view.fault.code, message: view.fault.message }];
  });
}

/** Leavers go by what `leavers` says, where it is written, and not by `prune`. */
const sparedLeavers = (leavers: readonly Leaver[]): readonly string[] =>
  leavers.flatMap(({ set, address }) => (set.leavers === undefined ? [] : [nameOf(address)]));

interface Around {
  readonly input: DirectoryInput;
  readonly view: Seen;
  readonly names: Names;
}

function compareOne(asked: DirectoryResource, around: Around, out: Gathering): void {
  const { input, view } = around;
  const { want: declared, lost } = heldParts(asked, view.handler.parts);
  if (declared.absent === true) {
    const there = view.seen.get(declared.name);
    out.findings.push(...identifyAbsent(declared, around));
    if (there !== undefined) out.drafts.push(removal(input.endpoint, there));
    out.drafts.push(...remember(declared, input, declared.protect === false ? { protect: false } : {}));
    return;
  }
  const { fields, unseen } = view.handler;
  const known = unseen === undefined ? fields : new Set([...fields, ...unseen.fields]);
  for (const field of [...unsupportedFields(declared.kind, declared.fields, known), ...lost])
    out.unsupported.push({ address: declared.address, field });
  const { identity, was, findings } = identify(declared, around);
  const before = was === undefined || was.name === declared.name ? undefined : was;
  out.findings.push(...findings);
  const record = input.ledger.get(was === undefined ? declared.address : addressOf(declared.kind, was.name));
  const isLeaver = record?.leaver === true && identity !== "replaced" && identity !== "swapped";
  const want = isLeaver ? letIn(declared) : declared;
  const changes =
    was === undefined
      ? []
      : overridden(fieldChanges(want.kind, want.fields, was.fields, fields), {
          was,
          record,
          endpoint: input.endpoint,
          holds: fields,
        });
  const password = was === undefined ? [] : passwordChange(want, record);
  if (was === undefined) out.drafts.push(creation(input.endpoint, want));
  else if (before !== undefined || changes.length > 0 || password.length > 0) {
    out.drafts.push(update(input.endpoint, want, was, [...changes, ...password]));
  }
  const byPerson = askedByHand(want, { handler: view.handler, was, record, endpoint: input.endpoint });
  out.drafts.push(...byPerson.drafts);
  out.taken.push(...byPerson.taken.map((field) => ({ address: want.address, kind: want.kind, field })));
  if (before !== undefined) out.renamed.set(want.address, before.name);
  out.drafts.push(...remember(want, input, memory(want, was, record, input)));
  if (record?.leaver === true && before === undefined) out.drafts.push(leaverNote(input.endpoint, want.address, false));
  if (was === undefined || changes.length > 0 || before !== undefined) {
    out.findings.push(...view.handler.assess(wantOf(want), was === undefined ? undefined : wasOf(was)));
  }
}

/** Whom we disabled for being gone is let in again on return, where nothing else is written. */
const letIn = (want: DirectoryResource): DirectoryResource => ({ ...want, fields: { enabled: true, ...want.fields } });

const creation = (endpoint: string, want: DirectoryResource): Draft => ({
  address: want.address,
  at: [endpoint],
  phase: "directory",
  change: { act: "create", want: wantOf(want) },
  precondition: { absent: true },
});

const standing = ({ revision }: Observed): Draft["precondition"] =>
  revision === undefined ? { none: true } : { revision };

const update = (endpoint: string, want: DirectoryResource, was: Observed, fields: readonly FieldChange[]): Draft => ({
  address: want.address,
  at: [endpoint],
  phase: "directory",
  change: {
    act: "update",
    want: wantOf(want),
    was: wasOf(was),
    fields,
    ...(was.name === want.name ? {} : { renamed: want.name }),
  },
  precondition: standing(was),
});

function removal(endpoint: string, observed: Observed): Draft {
  return {
    address: addressOf(observed.kind, observed.name),
    at: [endpoint],
    phase: "directory",
    change: { act: "delete", was: wasOf(observed) },
    precondition: standing(observed),
    ...(observed.kind === "account" ? { irreversible: true } : {}),
  };
}

/** A password is written again only when its issue rose above the one remembered: a lost state resets nobody's. */
function passwordChange(want: DirectoryResource, record: LedgerRecord | undefined): readonly FieldChange[] {
  const to = want.password?.from === "external" ? undefined : want.password?.issue;
  const from = record?.passwordIssue;
  return to !== undefined && from !== undefined && to > from ? [{ field: "password", from, to }] : [];
}

interface Memory {
  readonly protect?: boolean;
  readonly passwordIssue?: number;
  readonly id?: string;
}

/** What the state should remember beside what applying the resource's own step makes it remember. */
function memory(
  want: DirectoryResource,
  was: Observed | undefined,
  record: LedgerRecord | undefined,
  input: DirectoryInput,
): Memory {
  const renamed = was !== undefined && was.name !== want.name;
  const protect = want.protect ?? (renamed ? record?.protect : undefined);
  if (was === undefined) return want.protect === false ? { protect: false } : {};
  const known = record?.passwordIssue;
  const issue = want.password?.issue ?? (renamed ? known : undefined);
  const id = knownId(input, want.address);
  const recreated = !renamed && id !== undefined && was.id !== undefined && id !== was.id;
  return {
    ...(protect === undefined ? {} : { protect }),
    ...(issue === undefined || (known !== undefined && issue < known) ? {} : { passwordIssue: issue }),
    ...(recreated && was.id !== undefined ? { id: was.id } : {}),
  };
}

/** Steps that only the state sees. What it knows already makes none. */
function remember(want: DirectoryResource, { endpoint, ledger }: DirectoryInput, next: Memory): readonly Draft[] {
  const known = ledger.get(want.address);
  const sets: LedgerChange[] = [];
  if (next.protect !== undefined && next.protect !== (known?.protect ?? false)) sets.push({ protect: next.protect });
  if (next.passwordIssue !== undefined && next.passwordIssue !== known?.passwordIssue) {
    sets.push({ passwordIssue: next.passwordIssue });
  }
  if (next.id !== undefined && next.id !== known?.id) sets.push({ adopt: { id: next.id } });
  return sets.map((set) => ({
    address: want.address,
    at: [endpoint],
    phase: "directory",
    change: { act: "record", set },
    precondition: { none: true },
  }));
}

/** Accounts, lists and aliases share one space of names: what another kind holds cannot be made. */
function takenNames(drafts: readonly Draft[], { views, endpoint }: DirectoryInput): readonly Finding[] {
  const goes = new Set<Address>();
  for (const { change } of drafts) {
    if (change.act === "delete") goes.add(addressOf(change.was.kind, change.was.name));
    if (change.act === "update" && change.renamed !== undefined) goes.add(addressOf(change.was.kind, change.was.name));
  }
  const shared = directoryKinds.filter((kind) => kind !== "domain");
  return drafts.flatMap(({ address, change }) => {
    const makes = change.act === "create" || (change.act === "update" && change.renamed !== undefined);
    if (!makes || change.want.kind === "domain") return [];
    const { kind, name } = change.want;
    const other = shared.find((each) => {
      const view = each === kind ? undefined : views.get(each);
      return view !== undefined && "seen" in view && view.seen.has(name) && !goes.has(addressOf(each, name));
    });
    if (other === undefined) return [];
    return [
      {
        code: "name.taken",
        severity: "error" as const,
        about: address,
        message: `${endpoint} has ${addressOf(other, name)} already`,
        remedy: `declare ${addressOf(other, name)} absent if the ${kindTable[kind].one} is to take its place`,
      },
    ];
  });
}

function readOnly(drafts: readonly Draft[], { views, endpoint }: DirectoryInput): readonly Finding[] {
  const kinds = new Set(drafts.flatMap(({ change }) => (change.act === "record" ? [] : [kindIn(change)])));
  return directoryKinds.flatMap((kind): readonly Finding[] => {
    const view = views.get(kind);
    if (!kinds.has(kind) || view === undefined || !("handler" in view) || view.handler.write !== undefined) return [];
    return [
      {
        code: "directory.readonly",
        severity: "error",
        about: endpoint,
        message: `${endpoint} cannot be written to, and ${kindTable[kind].many} would change`,
        remedy: "name another destination.directory in the Migration",
      },
    ];
  });
}

const kindIn = (change: Draft["change"]): DirectoryKind | undefined =>
  change.act === "create" || change.act === "update"
    ? change.want.kind
    : change.act === "delete"
      ? change.was.kind
      : undefined;
