import type { CheckedMailbox, CheckRequest, MailboxSight } from "../../../contract/check.ts";
import type { Budget } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { nameOf } from "../../../model/address.ts";
import { asFault, type Fault, interrupted } from "../../../model/fault.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Owner } from "../../../model/resource.ts";
import type { ImapEndpointSpec } from "../../../model/spec.ts";
import type { Line, Server } from "../connect.ts";
import { sayGoodbye } from "../parking.ts";
import { recogniseProfile, type Recognition } from "../profile/recognise.ts";
import { exchangersOf, type ResolveMx } from "./exchangers.ts";
import { identityFindings, observedOf } from "./identity.ts";
import { loginFinding } from "./login.ts";
import { commonFindings, ownFindings } from "./mailbox.ts";
import { observe, type SeenMailbox } from "./observe.ts";
import { offerFindings } from "./offers.ts";

export interface CheckParts {
  /** The endpoint's name. */
  readonly name: string;
  readonly spec: ImapEndpointSpec;
  readonly server: Server;
  readonly budget: Budget;
  connect(owner: Owner): Promise<Line>;
  /** The system's name servers, where it is absent. */
  readonly resolve?: ResolveMx;
}

/** What a line said of its server, kept after it was closed. */
type Said = Pick<Line, "greeting" | "id" | "capabilities" | "namespaces" | "abilities">;

interface Outcome {
  readonly mailbox: CheckedMailbox;
  readonly said?: Said;
  readonly seen?: SeenMailbox;
  readonly fault?: Fault;
}

/** Mailboxes that are looked into at one time, as far as the budget lets them. */
const atOnce = 4;

/**
 * Logs in to every mailbox and says what is there. What is the same for all is said once, of the endpoint. Throws what stands in the
 * way of every mailbox alike: a server that is not there, a certificate, a token.
 */
export async function* checkServer(
  parts: CheckParts,
  request: CheckRequest,
  { signal }: Options,
): AsyncGenerator<Finding> {
  const { name } = parts;
  const { mailboxes, use } = request;
  const outcomes = await lookIntoAll(parts, request, signal);
  const first = outcomes.find((each) => each.said !== undefined);
  if (mailboxes.length === 0)
    yield {
      code: "imap.unasked",
      severity: "info",
      about: name,
      message: "No mailbox is named here, so nobody logged in",
    };
  const recognised = first?.said && (await recognise(parts, first.said, mailboxes));
  if (first?.said !== undefined) {
    const observed = observedOf(first.said, parts.server, first.seen?.special ?? []);
    const { abilities, capabilities } = first.said;
    const told = [...identityFindings(observed, recognised, use), ...offerFindings(abilities, capabilities, use)];
    for (const each of told) yield { ...each, about: name };
  }
  const found = outcomes.map((each) => believing(each, recognised));
  yield* logins(found, name);
  yield* commonly(found, name, use);
  for (const { mailbox, seen, fault } of found) {
    const told =
      fault === undefined ? (seen ? ownFindings(seen, name, use) : []) : [faultFinding(fault, mailbox, parts)];
    for (const each of told) yield { ...each, about: mailbox.address };
    if (seen !== undefined) request.seen(seen.sight);
  }
}

/** All of them, in the order asked for. */
async function lookIntoAll(
  parts: CheckParts,
  { mailboxes, use }: CheckRequest,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<CheckedMailbox, Outcome>();
  const waiting = mailboxes.values();
  let stopped = false;
  let entered = false;
  const work = async (): Promise<void> => {
    for (const mailbox of waiting) {
      if (signal.aborted) throw interrupted();
      if (stopped) return;
      const outcome = await lookInto(parts, mailbox, use, signal);
      outcomes.set(mailbox, outcome);
      entered ||= outcome.said !== undefined;
      if (outcome.fault === undefined || entered || !concernsAll(outcome.fault)) continue;
      stopped = true;
      throw outcome.fault;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return mailboxes.flatMap((mailbox) => outcomes.get(mailbox) ?? []);
}

/** While nobody got in, what would meet the others too is not tried a hundred times. */
const concernsAll = ({ code, spoils }: Fault): boolean =>
  spoils === "endpoint" || spoils === "run" || code === "server.unreachable";

async function lookInto(
  { name, budget, connect }: CheckParts,
  mailbox: CheckedMailbox,
  use: CheckRequest["use"],
  signal: AbortSignal,
): Promise<Outcome> {
  const release = await budget.connection(signal);
  let said: Said | undefined;
  try {
    const line = await connect(mailbox.owner);
    const { greeting, id, capabilities, namespaces, abilities } = line;
    said = { greeting, id, capabilities, namespaces, abilities };
    try {
      return { mailbox, said, seen: await observe(line, name, mailbox, use) };
    } finally {
      await sayGoodbye(line);
    }
  } catch (thrown) {
    if (signal.aborted) throw interrupted();
    const fault = asFault(thrown, { code: "mailbox.unread", spoils: "mailbox" });
    return { mailbox, fault, ...(said === undefined ? {} : { said }) };
  } finally {
    release();
  }
}

/** The exchangers are asked for only where one name stands for several products: then they tell which one it is. */
async function recognise(
  { spec, server, resolve }: CheckParts,
  { greeting, id, capabilities }: Said,
  mailboxes: readonly CheckedMailbox[],
): Promise<Recognition | undefined> {
  const { provider } = spec;
  const seen = {
    host: server.host,
    greeting,
    id,
    capabilities: [...capabilities],
    ...(provider === undefined ? {} : { provider }),
  };
  const found = recogniseProfile(seen);
  if (found?.profile.alsoSells === undefined) return found;
  return recogniseProfile({ ...seen, mx: await exchangersOf(domainsOf(mailboxes), resolve) });
}

const domainsOf = (mailboxes: readonly CheckedMailbox[]): readonly string[] =>
  mailboxes.map(({ address, owner }) => {
    const user = owner.user.includes("@") ? owner.user : nameOf(address);
    return user.slice(user.lastIndexOf("@") + 1);
  });

/** A limit that the server does not tell, and its profile knows. */
function believing(outcome: Outcome, recognised: Recognition | undefined): Outcome {
  const { seen } = outcome;
  const { appendLimit, messageSize } = recognised?.profile.limits ?? {};
  const known = (appendLimit ?? messageSize)?.value;
  if (seen === undefined || seen.sight.largest !== undefined || known === undefined) return outcome;
  const sight: MailboxSight = { ...seen.sight, largest: { bytes: known, certain: false } };
  return { ...outcome, seen: { ...seen, sight } };
}

function* logins(outcomes: readonly Outcome[], about: string): Generator<Finding> {
  const entered = outcomes.filter(({ said }) => said !== undefined).length;
  if (entered === 0) return;
  const message = `Logged in to ${entered} of ${outcomes.length} ${outcomes.length === 1 ? "mailbox" : "mailboxes"}`;
  yield { code: "imap.logins", severity: "info", about, message };
}

/** What all mailboxes that say anything of a matter say alike, is the server's; else each has its own. */
function* commonly(outcomes: readonly Outcome[], name: string, use: CheckRequest["use"]): Generator<Finding> {
  const all = outcomes.flatMap(({ mailbox, said, seen }) =>
    said === undefined || seen === undefined
      ? []
      : commonFindings(seen, said.namespaces.personal, use).map((told) => ({ told, about: mailbox.address })),
  );
  for (const group of Map.groupBy(all, ({ told }) => told.code).values()) {
    const [first] = group;
    const alike = new Set(group.map(({ told }) => JSON.stringify(told))).size === 1;
    if (first !== undefined && alike) yield { ...first.told, about: name };
    else for (const { told, about } of group) yield { ...told, about };
  }
}

function faultFinding(fault: Fault, { owner }: CheckedMailbox, { name, spec }: CheckParts): Omit<Finding, "about"> {
  const method = owner.credentials === undefined ? (spec.auth?.method ?? "own") : "own";
  return loginFinding(fault, method, name);
}
