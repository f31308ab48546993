import type { Handler } from "../contract/endpoint.ts";
import { isTaken, schemeOf } from "../kind/scheme.ts";
import type { Address } from "../model/address.ts";
import { asFault, interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Resource } from "../model/resource.ts";
import type { Draft } from "./draft.ts";
import type { Hashes } from "./hashes.ts";

interface Asked {
  /** The destination's name in the manifests, and its accounts. */
  readonly endpoint: string;
  readonly handler: Pick<Handler<"account">, "passwords"> | undefined;
  readonly resources: ReadonlyMap<Address, Resource>;
  readonly hashes: Hashes;
  readonly signal: AbortSignal;
}

/** How the password of an account comes to be, as far as a plan can tell; the word behind `hash` says which. */
type Way =
  | "external"
  | "generated"
  | "known"
  | "carried"
  | "nothing"
  | "unhashed"
  | `untaken ${string}`
  | `unread ${string}`;

/**
 * How those who would be made, or get their password anew, will log in: a finding for each way that a reader should know of, with
 * everybody whom it concerns. An endpoint that writes no passwords is asked for none.
 */
export async function passwordFindings(drafts: readonly Draft[], asked: Asked): Promise<readonly Finding[]> {
  if (asked.handler?.passwords === undefined) return [];
  const ways = new Map<Way, Address[]>();
  for (const draft of drafts.filter(isDue)) {
    if (asked.signal.aborted) throw interrupted();
    const way = await wayOf(draft, asked);
    const addresses = ways.get(way);
    if (addresses === undefined) ways.set(way, [draft.address]);
    else addresses.push(draft.address);
  }
  return [...ways].flatMap(([way, addresses]) => finding(way, addresses, asked.endpoint));
}

/** A new account that its person is to use, or a password that is issued again. */
function isDue({ change }: Draft): boolean {
  if (change.act === "update") return change.fields.some(({ field }) => field === "password");
  if (change.act !== "create" || change.want.kind !== "account") return false;
  return (change.want.fields as { readonly enabled?: boolean }).enabled !== false;
}

async function wayOf({ address, change }: Draft, { handler, resources, hashes }: Asked): Promise<Way> {
  const wish = change.act === "create" || change.act === "update" ? change.want.password : undefined;
  if (wish === undefined) return "nothing";
  if (wish.from !== "hash") return ways[wish.from];
  const taken = handler?.passwords?.hashes ?? new Set();
  const declared = resources.get(address);
  if (declared !== undefined && declared.kind !== "mailbox" && declared.password?.ref !== undefined)
    return taken !== "any" && taken.size === 0 ? "unhashed" : "known";
  try {
    const hash = await hashes.of(address);
    if (hash === undefined) return "nothing";
    const scheme = schemeOf(hash);
    return isTaken(taken, scheme) ? "carried" : `untaken ${scheme ?? "unknown"}`;
  } catch (thrown) {
    const { message } = asFault(thrown, { code: "read.failed", spoils: "item" });
    return `unread ${message}`;
  }
}

const ways = { external: "external", generate: "generated", secret: "known" } as const;

type Telling = Omit<Finding, "about" | "detail">;

const noWayIn = "they would have no way in";
const remedy = "declare password: {generate: true}, {secret: …} or {external: true} for them";

function tellingOf(way: Way, endpoint: string): Telling | undefined {
  const [word = "", ...rest] = way.split(" ");
  const what = rest.join(" ");
  const tellings: Readonly<Record<string, Telling>> = {
    external: {
      code: "password.external",
      severity: "info",
      message: "Passwords are checked elsewhere, and none is written",
    },
    generated: {
      code: "password.generated",
      severity: "info",
      message: "Passwords are generated",
      remedy: "apply writes them to the new file that --passwords-out names",
    },
    nothing: {
      code: "password.missing",
      severity: "warning",
      message: `No password would be written: ${noWayIn}`,
      remedy,
    },
    untaken: {
      code: "password.scheme",
      severity: "warning",
      message: `${endpoint} takes no ${what === "unknown" ? "hashes of a scheme that is not known" : `${what} hashes`}, so no password would be written: ${noWayIn}`,
      remedy,
    },
    unhashed: {
      code: "password.scheme",
      severity: "error",
      message: `${endpoint} takes passwords in clear alone, and no hash of one`,
      remedy: "declare password: {generate: true}, {secret: …} or {external: true}",
    },
    unread: {
      code: "password.unread",
      severity: "error",
      message: `Password hashes cannot be carried: ${what}`,
      remedy,
    },
  };
  return tellings[word];
}

function finding(way: Way, addresses: readonly Address[], endpoint: string): readonly Finding[] {
  const telling = tellingOf(way, endpoint);
  const [only, more] = addresses;
  if (telling === undefined || only === undefined) return [];
  return [more === undefined ? { ...telling, about: only } : { ...telling, about: endpoint, detail: { addresses } }];
}
