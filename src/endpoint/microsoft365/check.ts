import type { CheckRequest } from "../../contract/check.ts";
import type { Options } from "../../contract/options.ts";
import type { Finding, Severity } from "../../model/finding.ts";
import { Fault, recordOf } from "../../model/fault.ts";
import type { Tokens } from "../http/token.ts";
import { errorOf, isDone } from "./answer.ts";
import { readDomains, serviceFinding, verificationFinding } from "./directory/domains.ts";
import { readSkus } from "./directory/skus.ts";
import type { Tenant } from "./directory/tenant.ts";
import { readFolders } from "./mail/folders.ts";
import { createMailbox } from "./mail/mailbox.ts";
import { mailboxId } from "./mail/transfer-store.ts";
import { pageOf, type Permission, permissions } from "./permissions.ts";

export interface CheckParts {
  readonly tenant: Tenant;
  readonly tokens: Readonly<Record<Permission["of"], Tokens>>;
}

/** Says what the application may do, by its token and by trying, and what the tenant holds. Writes nothing. */
export async function* checkTenant(
  { tenant, tokens }: CheckParts,
  request: CheckRequest,
  options: Options,
): AsyncGenerator<Finding> {
  const { about, spec } = tenant;
  const mail = request.mailboxes.length > 0;
  const transfers = spec.mail === "transfer";
  const wanted: Readonly<Record<Permission["needs"], boolean>> = {
    read: true,
    write: true,
    exchange: spec.exchange !== undefined,
    mail: mail && spec.mail !== "graph" && !transfers,
    graphMail: mail && (spec.mail === "graph" || (transfers && request.use === "source")),
    categories: mail && spec.categories === true && request.use === "destination",
    export: mail && transfers && request.use === "source",
    import: mail && transfers && request.use === "destination",
    graphWrite:
      mail && (transfers || (spec.mail === "graph" && spec.reducedFidelity === true)) && request.use === "destination",
  };
  const needed = permissions.filter(({ needs }) => wanted[needs]);
  const roles = {
    graph: rolesIn(await tokens.graph.get()),
    outlook: needed.some(({ of }) => of === "outlook") ? rolesIn(await tokens.outlook.get()) : undefined,
  };
  yield {
    code: "microsoft365.login",
    severity: "info",
    about,
    message: `Logged in to ${spec.tenant} as ${spec.auth.clientId}`,
  };
  const refused = new Set<Permission>();
  for (const permission of needed) {
    const held = roles[permission.of];
    const named = held?.has(permission.names) ?? true;
    const denied = permission.probe !== undefined && (await isDenied(tenant, permission.probe, options));
    if (denied) refused.add(permission);
    if (!named || denied) yield missing(permission, { tenant, named, mail });
  }
  yield* holdings(tenant, refused, options);
}

interface Roles {
  has(anyOf: readonly string[]): boolean;
}

/** What a token grants, by its claim `roles`; undefined for one that nobody but its service can read. */
function rolesIn(token: string): Roles | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const { roles } = claims as { readonly roles?: unknown };
    const all = new Set(Array.isArray(roles) ? roles.map(String) : []);
    return { has: (anyOf) => anyOf.some((each) => all.has(each)) };
  } catch {
    return undefined;
  }
}

async function isDenied({ graph, about }: Tenant, path: string, options: Options): Promise<boolean> {
  const answered = await graph.send({ method: "GET", path, spoils: "endpoint" }, options);
  if (isDone(answered)) return false;
  if (answered.status === 403) return true;
  const { code, message } = errorOf(answered);
  throw new Fault({
    code: "check.failed",
    message: `GET ${path.split("?")[0]} was answered with status ${answered.status} (${code}: ${message})`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: "look at tenant and auth, and at what Microsoft says of its service's health",
  });
}

/** Only reading people and lists is sure to be wanted where no mailbox is named, and opening mailboxes where some are. */
function severityOf({ needs }: Permission, mail: boolean): Severity {
  if (needs === "write") return "warning";
  return needs === "read" && mail ? "warning" : "error";
}

function missing(
  permission: Permission,
  { tenant, named, mail }: { readonly tenant: Tenant; readonly named: boolean; readonly mail: boolean },
): Finding {
  const [name, ...others] = permission.names;
  const { about, spec } = tenant;
  const why = named ? "is in the token, and is refused all the same" : "is not granted to the application";
  return {
    code: "permission.missing",
    severity: severityOf(permission, mail),
    about,
    message: `${name} ${why}: without it no ${permission.does.replace(" are ", " can be ")}`,
    remedy: named
      ? "wait some minutes after it was granted; for cmdlets and IMAP, look at the roles in Exchange Online as well"
      : `grant ${name}${others.length === 0 ? "" : ` (or ${others.join(", ")})`} as an application permission, with admin consent: ${pageOf(spec.auth.clientId)}`,
    detail: { permission: name },
  };
}

async function* holdings(tenant: Tenant, refused: ReadonlySet<Permission>, options: Options): AsyncGenerator<Finding> {
  const mayRead = (probe: string): boolean => ![...refused].some((each) => each.probe === probe);
  if (mayRead("/domains"))
    for (const { name, verified } of await readDomains(tenant, options))
      yield await (verified ? serviceFinding : verificationFinding)(tenant, name, options);
  if (!mayRead("/subscribedSkus")) return;
  for (const { name, free } of await readSkus(tenant, options))
    yield {
      code: "licence.seats",
      severity: "info",
      about: tenant.about,
      message: `${name} has ${free} free ${free === 1 ? "seat" : "seats"}`,
    };
}

/** Opens each mailbox that is read by Graph, and says what is in it; of one that is exported or imported to, asks for its id there. */
export async function* checkMailboxes(
  { about, graph, clock, spec }: Tenant,
  { mailboxes, seen }: CheckRequest,
  options: Options,
): AsyncGenerator<Finding> {
  for (const { address, owner, chosen } of mailboxes) {
    try {
      const mailbox = createMailbox(about, owner.user, graph, clock);
      const folders = await readFolders(mailbox, options);
      if (spec.mail === "transfer") await mailboxId(mailbox, options);
      const taken = chosen(folders.map(({ place }) => place));
      const messages = folders.filter(({ place }) => taken.has(place.id)).reduce((sum, { count }) => sum + count, 0);
      seen({ address, holds: { messages, counted: "by the folders' own counts" } });
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.spoils !== "mailbox") throw thrown;
      const { code, message, remedy } = recordOf(thrown);
      yield { code, severity: "error", about: address, message, ...(remedy !== undefined && { remedy }) };
    }
  }
}
