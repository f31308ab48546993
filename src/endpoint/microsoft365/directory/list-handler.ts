import type { DirectoryChange, Handler, PlannedChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { Fault } from "../../../model/fault.ts";
import type { Observed } from "../../../model/resource.ts";
import { assessList } from "./assess.ts";
import { comingTo, linesOf, listCmdlets, runAll } from "./by-cmdlet.ts";
import { type GroupSort, type ListRow, writable } from "./groups.ts";
import { writeGroups } from "./list-writer.ts";
import { createMembers, type Members, strangersIn } from "./members.ts";
import { type Room, writing } from "./room.ts";
import type { Tenant } from "./tenant.ts";
import type { Work } from "./work.ts";

const plain = ["displayName", "members", "owners"];

/** Groups that Graph writes by Graph, distribution lists by cmdlets or by a person. */
export function listHandler(room: Room): Handler<"list"> {
  const { tenant, readings } = room;
  const assess = assessList(tenant.spec);
  const members = createMembers(tenant, readings);
  const work = workOf(room, members);
  return {
    fields: work.held,
    async *read(_, options) {
      const [rows, all] = await Promise.all([readings.lists(undefined, options), readings.domains(options)]);
      room.sorts = new Map(rows.map(({ group }) => [group.name, group.sort]));
      const defaultDomain = all.find(({ isDefault }) => isDefault)?.name;
      room.known = { ...room.known, defaultDomain, domains: new Set(all.map(({ name }) => name)) };
      for (const { observed } of rows) yield observed;
    },
    assess: (want, was) => assess(want as never, was as never, room.known),
    ...(tenant.exchange === undefined && { byHand: (change) => handLines(room, change as never) }),
    write: writing(room, work),
  };
}

function handLines(room: Room, change: PlannedChange): readonly string[] | undefined {
  if (madeByGraph(change, room.tenant.spec, (name) => room.sorts.get(name))) return undefined;
  return linesOf(listCmdlets(visible(change), strangersIn(change, room.known.domains)));
}

function workOf(room: Room, members: Members): Work {
  const { tenant, readings } = room;
  const rowsOf = async (names: ReadonlySet<string>, options: Options): Promise<ReadonlyMap<string, ListRow>> => {
    readings.written();
    const rows = await readings.lists(names, options);
    return new Map(rows.map((row) => [row.observed.name, row]));
  };
  return {
    held: new Set(tenant.exchange === undefined ? plain : [...plain, "senders", "hidden"]),
    look: async (names, _, options) =>
      new Map([...(await rowsOf(names, options))].map(([name, { observed }]) => [name, observed as Observed])),
    async perform(changes, _, options) {
      const names = new Set(changes.flatMap((change) => (change.act === "create" ? [] : [change.was.name])));
      const rows = await rowsOf(names, options);
      const isGraphs = (each: DirectoryChange): boolean =>
        madeByGraph(each, tenant.spec, (name) => rows.get(name)?.group.sort);
      const idsOf = (all: readonly string[], about: string) => members.idsOf(all, about, options);
      const find = async (name: string) => (await rowsOf(new Set([name]), options)).get(name);
      const mine = await writeGroups({ tenant, options, idsOf }, changes.filter(isGraphs), rows, find);
      const others = changes.filter((change) => !isGraphs(change));
      return new Map([...mine, ...(await byExchange(room, members, others, options))]);
    },
  };
}

/** Strangers become contacts before they come into the first list that wants them. */
async function byExchange(
  { tenant, readings }: Room,
  members: Members,
  changes: readonly DirectoryChange[],
  options: Options,
): Promise<ReadonlyMap<string, Fault>> {
  const { exchange } = tenant;
  if (changes.length === 0) return new Map();
  if (exchange === undefined) return new Map(changes.map((change) => [change.key, members.handmade(change)]));
  const known = new Set((await readings.recipients(options)).map(({ name }) => name));
  const cmdlets = (change: DirectoryChange) => {
    const strangers = comingTo(change).filter((name) => !known.has(name));
    for (const name of strangers) known.add(name);
    return listCmdlets(change, strangers);
  };
  return runAll({ ...tenant, exchange }, changes, cmdlets, options);
}

/** Whether Graph itself can do it: to groups of the kinds that it writes. */
function madeByGraph(
  change: PlannedChange,
  { lists: sort = "distribution" }: Tenant["spec"],
  sortOf: (name: string) => GroupSort | undefined,
): boolean {
  return writable.has(change.act === "create" ? sort : (sortOf(change.was.name) ?? "distribution"));
}

/** What a person is asked for is what the next reading can see. */
function visible(change: PlannedChange): PlannedChange {
  if (change.act !== "update") return change;
  return { ...change, fields: change.fields.filter(({ field }) => field === "members" || field === "displayName") };
}
