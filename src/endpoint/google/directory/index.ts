import type { DirectoryChange, Endpoint, Handler, Outcome } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { DirectoryKind } from "../../../model/address.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Want } from "../../../model/plan.ts";
import type { Observed } from "../../../model/resource.ts";
import { type Admin, asGoogleFault } from "../admin.ts";
import { sideways } from "../sideways.ts";
import { accountWork } from "./accounts.ts";
import { aliasWork, readAliases } from "./aliases.ts";
import { assessAccount } from "./assess.ts";
import { domains, domainWork, observedDomain } from "./domains.ts";
import { type Group, groups, wholeGroup } from "./groups.ts";
import { listWork } from "./lists.ts";
import { takenHashes } from "./password.ts";
import { filterOf, mapped } from "./scope.ts";
import { observedUser, users } from "./users.ts";
import { type Work, writeBatch } from "./writing.ts";

type Readings = {
  readonly [K in DirectoryKind]: (admin: Admin, options: Options, query?: string) => AsyncIterable<Observed<K>>;
};

/** Groups read at one time: of each its members and its settings are asked for. */
const width = 6;

const readings: Readings = {
  domain: async function* (admin, options) {
    for (const domain of await domains(admin, options)) yield observedDomain(domain);
  },
  account: async function* (admin, options, query) {
    for await (const user of users(admin, options, query)) yield observedUser(user);
  },
  list: async function* (admin, options, query) {
    const all: Group[] = [];
    for await (const group of groups(admin, options, query)) all.push(group);
    for await (const whole of sideways(all, width, (group) => wholeGroup(admin, group, options)))
      if (whole !== undefined) yield whole.observed;
  },
  alias: readAliases,
};

/** The directory's handlers; without `write` where read-only scopes are asked for. */
export function createDirectory(admin: Admin): Endpoint["directory"] {
  const account = handlerOf(admin, "account", accountWork(admin), assessAccount);
  return {
    domain: handlerOf(admin, "domain", domainWork(admin)),
    account: admin.spec.readOnly === true ? account : { ...account, passwords: { hashes: takenHashes } },
    list: handlerOf(admin, "list", listWork(admin)),
    alias: handlerOf(admin, "alias", aliasWork(admin)),
  };
}

type Assess = (want: Want, was: Observed | undefined) => readonly Finding[];

function handlerOf<K extends DirectoryKind>(admin: Admin, kind: K, work: Work, assess: Assess = () => []): Handler<K> {
  const write = async (changes: readonly DirectoryChange<K>[], options: Options): Promise<readonly Outcome<K>[]> => {
    const batch = changes as unknown as readonly DirectoryChange[];
    return (await writeBatch(admin, batch, work, options)) as unknown as readonly Outcome<K>[];
  };
  return {
    fields: work.held.fields,
    ...(work.held.parts === undefined ? {} : { parts: work.held.parts }),
    assess: (want, was) => assess(want as unknown as Want, was as unknown as Observed | undefined),
    read: async function* ({ filter, map }, options) {
      const fits = filterOf(filter);
      const query = typeof filter === "string" ? filter : undefined;
      try {
        for await (const observed of readings[kind](admin, options, query))
          if (fits(observed as unknown as Observed)) yield mapped(observed as Observed<K> & Observed, map);
      } catch (thrown) {
        throw asGoogleFault(thrown, admin.name);
      }
    },
    ...(admin.spec.readOnly === true ? {} : { write }),
  };
}
