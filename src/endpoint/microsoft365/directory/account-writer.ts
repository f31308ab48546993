import { randomBytes } from "node:crypto";
import type { DirectoryChange, NewPassword } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { backoff } from "../../http/wait.ts";
import type { Answered, Loose } from "../answer.ts";
import type { Call } from "../graph.ts";
import { plainFields } from "./people.ts";
import { idsOf, type Sku } from "./skus.ts";
import { batch, inPath, refusalOf, type Tenant } from "./tenant.ts";
import { type Act, type Fields, wantedBy } from "../../directory/change.ts";
import { looks, type Seen, unknownOutcome } from "./work.ts";

interface Aim {
  readonly key: string;
  readonly address: string;
  readonly call: Call;
}

type Find = (names: ReadonlySet<string>) => Promise<Seen>;

/**
 * Carries out changes of accounts: people first, all at a time, then their licences, for these want people who are there. A creation
 * that nobody knows the outcome of is looked for, by `find`, and goes on where it shows.
 */
export async function writeAccounts(
  tenant: Tenant,
  changes: readonly DirectoryChange[],
  there: Seen,
  { skus, find }: { readonly skus: readonly Sku[]; readonly find: Find },
  options: Options,
): Promise<ReadonlyMap<string, Fault>> {
  const failures = new Map<string, Fault>();
  const licences = licenceAims(changes, there, skus, failures);
  const first = changes.filter(({ key }) => !failures.has(key)).flatMap((change) => aimOf(tenant, change, there) ?? []);
  await carryOut(tenant, first, failures, options);
  await lookForLost(tenant, changes, failures, find, options);
  const due = licences.filter(({ key }) => !failures.has(key));
  await carryOut(tenant, due, failures, options);
  return failures;
}

/** Who was made though the answer said otherwise. */
async function lookForLost(
  { clock }: Tenant,
  changes: readonly DirectoryChange[],
  failures: Map<string, Fault>,
  find: Find,
  options: Options,
): Promise<void> {
  const isLost = ({ key, act }: DirectoryChange): boolean =>
    act === "create" && failures.get(key)?.code === "outcome.unknown";
  for (let look = 1; look <= looks; look += 1) {
    const lost = changes.filter(isLost) as readonly Act<"create">[];
    if (lost.length === 0) return;
    await clock.wait(backoff(look, Math.random), options.signal);
    const found = await find(new Set(lost.map(({ want }) => want.name)));
    for (const { key, want } of lost) if (found.has(want.name)) failures.delete(key);
  }
}

/** Sends all; those who are not found yet are asked for again, for somebody new shows only after seconds. */
async function carryOut(
  tenant: Tenant,
  aims: readonly Aim[],
  failures: Map<string, Fault>,
  options: Options,
): Promise<void> {
  let left = aims;
  for (let tries = 1; left.length > 0; tries += 1) {
    if (tries > 1) await tenant.clock.wait(backoff(tries - 1, Math.random), options.signal);
    const calls = left.map(({ call }) => call);
    const answers = await batch(tenant, calls, options);
    const missing = left.filter(({ call }, index) => call.method !== "DELETE" && answers[index]?.status === 404);
    const again = tries < looks ? new Set(missing) : new Set<Aim>();
    for (const [index, aim] of left.entries()) {
      const answered = answers[index];
      if (answered !== undefined && !again.has(aim)) note(tenant, aim, answered, failures);
    }
    left = [...again];
  }
}

function note(tenant: Tenant, { key, call, address }: Aim, answered: Answered, failures: Map<string, Fault>): void {
  // A deletion finds it done.
  if (call.method === "DELETE" && answered.status === 404) return;
  const fault = refusalOf(tenant, call, answered);
  if (fault === undefined) return;
  if (fault.spoils !== "item") throw fault;
  failures.set(key, answered.status >= 500 ? unknownOutcome(tenant, address, fault) : fault);
}

function aimOf(tenant: Tenant, change: DirectoryChange, there: Seen): Aim | undefined {
  const { key } = change;
  if (change.act === "delete") {
    const user = change.was.id ?? change.was.name;
    const call: Call = { method: "DELETE", path: `/users/${inPath(user)}` };
    return { key, call, address: `account/${change.was.name}` };
  }
  const { address, name } = change.want;
  if (change.act === "create") {
    const call: Call = { method: "POST", path: "/users", body: newUser(tenant, change) };
    return { key, call, address };
  }
  const user = change.was.id ?? change.was.name;
  const body = {
    ...propertiesOf(wantedBy(change)),
    ...locationOf(tenant, change, there),
    ...(name === change.was.name ? {} : { userPrincipalName: name }),
    ...(change.password === undefined ? {} : { passwordProfile: profileOf(change.password) }),
  };
  if (Object.keys(body).length === 0) return undefined;
  return { key, call: { method: "PATCH", path: `/users/${inPath(user)}`, body }, address };
}

/** Whoever is to have a licence must be somewhere: who is nowhere yet is where new people are. */
function locationOf({ spec: { usageLocation } }: Tenant, change: Act<"update">, there: Seen): Loose {
  const known = there.get(change.was.name)?.attributes?.["usageLocation"];
  return "class" in wantedBy(change) && known === undefined && usageLocation !== undefined ? { usageLocation } : {};
}

function newUser({ spec }: Tenant, { want, password }: Act<"create">): Loose {
  const { name } = want;
  const local = name.slice(0, name.lastIndexOf("@"));
  const { usageLocation } = spec;
  const fields = want.fields as Fields;
  return {
    accountEnabled: true,
    displayName: local,
    ...propertiesOf(fields),
    // The alias of a mailbox; no more characters than these (RFC 5322's atoms, but for a dot at either end).
    mailNickname: local.replaceAll(/[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]/g, "_").slice(0, 64),
    userPrincipalName: name,
    ...(usageLocation !== undefined && { usageLocation }),
    passwordProfile: profileOf(password ?? nobodys()),
  };
}

/** Nobody is made without a password: one that nobody knows, for who logs in elsewhere. */
const nobodys = (): NewPassword => ({
  from: "generate",
  value: `${randomBytes(36).toString("base64url")}aA1!`,
  mustChange: false,
});

const profileOf = ({ value, mustChange }: NewPassword): Loose => ({
  password: value,
  forceChangePasswordNextSignIn: mustChange,
});

/** What is written of these fields; null takes a value away. */
function propertiesOf(fields: Fields): Loose {
  const properties: Record<string, unknown> = {};
  for (const [field, property] of Object.entries(plainFields))
    if (field in fields) properties[property] = fields[field] === "" ? null : (fields[field] ?? null);
  if ("recovery" in fields) {
    const { email, mobile } = (fields["recovery"] ?? {}) as { readonly email?: string; readonly mobile?: string };
    properties["otherMails"] = email === undefined ? [] : [email];
    properties["mobilePhone"] = mobile ?? null;
  }
  return properties;
}

/** Who is to get which licences, and lose which; whose licences are not known at all has failed. */
function licenceAims(
  changes: readonly DirectoryChange[],
  there: Seen,
  skus: readonly Sku[],
  failures: Map<string, Fault>,
): readonly Aim[] {
  return changes.flatMap((change) => {
    if (change.act === "delete" || !("class" in wantedBy(change))) return [];
    const { key } = change;
    const { address, name } = change.want;
    try {
      const was = change.act === "create" ? undefined : (there.get(change.was.name)?.fields as Fields | undefined);
      const has = idsOf(was?.["class"] as string | undefined, skus, address);
      const wants = idsOf(wantedBy(change)["class"] as string | undefined, skus, address);
      const addLicenses = wants.filter((id) => !has.includes(id)).map((skuId) => ({ skuId, disabledPlans: [] }));
      const removeLicenses = has.filter((id) => !wants.includes(id));
      if (addLicenses.length + removeLicenses.length === 0) return [];
      const user = change.act === "create" ? name : (change.was.id ?? change.was.name);
      const path = `/users/${inPath(user)}/assignLicense`;
      const call: Call = { method: "POST", path, body: { addLicenses, removeLicenses }, repeatable: true };
      return [{ key, call, address }];
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      failures.set(key, thrown);
      return [];
    }
  });
}
