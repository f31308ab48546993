import type { Kind } from "../model/address.ts";
import type { Limit } from "../model/plan.ts";
import type { FolderRules, MailboxMode, MessageRules, Origin, SecretRef } from "../model/resource.ts";
import type { MessageRules as MessageRulesSpec, MigrationManifest, MigrationSpec } from "../model/spec.ts";
import { parseSize } from "../kind/normal.ts";
import { orList } from "./expected.ts";
import { nearest } from "../kind/nearest.ts";
import type { YamlDocument } from "./parse.ts";
import { below, noteAt, originOf, pathAt, type Place, placeIn, problemAt, secretAt } from "./place.ts";
import { present } from "./present.ts";
import type { Report } from "./problem.ts";
import { quoted } from "./quote.ts";

/** Endpoint names of one side. */
interface Ends {
  readonly directory?: string;
  readonly mail?: string;
}

/** What holds for every mailbox that does not say otherwise. */
export interface MailboxDefaults {
  readonly mode: MailboxMode;
  readonly folders: FolderRules;
  readonly messages: MessageRules;
  readonly restore?: boolean;
}

/** What a run may destroy; kinds with limits of their own are named. */
interface Safety {
  readonly maxDeletes: Limit & { readonly kinds?: Readonly<Partial<Record<Kind | "member", Limit>>> };
  readonly maxDisables: Limit;
}

/** The Migration of a run, in normal form. Its state's rows are keyed by its name. */
export interface Migration {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
  readonly source: Ends;
  readonly destination: Ends;
  readonly mailboxes: MailboxDefaults;
  readonly safety: Safety;
  readonly state: { readonly sqlite: string } | { readonly postgres: SecretRef };
  /** Signs what `verify` writes: an Ed25519 key as PKCS#8 PEM. */
  readonly signingKey?: SecretRef;
}

export interface MigrationDocument {
  readonly document: YamlDocument;
  readonly body: MigrationManifest;
}

/** The one that is named, or the only one. Several and no name is a problem that shows each. */
export function chooseMigration(
  all: readonly MigrationDocument[],
  environment: string | undefined,
  report: Report,
): MigrationDocument | undefined {
  const name = (each: MigrationDocument): Place => placeIn(each.document, ["metadata", "name"]);
  const [first, second] = all;
  if (first === undefined) return undefined;
  if (environment !== undefined)
    return all.find((each) => each.body.metadata.name === environment) ?? unknown(all, environment, report);
  if (second === undefined) return first;
  const others = all.slice(1).map((each) => noteAt(name(each), "and another here"));
  report(
    problemAt(
      name(first),
      `${all.length} Migrations`,
      `name one with -e: ${orList(all.map((each) => each.body.metadata.name))}`,
      others,
    ),
  );
  return undefined;
}

function unknown(all: readonly MigrationDocument[], environment: string, report: Report): undefined {
  const names = all.map((each) => each.body.metadata.name);
  const meant = nearest(environment, names);
  const remedy = meant === undefined ? `there is ${orList(names)}` : `did you mean ${quoted(meant)}?`;
  const first = all[0];
  if (first !== undefined)
    report(
      problemAt(placeIn(first.document, ["metadata", "name"]), `no Migration is called ${quoted(environment)}`, remedy),
    );
}

export function migrationOf({ document, body }: MigrationDocument, report: Report): Migration {
  const at = placeIn(document, ["metadata", "name"]);
  const spec = placeIn(document, ["spec"]);
  const { source = {}, destination, mailboxes = {}, safety, state, verification = {} } = body.spec;
  const { signingKey } = verification;
  const messages = messageRules(mailboxes.messages, below(spec, "mailboxes", "messages"), report);
  return {
    name: body.metadata.name,
    labels: body.metadata.labels ?? {},
    origin: originOf(at),
    source,
    destination,
    mailboxes: {
      mode: mailboxes.mode ?? "copy",
      folders: mailboxes.folders ?? {},
      messages,
      ...present({ restore: mailboxes.restore }),
    },
    safety: safetyOf(safety),
    state: stateOf(state, spec),
    ...(signingKey === undefined
      ? {}
      : { signingKey: secretAt(below(spec, "verification", "signingKey"), signingKey) }),
  };
}

const limit: Limit = { percent: 5, count: 20 };

/** Keys of `maxDeletes`, and what each counts. */
const ownLimits = {
  domains: "domain",
  accounts: "account",
  lists: "list",
  aliases: "alias",
  members: "member",
  messages: "mailbox",
} as const;

function safetyOf({ maxDeletes = {}, maxDisables = {} }: NonNullable<MigrationSpec["safety"]> = {}): Safety {
  const general: Limit = { percent: maxDeletes.percent ?? limit.percent, count: maxDeletes.count ?? limit.count };
  const kinds = Object.entries(ownLimits).flatMap(([key, counted]) => {
    const own = maxDeletes[key as keyof typeof ownLimits];
    return own === undefined ? [] : [[counted, { ...general, ...own }] as const];
  });
  return {
    maxDeletes: { ...general, ...(kinds.length === 0 ? {} : { kinds: Object.fromEntries(kinds) }) },
    maxDisables: { ...limit, ...maxDisables },
  };
}

function stateOf(state: MigrationSpec["state"], spec: Place): Migration["state"] {
  if (state === undefined) return { sqlite: pathAt(spec, ".reconcile/state.db") };
  if ("postgres" in state) return { postgres: secretAt(below(spec, "state", "postgres"), state.postgres) };
  return { sqlite: pathAt(spec, state.sqlite) };
}

/** Message rules in normal form: sizes in octets. */
export function messageRules(spec: MessageRulesSpec | undefined, at: Place, report: Report): MessageRules {
  if (spec === undefined) return {};
  const { maxSize, ...rest } = spec;
  if (rest.since !== undefined && rest.before !== undefined && rest.since >= rest.before) {
    report(problemAt(below(at, "before"), "before is not after since: no message would be taken"));
  }
  return { ...rest, ...present({ maxSize: maxSize === undefined ? undefined : parseSize(maxSize) }) };
}
