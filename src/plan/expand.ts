import type { Handler } from "../contract/endpoint.ts";
import type { Manifest } from "../manifest/load.ts";
import { ManifestError } from "../manifest/problem.ts";
import { resourcesFromRow } from "../manifest/row.ts";
import type { Asked } from "../kind/asked.ts";
import { type Address, addressOf, type DirectoryKind } from "../model/address.ts";
import { Fault, recordOf } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { DirectoryResource, Observed, Resource } from "../model/resource.ts";
import { type ObserveContext, readKind, unread as unreadFault } from "./observe.ts";

type From = Manifest["froms"][number];

interface Row {
  readonly resources: readonly Resource[];
  readonly source: Observed["source"];
}

/** The manifests with what the rows of `accountsFrom` and `listsFrom` declare. */
export interface Expanded {
  readonly resources: ReadonlyMap<Address, Resource>;
  readonly findings: readonly Finding[];
  readonly unread: Plan["unread"];
  /** `kind domain` of each set whose rows could not be read in full. */
  readonly incomplete: ReadonlySet<string>;
}

interface Gathering {
  readonly resources: Map<Address, Resource>;
  readonly findings: Finding[];
  readonly unread: { readonly address: string; readonly code: string; readonly message: string }[];
  readonly incomplete: Set<string>;
}

/**
 * Reads the rows and makes resources of them. What is written beside a row wins over it, field by field. A reading that fails spoils
 * its own rows alone. Throws `manifest.invalid` where a short name is declared neither in the manifests nor by a row.
 */
export async function expand(manifest: Manifest, context: ObserveContext): Promise<Expanded> {
  const out: Gathering = {
    resources: new Map(manifest.resources.map((resource) => [resource.address, resource])),
    findings: [],
    unread: [],
    incomplete: new Set(),
  };
  for (const from of manifest.froms) await expandOne(from, manifest, context, out);
  checkPending(manifest, out);
  return out;
}

/** Rows bring no field that costs a request for each of them. */
const nobody: Asked = new Map();

async function expandOne(from: From, manifest: Manifest, context: ObserveContext, out: Gathering): Promise<void> {
  const endpoint = from.endpoint ?? "";
  try {
    const rows: Row[] = [];
    let others = 0;
    const handler = await rowsOf(endpoint, from, context);
    for await (const row of readKind(handler, { ...from.scope, asked: nobody }, context)) {
      const resources = resourcesFromRow(from, row, manifest.frame);
      if (resources.length === 0) others += 1;
      else rows.push({ resources, source: row.source });
    }
    for (const { resources, source } of rows) {
      take(resources, out);
      takeSource(resources, source, manifest.frame, out);
    }
    out.findings.push(told(from, endpoint, rows, others));
    context.emit({ type: "read", about: `${from.kind}sFrom of ${from.domain}`, count: rows.length });
  } catch (thrown) {
    const { code, message, remedy } = recordOf(unreadFault(thrown, endpoint, context));
    const words = `rows of ${endpoint}: ${message}${remedy === undefined ? "" : ` (${remedy})`}`;
    out.unread.push({ address: `${from.kind}/*@${from.domain}`, code, message: words });
    out.incomplete.add(`${from.kind} ${from.domain}`);
  }
}

async function rowsOf(name: string, from: From, { connect }: ObserveContext): Promise<Handler<DirectoryKind>> {
  const endpoint = await connect(name);
  const handler = endpoint.directory[from.kind] as Handler<DirectoryKind> | undefined;
  if (handler !== undefined) return handler;
  throw new Fault({
    code: "directory.missing",
    message: `The endpoint ${name} holds nothing of the kind ${from.kind}`,
    about: name,
    spoils: "endpoint",
    remedy: `name another endpoint in ${from.kind}sFrom`,
  });
}

/** A row's account or list, and its mailbox where no account is written that may say otherwise of it. */
function take(resources: readonly Resource[], { resources: all }: Gathering): void {
  const [row, ...boxes] = resources;
  if (row === undefined) return;
  const written = all.get(row.address);
  if (written === undefined) {
    for (const resource of resources) if (!all.has(resource.address)) all.set(resource.address, resource);
  } else if (written.origin === row.origin) {
    all.set(row.address, row);
    for (const box of boxes) if (!all.has(box.address)) all.set(box.address, box);
  } else if (written.kind !== "mailbox" && row.kind !== "mailbox") {
    all.set(row.address, both(written, row));
  }
}

/** Who a row's account is at the source, or that its mail stays, where what is written leaves it open. A Mailbox document is not undone. */
function takeSource(
  [row]: readonly Resource[],
  source: Observed["source"],
  frame: Manifest["frame"],
  { resources: all }: Gathering,
): void {
  if (row === undefined || source === undefined || frame === undefined || frame.sourced.has(row.name)) return;
  const address = addressOf("mailbox", row.name);
  const box = all.get(address);
  if (box?.kind !== "mailbox") return;
  if (source !== false) all.set(address, { ...box, source: { ...box.source, ...source } });
  else if (!frame.written.has(row.name)) all.delete(address);
}

function both(written: DirectoryResource, row: DirectoryResource): DirectoryResource {
  if (written.absent === true) return written;
  return {
    ...row,
    ...written,
    labels: { ...row.labels, ...written.labels },
    fields: { ...row.fields, ...written.fields },
  };
}

/** Reviewers see people, not a filter: the rows are in the plan, those without a change too. */
const told = (from: From, endpoint: string, rows: readonly Row[], others: number): Finding => ({
  code: "rows.read",
  severity: rows.length === 0 ? "warning" : "info",
  about: `domain/${from.domain}`,
  message: `${from.kind}sFrom took ${rows.length} ${rows.length === 1 ? "row" : "rows"} of ${endpoint}${others === 0 ? "" : `, and left ${others} of other domains`}`,
  detail: { addresses: rows.flatMap(({ resources }) => resources.slice(0, 1).map(({ address }) => address)) },
});

function checkPending(manifest: Manifest, { resources, incomplete }: Gathering): void {
  const names = new Set<string>();
  for (const resource of resources.values()) {
    if (resource.kind !== "domain" && resource.kind !== "mailbox" && resource.absent !== true) names.add(resource.name);
  }
  const unsure = (name: string): boolean => {
    const domain = name.slice(name.lastIndexOf("@") + 1);
    return incomplete.has(`account ${domain}`) || incomplete.has(`list ${domain}`);
  };
  const dangling = manifest.pending.filter(({ name }) => !names.has(name) && !unsure(name));
  if (dangling.length > 0) throw new ManifestError(dangling.map((reference) => reference.problem()));
}
