import type { DirectoryChange, Handler } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { Forwarding, Observed } from "../../../model/resource.ts";
import type { Cmdlet } from "../exchange/cmdlet.ts";
import { forwarding } from "../exchange/commands.ts";
import { writeAccounts } from "./account-writer.ts";
import { assessAccount } from "./assess.ts";
import { runAll } from "./by-cmdlet.ts";
import { readDeleted, readNamed, scoped } from "./people.ts";
import { type Room, writing } from "./room.ts";
import { wantedBy } from "../../directory/change.ts";
import type { Seen, Work } from "./work.ts";

const plain = ["displayName", "givenName", "familyName", "enabled", "class", "recovery"];

/** People by Graph; where their mail is sent on to, by cmdlets. */
export function accountHandler(room: Room): Handler<"account"> {
  const { tenant, readings } = room;
  const assess = assessAccount(tenant.spec);
  const work = workOf(room);
  return {
    fields: work.held,
    async *read(scope, options) {
      const [skus, people, deleted, sent] = await Promise.all([
        readings.skus(options),
        readings.people(options),
        readDeleted(tenant, options),
        readings.forwardings(options),
      ]);
      room.known = { ...room.known, skus, deleted: deleted ?? new Map(), promised: new Map() };
      for (const person of people) {
        const observed = scoped(person, scope, tenant.about);
        if (observed !== undefined) yield forwarded(observed, sent.get(person.observed.name)) as Observed<"account">;
      }
    },
    assess: (want, was) => assess(want as never, was as never, room.known),
    passwords: { hashes: new Set() },
    write: writing(room, work),
  };
}

function workOf({ tenant, readings }: Room): Work {
  const { exchange } = tenant;
  const look = async (names: ReadonlySet<string>, options: Options): Promise<Seen> => {
    const named = await readNamed(tenant, names, await readings.skus(options), options);
    const sent = await readings.forwardings(options);
    return new Map([...named].map(([name, { observed }]) => [name, forwarded(observed, sent.get(name))]));
  };
  return {
    held: new Set(exchange === undefined ? plain : [...plain, "forwarding"]),
    look,
    async perform(changes, there, options) {
      const around = { skus: await readings.skus(options), find: (names: ReadonlySet<string>) => look(names, options) };
      const failures = await writeAccounts(tenant, changes, there, around, options);
      if (exchange === undefined) return failures;
      const due = changes.filter((each) => !failures.has(each.key) && forwards(each));
      return new Map([...failures, ...(await runAll({ ...tenant, exchange }, due, forwardingCmdlets, options))]);
    },
  };
}

const forwards = (change: DirectoryChange): boolean => change.act !== "delete" && "forwarding" in wantedBy(change);

function forwarded(observed: Observed, to: Forwarding | undefined): Observed {
  if (to === undefined) return observed;
  const revision = `${observed.revision ?? ""} ${to.to.join(" ")} ${to.keepCopy}`;
  return { ...observed, revision, fields: { ...observed.fields, forwarding: to } };
}

function forwardingCmdlets(change: DirectoryChange): readonly Cmdlet[] {
  if (change.act === "delete") return [];
  const wanted = wantedBy(change)["forwarding"] as unknown as Forwarding | undefined;
  return [forwarding(change.want.name, wanted ?? { to: [], keepCopy: true })];
}
