import type { DirectoryChange, Endpoint, Handler, Outcome, PlannedChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { DirectoryKind } from "../../../model/address.ts";
import type { Fault } from "../../../model/fault.ts";
import type { Observed } from "../../../model/resource.ts";
import { forwarding } from "../exchange/commands.ts";
import { writeAccounts } from "./account-writer.ts";
import { assessAccount, assessList, type Known } from "./assess.ts";
import { aliasCmdlets, comingTo, linesOf, listCmdlets, runAll } from "./by-cmdlet.ts";
import { lookAtDomains, readDomains, seenDomains, verificationFinding, writeDomains } from "./domains.ts";
import { type GroupSort, type ListRow, writable } from "./groups.ts";
import { writeGroups } from "./list-writer.ts";
import { createMembers } from "./members.ts";
import { readDeleted, readNamed, scoped } from "./people.ts";
import { createReadings, type Readings } from "./readings.ts";
import type { Tenant } from "./tenant.ts";
import { type Seen, wantedBy, type Work, writeBatch } from "./work.ts";

/** What handlers share: what is read, and what was last seen of it, for assessments. */
interface Room {
  readonly tenant: Tenant;
  readonly readings: Readings;
  known: Known;
  /** What lists were last seen to be. */
  sorts: ReadonlyMap<string, GroupSort>;
}

/** The directory of a tenant. */
export function createHandlers(tenant: Tenant): Endpoint["directory"] {
  const room: Room = {
    tenant,
    readings: createReadings(tenant),
    known: { skus: undefined, deleted: new Map(), defaultDomain: undefined, promised: new Map() },
    sorts: new Map(),
  };
  return { domain: domains(room), account: accounts(room), list: lists(room), alias: aliases(room) };
}

/** A handler's writing, by its kind's work. */
function writing<K extends DirectoryKind>({ tenant, readings }: Room, work: Work): NonNullable<Handler<K>["write"]> {
  return async (changes, options) => {
    readings.written();
    const perform: Work["perform"] = async (due, there, during) => {
      try {
        return await work.perform(due, there, during);
      } finally {
        readings.written();
      }
    };
    const batch = changes as unknown as readonly DirectoryChange[];
    const outcomes = await writeBatch(tenant, batch, { ...work, perform }, options);
    return outcomes as unknown as readonly Outcome<K>[];
  };
}

function domains(room: Room): Handler<"domain"> {
  const { tenant } = room;
  const held = new Set<string>();
  let unverified: ReadonlyMap<string, Awaited<ReturnType<typeof verificationFinding>>> = new Map();
  return {
    fields: held,
    async *read(_, options) {
      const all = await room.readings.domains(options);
      const waiting = all.filter(({ verified }) => !verified);
      const found = waiting.map(async ({ name }) => [name, await verificationFinding(tenant, name, options)] as const);
      unverified = new Map(await Promise.all(found));
      yield* seenDomains(all);
    },
    assess: ({ name }) => {
      const finding = unverified.get(name);
      return finding === undefined ? [] : [finding];
    },
    write: writing(room, {
      held,
      look: async (names, options) => lookAtDomains(await readDomains(tenant, options), names),
      perform: async (changes, _, options) =>
        writeDomains(tenant, changes, await readDomains(tenant, options), options),
    }),
  };
}

function accounts(room: Room): Handler<"account"> {
  const { tenant, readings } = room;
  const { exchange, about, spec } = tenant;
  const plain = ["displayName", "givenName", "familyName", "enabled", "class", "recovery"];
  const held = new Set(exchange === undefined ? plain : [...plain, "forwarding"]);
  const assess = assessAccount(spec);

  const find = async (names: ReadonlySet<string>, options: Options): Promise<Seen> => {
    const named = await readNamed(tenant, names, await readings.skus(options), options);
    const sent = await readings.forwardings(options);
    return new Map([...named].map(([name, { observed }]) => [name, forwarded(observed, sent.get(name))]));
  };

  async function perform(changes: readonly DirectoryChange[], there: Seen, options: Options) {
    const around = { skus: await readings.skus(options), find: (names: ReadonlySet<string>) => find(names, options) };
    const failures = await writeAccounts(tenant, changes, there, around, options);
    if (exchange === undefined) return failures;
    const due = changes.filter(
      (each) => !failures.has(each.key) && each.act !== "delete" && "forwarding" in wantedBy(each),
    );
    return new Map([...failures, ...(await runAll({ ...tenant, exchange }, due, forwardingCmdlets, options))]);
  }

  return {
    fields: held,
    async *read(scope, options) {
      const [skus, people, deleted, sent] = await Promise.all([
        readings.skus(options),
        readings.people(options),
        readDeleted(tenant, options),
        readings.forwardings(options),
      ]);
      room.known = { ...room.known, skus, deleted: deleted ?? new Map(), promised: new Map() };
      for (const person of people) {
        const observed = scoped(person, scope, about);
        if (observed !== undefined) yield forwarded(observed, sent.get(person.observed.name)) as Observed<"account">;
      }
    },
    assess: (want, was) => assess(want as never, was as never, room.known),
    passwords: { hashes: new Set() },
    write: writing(room, { held, look: find, perform }),
  };
}

function forwarded(observed: Observed, to: { readonly to: readonly string[]; readonly keepCopy: boolean } | undefined) {
  if (to === undefined) return observed;
  const revision = `${observed.revision ?? ""} ${to.to.join(" ")} ${to.keepCopy}`;
  return { ...observed, revision, fields: { ...observed.fields, forwarding: to } } as Observed;
}

function forwardingCmdlets(change: DirectoryChange) {
  if (change.act === "delete") return [];
  const wanted = wantedBy(change)["forwarding"] as unknown as Parameters<typeof forwarding>[1] | undefined;
  return [forwarding(change.want.name, wanted ?? { to: [], keepCopy: true })];
}

function lists(room: Room): Handler<"list"> {
  const { tenant, readings } = room;
  const { exchange, spec } = tenant;
  const plain = ["displayName", "members", "owners"];
  const held = new Set(exchange === undefined ? plain : [...plain, "senders", "hidden"]);
  const assess = assessList(spec);
  const members = createMembers(tenant, readings);

  const rowsOf = async (names: ReadonlySet<string>, options: Options): Promise<ReadonlyMap<string, ListRow>> => {
    const rows = await readings.lists(names, options);
    return new Map(rows.map((row) => [row.observed.name, row]));
  };

  async function perform(changes: readonly DirectoryChange[], _: Seen, options: Options) {
    const names = new Set(changes.flatMap((change) => (change.act === "create" ? [] : [change.was.name])));
    const rows = await rowsOf(names, options);
    const isGraphs = (change: DirectoryChange): boolean =>
      madeByGraph(change, spec, (name) => rows.get(name)?.group.sort);
    const around = {
      tenant,
      options,
      idsOf: (all: readonly string[], about: string) => members.idsOf(all, about, options),
    };
    const find = async (name: string) => {
      readings.written();
      return (await rowsOf(new Set([name]), options)).get(name);
    };
    const failures = new Map(await writeGroups(around, changes.filter(isGraphs), rows, find));
    const others = changes.filter((change) => !isGraphs(change));
    for (const [key, fault] of await byExchange(others, options)) failures.set(key, fault);
    return failures;
  }

  async function byExchange(
    changes: readonly DirectoryChange[],
    options: Options,
  ): Promise<ReadonlyMap<string, Fault>> {
    if (changes.length === 0) return new Map();
    if (exchange === undefined) return new Map(changes.map((change) => [change.key, members.handmade(change)]));
    const known = new Set((await readings.recipients(options)).map(({ name }) => name));
    const asked = new Set<string>();
    const cmdlets = (change: DirectoryChange) => {
      const strangers = comingTo(change).filter((name) => !known.has(name) && !asked.has(name));
      for (const name of strangers) asked.add(name);
      return listCmdlets(change, strangers);
    };
    return runAll({ ...tenant, exchange }, changes, cmdlets, options);
  }

  return {
    fields: held,
    async *read(_, options) {
      const [rows, all] = await Promise.all([readings.lists(undefined, options), readings.domains(options)]);
      room.sorts = new Map(rows.map(({ group }) => [group.name, group.sort]));
      room.known = { ...room.known, defaultDomain: all.find(({ isDefault }) => isDefault)?.name };
      for (const { observed } of rows) yield observed;
    },
    assess: (want, was) => assess(want as never, was as never, room.known),
    ...(exchange === undefined && {
      byHand: (change) => {
        const aimed = change as unknown as PlannedChange;
        if (madeByGraph(aimed, spec, (name) => room.sorts.get(name))) return undefined;
        return linesOf(listCmdlets(visible(aimed), members.strangersIn(aimed)));
      },
    }),
    write: writing(room, {
      held,
      look: async (names, options) => {
        readings.written();
        return new Map([...(await rowsOf(names, options))].map(([name, { observed }]) => [name, observed as Observed]));
      },
      perform,
    }),
  };
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

function aliases(room: Room): Handler<"alias"> {
  const { tenant, readings } = room;
  const { exchange } = tenant;
  const held = new Set(["target"]);
  const sortOf = (name: string): GroupSort | "account" => room.sorts.get(name) ?? "account";
  const handler: Handler<"alias"> = {
    fields: held,
    async *read(_, options) {
      for (const { observed } of await readings.aliases(options)) yield observed;
    },
    assess: () => [],
  };
  if (exchange === undefined)
    return {
      ...handler,
      byHand: (change) => linesOf(aliasCmdlets(change as unknown as PlannedChange, sortOf)),
      write: async (changes) => changes.map(({ key }) => ({ key, conflict: "a person has to do it" })),
    };
  return {
    ...handler,
    write: writing(room, {
      held,
      look: async (names, options) => {
        readings.written();
        const rows = await readings.aliases(options);
        return new Map(
          rows.flatMap(({ observed }) => (names.has(observed.name) ? [[observed.name, observed as Observed]] : [])),
        );
      },
      perform: async (changes, _, options) => {
        const sorts = new Map((await readings.recipients(options)).map(({ name, sort }) => [name, sort]));
        const known = (name: string) => {
          const sort = sorts.get(name);
          return sort === "contact" ? undefined : sort;
        };
        return runAll({ ...tenant, exchange }, changes, (change) => aliasCmdlets(change, known), options);
      },
    }),
  };
}
