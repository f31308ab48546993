import type { Endpoint, OwnerSight } from "../contract/endpoint.ts";
import { normalMailAddress } from "../kind/normal.ts";
import { type Address, addressOf } from "../model/address.ts";
import { Fault, interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Value } from "../manifest/scalar.ts";
import { type GatherContext, unreadFinding } from "./gather.ts";
import type { Entry, Holding } from "./holding.ts";

export interface MailboxWish {
  /** As accounts of a Domain, which only name mailboxes where no directory is written to; or as Mailbox documents. */
  readonly kind: "account" | "mailbox";
  /** What is said of each end at which the login names hold: of one that the Migration does not name, the endpoint as well. */
  readonly sides: Readonly<Partial<Record<"source" | "destination", { readonly endpoint?: string }>>>;
  /** What login names that are no addresses end in. */
  readonly domain?: string;
  /** Whose mailboxes, where the endpoint is not to be asked. */
  readonly users?: readonly string[];
}

/** The mailboxes of an endpoint of mail. What fails is told in `unread`. */
export async function gatherMailboxes(endpoint: Endpoint, wish: MailboxWish, context: GatherContext): Promise<Holding> {
  const findings: Finding[] = [];
  const unread: Finding[] = [];
  const entries = new Map<string, Entry>();
  const seen = new Set<Address>();
  try {
    for await (const sight of sightsOf(endpoint, wish, context)) {
      if (context.signal.aborted) throw interrupted();
      const entry = entryOf(sight, wish);
      if (entry !== undefined) seen.add(entry.address);
      const flaw = entry === undefined ? noAddress : (sight.flaw ?? twice(entry, entries));
      if (flaw !== undefined)
        findings.push({
          ...left,
          ...(flaw === noAddress ? asked : {}),
          about: sight.user,
          message: `${left.message}: ${flaw}`,
        });
      else if (entry !== undefined) entries.set(entry.name, entry);
    }
    context.emit({ type: "read", about: `mailboxes of ${context.name}`, count: entries.size });
  } catch (thrown) {
    unread.push(unreadFinding(thrown, "mailboxes", context));
  }
  const kinds = new Set(unread.length === 0 ? [wish.kind] : []);
  return { entries: [...entries.values()], kinds, holds: new Map(), seen, findings, unread };
}

const left = { code: "import.left", severity: "warning", message: "The mailbox is left out" } as const;
const noAddress = "its name is no address";
const asked = { remedy: "name the domain that such names belong to with --domain" };

const twice = ({ name }: Entry, entries: ReadonlyMap<string, Entry>): string | undefined =>
  entries.has(name) ? `another is called ${name} as well` : undefined;

async function* sightsOf(
  endpoint: Endpoint,
  { users }: MailboxWish,
  context: GatherContext,
): AsyncGenerator<OwnerSight> {
  if (users !== undefined) for (const user of users) yield { user };
  else if (endpoint.owners !== undefined) yield* endpoint.owners(context);
  else throw unlisted(context.name);
}

function unlisted(about: string): Fault {
  return new Fault({
    code: "owners.unlisted",
    message: "It cannot tell whose mailboxes it holds",
    spoils: "endpoint",
    about,
    remedy: "name them in a file, a line each, with --users",
  });
}

function entryOf({ user }: OwnerSight, { kind, sides, domain }: MailboxWish): Entry | undefined {
  const name = normalMailAddress(user) ?? (domain === undefined ? undefined : normalMailAddress(`${user}@${domain}`));
  if (name === undefined) return undefined;
  const values: Readonly<Record<string, Value>> =
    name === user && kind === "account"
      ? {}
      : Object.fromEntries(Object.entries(sides).map(([side, said]) => [side, { ...said, user }]));
  return { kind, name, address: addressOf(kind, name), values, fields: {}, unsaid: [] };
}
