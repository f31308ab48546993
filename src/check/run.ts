import type { MailboxSight } from "../contract/check.ts";
import type { Endpoint, UseOptions } from "../contract/endpoint.ts";
import { type Address, addressOf } from "../model/address.ts";
import { asFault, recordOf } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { MailboxResource, Resource } from "../model/resource.ts";
import { fitFindings, type Pair } from "./fit.ts";
import { questionOf } from "./question.ts";
import { wholeFindings } from "./whole.ts";

export interface CheckContext {
  /** Names of the endpoints, in the order in which they are told. */
  readonly endpoints: readonly string[];
  readonly resources: ReadonlyMap<Address, Resource>;
  /** True where apply makes the accounts that are declared: the destination has a directory. */
  readonly makesAccounts: boolean;
  connect(endpoint: string): Promise<Endpoint>;
  readonly signal: AbortSignal;
}

/** What was found, in parts that belong together: each endpoint's own, then what needs both sides of the mailboxes. */
export type CheckReport = readonly (readonly Finding[])[];

type Use = UseOptions["use"];
type Sights = Readonly<Record<Use, Map<Address, MailboxSight>>>;

/** Destinations come first, for what they take is what is looked for at the sources. */
const uses = ["destination", "source"] as const satisfies readonly Use[];

/** Opens each endpoint and has it look into the mailboxes that it is to give or to take. What fails is one finding more. */
export async function checkEndpoints(context: CheckContext): Promise<CheckReport> {
  const { endpoints, resources, signal } = context;
  const mailboxes = [...resources.values()].filter((each) => each.kind === "mailbox");
  const sights: Sights = { source: new Map(), destination: new Map() };
  const found = new Map<string, Finding[]>();
  const opened = new Map<string, Endpoint>();
  for (const name of endpoints) found.set(name, [await open(name, context, opened)]);
  for (const use of uses) {
    for (const [name, endpoint] of opened) {
      const own = mailboxes.filter((each) => each[use].endpoint === name);
      // An endpoint for its directory alone is looked into once.
      const named = mailboxes.some(({ source, destination }) =>
        [source, destination].some((side) => side.endpoint === name),
      );
      if (own.length === 0 && (named || use === "destination")) continue;
      for await (const finding of findingsOf(name, endpoint, use, own, sights, context))
        found.get(name)?.push(hopeful(finding, use, context));
      signal.throwIfAborted();
    }
  }
  const pairs = mailboxes.map((mailbox) => pairOf(mailbox, sights));
  return [...[...found.values()].map(onceEach), [...pairs.flatMap(fitFindings), ...wholeFindings(pairs)]];
}

function pairOf(mailbox: MailboxResource, sights: Sights): Pair {
  const [source, destination] = [sights.source.get(mailbox.address), sights.destination.get(mailbox.address)];
  return {
    mailbox,
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { destination }),
  };
}

async function open(name: string, { connect, signal }: CheckContext, opened: Map<string, Endpoint>): Promise<Finding> {
  try {
    const endpoint = await connect(name);
    opened.set(name, endpoint);
    return { code: "endpoint.open", severity: "info", about: name, message: `opened; holds ${capabilities(endpoint)}` };
  } catch (thrown) {
    signal.throwIfAborted();
    return failed(name, thrown);
  }
}

function capabilities({ directory, items }: Endpoint): string {
  const held = [...Object.keys(directory), ...Object.keys(items)].map((kind) => (kind === "message" ? "mail" : kind));
  return held.length === 0 ? "nothing" : held.join(", ");
}

function failed(name: string, thrown: unknown): Finding {
  const fault = asFault(thrown, { code: "endpoint.failed", spoils: "endpoint" });
  const { code, message, about = name, remedy } = recordOf(fault);
  return { code, severity: "error", about, message, ...(remedy === undefined ? {} : { remedy }) };
}

async function* findingsOf(
  name: string,
  endpoint: Endpoint,
  use: Use,
  own: readonly MailboxResource[],
  sights: Sights,
  { signal }: CheckContext,
): AsyncGenerator<Finding> {
  const mailboxes = own.map((each) =>
    questionOf(each, use, use === "source" ? sights.destination.get(each.address) : undefined),
  );
  const seen = (sight: MailboxSight): void => void sights[use].set(sight.address, sight);
  try {
    yield* endpoint.check({ use, mailboxes, seen }, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    yield failed(name, thrown);
  }
}

/** A destination that refuses somebody whose account is yet to be made by an apply is as it should be. */
function hopeful(finding: Finding, use: Use, { resources, makesAccounts }: CheckContext): Finding {
  const name = /^mailbox\/(.+)$/s.exec(finding.about)?.[1];
  if (!makesAccounts || use !== "destination" || finding.code !== "login.refused" || name === undefined) return finding;
  if (!resources.has(addressOf("account", name))) return finding;
  const remedy = `it may be that apply has still to make the account; else ${finding.remedy ?? "look at the login"}`;
  return { ...finding, severity: "warning", remedy };
}

/** An endpoint of both sides says much of itself twice. */
function onceEach(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
