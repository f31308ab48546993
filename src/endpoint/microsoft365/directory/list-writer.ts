import type { DirectoryChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { type Answered, isDone, type Loose, textOf } from "../answer.ts";
import { backoff } from "../../http/wait.ts";
import type { Call } from "../graph.ts";
import type { ListRow } from "./groups.ts";
import { batch, idOf, inPath, refusalOf, type Tenant } from "./tenant.ts";
import { type Act, type Fields, wantedBy } from "../../directory/change.ts";
import { looks, unknownOutcome } from "./work.ts";

/** Members that one request adds (Microsoft Graph, group: add members). */
const most = 20;

interface Around {
  readonly tenant: Tenant;
  /** The ids of these names; throws `member.unknown`. */
  idsOf(names: readonly string[], about: string): Promise<readonly string[]>;
  readonly options: Options;
}

/** Carries out changes of groups that Graph writes to. `rows` are those that are there, by name. */
export async function writeGroups(
  around: Around,
  changes: readonly DirectoryChange[],
  rows: ReadonlyMap<string, ListRow>,
  find: (name: string) => Promise<ListRow | undefined>,
): Promise<ReadonlyMap<string, Fault>> {
  const failures = new Map<string, Fault>();
  for (const change of changes) {
    try {
      await writeOne(around, change, rows, find);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.spoils !== "item") throw thrown;
      failures.set(change.key, thrown);
    }
  }
  return failures;
}

async function writeOne(
  around: Around,
  change: DirectoryChange,
  rows: ReadonlyMap<string, ListRow>,
  find: (name: string) => Promise<ListRow | undefined>,
): Promise<void> {
  if (change.act === "create") return create(around, change, find);
  const row = rows.get(change.was.name);
  if (row === undefined) throw new Error(`A list that was found has no group: ${change.was.name}`);
  if (change.act === "delete") return send(around, { method: "DELETE", path: `/groups/${row.group.id}` }, true);
  const fields = wantedBy(change);
  const body = {
    ...("displayName" in fields && { displayName: fields["displayName"] ?? null }),
    ...(change.want.name !== change.was.name && { mailNickname: localOf(change.want.name) }),
  };
  const path = `/groups/${row.group.id}`;
  if (Object.keys(body).length > 0) await send(around, { method: "PATCH", path, body });
  await setPeople(around, row, fields, change.want.address);
}

const localOf = (name: string): string => name.slice(0, name.lastIndexOf("@"));

const objectOf = (tenant: Tenant, id: string): string => `${tenant.graph.base}/directoryObjects/${id}`;

/** A group is made with its first people in the same request; the others follow, twenty at a time. */
async function create(
  around: Around,
  { want, key: _key }: Act<"create">,
  find: (name: string) => Promise<ListRow | undefined>,
): Promise<void> {
  const { tenant } = around;
  const fields = want.fields as Fields;
  const unified = tenant.spec.lists === "microsoft365";
  const members = await around.idsOf(namesIn(fields, "members"), want.address);
  const owners = await around.idsOf(namesIn(fields, "owners"), want.address);
  const body: Loose = {
    displayName: (fields["displayName"] as string | undefined) ?? localOf(want.name),
    mailNickname: localOf(want.name),
    mailEnabled: unified,
    securityEnabled: !unified,
    groupTypes: unified ? ["Unified"] : [],
    ...(members.length > 0 && { "members@odata.bind": members.slice(0, most).map((id) => objectOf(tenant, id)) }),
    ...(owners.length > 0 && { "owners@odata.bind": owners.slice(0, most).map((id) => objectOf(tenant, id)) }),
  };
  const call: Call = { method: "POST", path: "/groups", body };
  const id = await made(around, call, want.name, want.address, find);
  const left = { members: members.slice(most), owners: owners.slice(most) };
  for (const whose of ["members", "owners"] as const) await addPeople(around, id, whose, left[whose]);
}

/** The id of a group that was made, also where the answer was lost: then it is looked for, and nothing is made twice. */
async function made(
  around: Around,
  call: Call,
  name: string,
  address: string,
  find: (name: string) => Promise<ListRow | undefined>,
): Promise<string> {
  const { tenant, options } = around;
  const lost = await tenant.graph.send(call, options).then(
    (answered) => {
      const fault = refusalOf(tenant, call, answered);
      if (fault !== undefined) throw fault;
      return idOf(answered.body);
    },
    (thrown: unknown) => {
      if (thrown instanceof Fault && thrown.code === "outcome.unknown") return thrown;
      throw thrown;
    },
  );
  if (typeof lost === "string") return lost;
  for (let look = 1; look <= looks; look += 1) {
    await tenant.clock.wait(backoff(look, Math.random), options.signal);
    const found = await find(name);
    if (found !== undefined) return found.group.id;
  }
  throw unknownOutcome(tenant, address, lost);
}

const namesIn = (fields: Fields, field: string): readonly string[] =>
  (fields[field] as readonly string[] | undefined) ?? [];

/** Brings a group's people to what is wanted: those who come before those who go, for a group must have an owner. */
async function setPeople(around: Around, row: ListRow, fields: Fields, about: string): Promise<void> {
  for (const whose of ["owners", "members"] as const) {
    if (!(whose in fields)) continue;
    const wanted = new Set(namesIn(fields, whose));
    const has = row.ids[whose];
    const there = new Set(has.values());
    const coming = await around.idsOf(
      [...wanted].filter((name) => !there.has(name)),
      about,
    );
    const going = [...has].filter(([, name]) => !wanted.has(name)).map(([id]) => id);
    await addPeople(around, row.group.id, whose, coming);
    await removePeople(around, row.group.id, whose, going);
  }
}

type Whose = "members" | "owners";

async function addPeople(around: Around, group: string, whose: Whose, ids: readonly string[]): Promise<void> {
  const { tenant } = around;
  const calls: Call[] = ids.map((id) => ({
    method: "POST",
    path: `/groups/${inPath(group)}/${whose}/$ref`,
    body: { "@odata.id": objectOf(tenant, id) },
    // Adding who is there is refused, so that it may be sent twice.
    repeatable: true,
  }));
  await sendAll(around, calls, (answered) => answered.status === 400 && isThere(answered));
}

const isThere = ({ body }: Answered): boolean =>
  /references already exist|already exist for the following/i.test(
    textOf((body["error"] as Loose | undefined)?.["message"]) ?? "",
  );

function removePeople(around: Around, group: string, whose: Whose, ids: readonly string[]): Promise<void> {
  const calls: Call[] = ids.map((id) => ({
    method: "DELETE",
    path: `/groups/${inPath(group)}/${whose}/${inPath(id)}/$ref`,
  }));
  return sendAll(around, calls, ({ status }) => status === 404);
}

/** Sends all; who is not found yet is tried again, for what is new shows only after seconds. */
async function sendAll(
  { tenant, options }: Around,
  calls: readonly Call[],
  isThereAlready: (answered: Answered) => boolean,
): Promise<void> {
  let left = calls;
  for (let tries = 1; left.length > 0; tries += 1) {
    if (tries > 1) await tenant.clock.wait(backoff(tries - 1, Math.random), options.signal);
    const answers = await batch(tenant, left, options);
    const again: Call[] = [];
    for (const [index, call] of left.entries()) {
      const answered = answers[index];
      if (answered === undefined || isDone(answered) || isThereAlready(answered)) continue;
      const fault = refusalOf(tenant, call, answered);
      if (fault === undefined || answered.status !== 404 || tries >= looks) throw fault ?? new Error("no refusal");
      again.push(call);
    }
    left = again;
  }
}

async function send(around: Around, call: Call, goneIsDone = false): Promise<void> {
  const { tenant, options } = around;
  const answered = await tenant.graph.send(call, options);
  if (goneIsDone && answered.status === 404) return;
  const fault = refusalOf(tenant, call, answered);
  if (fault !== undefined) throw fault;
}
