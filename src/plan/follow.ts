import type { LedgerRecord } from "../contract/state-store.ts";
import { kindOf, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { DirectoryResource } from "../model/resource.ts";
import type { DirectoryInput } from "./input.ts";

/**
 * A row that its endpoint knows by the same id as before, under another name, is a person who got another name: what is there by the
 * old one is renamed, as `formerly` would have it.
 */
export function followRows(input: DirectoryInput): {
  readonly input: DirectoryInput;
  readonly findings: readonly Finding[];
} {
  const byId = new Map([...input.ledger.values()].flatMap((record) => keysOf(record).map((key) => [key, record])));
  if (byId.size === 0) return { input, findings: [] };
  const wanted = new Set(input.wants.map(({ address }) => address));
  const findings: Finding[] = [];
  const wants = input.wants.map((want): DirectoryResource => {
    const known = want.row?.id === undefined ? undefined : byId.get(keyOf(want, want.row.endpoint, want.row.id));
    const same = known === undefined || input.ledger.get(want.address)?.row?.id === want.row?.id;
    if (same || wanted.has(known.address)) return want;
    const before = nameOf(known.address);
    findings.push(renamed(want, before));
    return { ...want, formerly: [...(want.formerly ?? []), before] };
  });
  return { input: { ...input, wants }, findings };
}

const keyOf = ({ kind }: { readonly kind: string }, endpoint: string, id: string): string =>
  `${kind} ${endpoint} ${id}`;

const keysOf = ({ address, row }: LedgerRecord): readonly string[] =>
  row?.id === undefined ? [] : [keyOf({ kind: kindOf(address) }, row.endpoint, row.id)];

const renamed = ({ address, row }: DirectoryResource, before: string): Finding => ({
  code: "row.renamed",
  severity: "info",
  about: address,
  message: `${row?.endpoint ?? ""} called it ${before} before, and knows both by one id`,
});
