import type { LedgerRecord, StateStore, VerifiedRecord } from "../contract/state-store.ts";
import type { Manifest } from "../manifest/load.ts";
import { systemOf } from "../manifest/endpoint.ts";
import { type Address, kindOf, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Step } from "../model/plan.ts";
import { isDelete } from "./guard.ts";

type Asked = Pick<Manifest, "migration" | "endpoints">;

/**
 * Of the accounts that these steps delete, those whose mail was proved to be at another system: by a `verify --record` of any Migration
 * of this state that has the mail system here for its source, and their address for its login. That a mailbox was brought here and proved
 * tells nothing: it is the copy that would go.
 */
export async function verifiedElsewhere(
  steps: readonly Step[],
  { migration, endpoints }: Asked,
  { ledger }: Pick<StateStore, "ledger">,
): Promise<ReadonlyMap<Address, VerifiedRecord>> {
  const here = systemOf(endpoints.get(migration?.destination.mail ?? "")?.spec);
  const gone = steps.filter((step) => isDelete(step) && kindOf(step.address) === "account");
  if (here === undefined || gone.length === 0) return new Map();
  const records = [...(await ledger.all()), ...(await ledger.others()).map(({ record }) => record)];
  const proved = new Map(records.flatMap((record) => provedAt(here, record)));
  return new Map(
    gone.flatMap(({ address }) => {
      const verified = proved.get(nameOf(address).toLowerCase());
      return verified === undefined ? [] : [[address, verified] as const];
    }),
  );
}

/** The login whose mail at this system was proved to be at another. */
function provedAt(here: string, { verified }: LedgerRecord): readonly (readonly [string, VerifiedRecord])[] {
  const { source, destination } = verified ?? {};
  if (verified === undefined || source?.system !== here) return [];
  if (destination?.system === undefined || destination.system === here) return [];
  return [[source.user.toLowerCase(), verified]];
}

/** A proof is of its day, and of what the rules took: the rest goes with the account. */
export const verifiedFindings = (verified: ReadonlyMap<Address, VerifiedRecord>): readonly Finding[] =>
  [...verified].map(([about, { at, content, destination, partial }]) => {
    const by = content ? "fingerprint and content" : "fingerprint";
    const lost = partial === true ? "what the rules left out, and what came to it since," : "what came to it since";
    return {
      code: "account.verified",
      severity: "warning",
      about,
      message: `Its mail was proved to be at ${destination.endpoint} on ${new Date(at).toISOString()}, by ${by}; ${lost} would be lost`,
      remedy: "copy and `verify --record` once more where mail may have come since",
    };
  });
