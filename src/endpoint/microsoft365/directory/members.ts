import type { DirectoryChange, PlannedChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { backoff } from "../../http/wait.ts";
import { isDone, listOf, type Loose } from "../answer.ts";
import type { Call } from "../graph.ts";
import { comingTo } from "./by-cmdlet.ts";
import type { Readings } from "./readings.ts";
import { batch, idOf, inPath, refusalOf, type Tenant } from "./tenant.ts";
import { looks } from "./work.ts";

const byMail = (name: string): string => inPath(`mail eq '${name.replaceAll("'", "''")}'`);

const domainOf = (name: string): string => name.split("@").at(-1) ?? "";

/** Of those whom a change brings those in domains that are none of these. */
export const strangersIn = (change: PlannedChange, domains: ReadonlySet<string>): readonly string[] =>
  comingTo(change).filter((name) => !domains.has(domainOf(name)));

/** Who can be in a group. */
export interface Members {
  /** Their objects' ids; throws `member.unknown` for who is none. */
  idsOf(names: readonly string[], about: string, options: Options): Promise<readonly string[]>;
  /** A change that only a person can make. */
  handmade(change: DirectoryChange): Fault;
}

export function createMembers(tenant: Tenant, readings: Readings): Members {
  const byName = new Map<string, string>();

  async function ask(calls: readonly Call[], options: Options): Promise<readonly (Loose | undefined)[]> {
    const answers = await batch(tenant, calls, options);
    return answers.map((answered, index) => {
      if (answered.status === 404) return undefined;
      const call = calls[index];
      const fault = call === undefined ? undefined : refusalOf(tenant, call, answered);
      if (!isDone(answered) && fault !== undefined) throw fault;
      return answered.body;
    });
  }

  /** A user by the name they log in with; else a group or a contact by its address, or a guest by theirs. */
  async function learn(names: readonly string[], options: Options): Promise<void> {
    const users = await ask(
      names.map((name) => ({ method: "GET", path: `/users/${inPath(name)}?$select=id` })),
      options,
    );
    const left = names.filter((name, index) => {
      const user = users[index];
      if (user !== undefined) byName.set(name, idOf(user));
      return user === undefined;
    });
    for (const where of ["groups", "contacts", "users"]) {
      const calls = left.map((name): Call => ({ method: "GET", path: `/${where}?$filter=${byMail(name)}&$select=id` }));
      const found = await ask(calls, options);
      for (const [index, name] of left.entries()) {
        const [first] = listOf(found[index]?.["value"]);
        if (first !== undefined && !byName.has(name)) byName.set(name, idOf(first));
      }
    }
  }

  /** Who is of the tenant's own domains may have just been made, and show after seconds. */
  async function learnAll(names: readonly string[], options: Options): Promise<void> {
    const own = new Set((await readings.domains(options)).map(({ name }) => name));
    for (let tries = 1; tries <= looks; tries += 1) {
      const unknown = names.filter((name) => !byName.has(name) && (tries === 1 || own.has(domainOf(name))));
      if (unknown.length === 0) return;
      if (tries > 1) await tenant.clock.wait(backoff(tries - 1, Math.random), options.signal);
      await learn(unknown, options);
    }
  }

  return {
    async idsOf(names, about, options) {
      await learnAll(names, options);
      return names.map((name) => {
        const id = byName.get(name);
        if (id !== undefined) return id;
        throw new Fault({
          code: "member.unknown",
          message: `${name} is neither a user of the tenant, nor a group, nor a contact`,
          spoils: "item",
          about,
          remedy:
            "invite them as a guest, or add them as a mail contact; lists: distribution with exchange does the latter",
        });
      });
    },
    handmade: (change) =>
      new Fault({
        code: "list.readonly",
        message: "Graph cannot write to a distribution list",
        spoils: "item",
        about: change.act === "delete" ? `list/${change.was.name}` : change.want.address,
        remedy: "write `exchange` in the endpoint, or plan again: a person can do it",
      }),
  };
}
