import type { DirectoryChange, Handler, PlannedChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { Asked } from "../../../kind/asked.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";
import { type Fields, wantedBy } from "../../directory/change.ts";
import type { Cmdlet } from "../exchange/cmdlet.ts";
import { mailboxCmdlets, mailboxFields } from "../exchange/mailbox-cmdlets.ts";
import type { MailboxSight } from "../exchange/mailboxes.ts";
import { writeAccounts } from "./account-writer.ts";
import { assessAccount } from "./assess.ts";
import { linesOf, runAll } from "./by-cmdlet.ts";
import { readDeleted, readNamed, scoped } from "./people.ts";
import { type Room, writing } from "./room.ts";
import type { Seen, Work } from "./work.ts";

const plain = ["displayName", "givenName", "familyName", "enabled", "class", "recovery"];

/** People by Graph; what is their mailbox's, by cmdlets. */
export function accountHandler(room: Room): Handler<"account"> {
  const { tenant, readings } = room;
  const assess = assessAccount(tenant.spec);
  const work = workOf(room);
  return {
    fields: work.held,
    async *read(scope, options) {
      const [skus, people, deleted, mailboxes] = await Promise.all([
        readings.skus(options),
        readings.people(options),
        readDeleted(tenant, options),
        readings.mailboxes(scope.asked, options),
      ]);
      room.known = { ...room.known, skus, deleted: deleted ?? new Map(), promised: new Map() };
      for (const person of people) {
        const observed = scoped(person, scope, tenant.about);
        if (observed !== undefined)
          yield withMailbox(observed, mailboxes.get(person.observed.name)) as Observed<"account">;
      }
    },
    assess: (want, was) => assess(want as never, was as never, room.known),
    ...(tenant.exchange === undefined && {
      unseen: { fields: new Set(mailboxFields), lines: (change) => handLines(change as never) },
    }),
    passwords: { hashes: new Set() },
    write: writing(room, work),
  };
}

function workOf({ tenant, readings }: Room): Work {
  const { exchange } = tenant;
  const look = async (names: ReadonlySet<string>, asked: Asked, options: Options): Promise<Seen> => {
    const named = await readNamed(tenant, names, await readings.skus(options), options);
    const mailboxes = await readings.mailboxes(asked, options);
    return new Map([...named].map(([name, { observed }]) => [name, withMailbox(observed, mailboxes.get(name))]));
  };
  return {
    held: new Set(exchange === undefined ? plain : [...plain, ...mailboxFields]),
    look,
    async perform(changes, there, options) {
      const find = (names: ReadonlySet<string>) => look(names, new Map(), options);
      const failures = await writeAccounts(
        tenant,
        changes,
        there,
        { skus: await readings.skus(options), find },
        options,
      );
      if (exchange === undefined) return failures;
      const due = changes.filter((each) => !failures.has(each.key) && each.act !== "delete");
      const cmdlets = (change: DirectoryChange) => changeCmdlets(change, there);
      return new Map([...failures, ...(await runAll({ ...tenant, exchange }, due, cmdlets, options))]);
    },
  };
}

/** What Exchange Online shows of somebody's mailbox counts as theirs; what every mailbox has makes no other revision. */
function withMailbox(observed: Observed, sight: MailboxSight | undefined): Observed {
  if (sight === undefined) return observed;
  const { name: _, ...fields } = sight;
  const own = Object.entries(fields as unknown as Readonly<Record<string, Json>>).filter(
    ([field, value]) => !isUsual(field, value),
  );
  const revision = own.length === 0 ? observed.revision : `${observed.revision ?? ""} ${JSON.stringify(own)}`;
  return { ...observed, ...(revision !== undefined && { revision }), fields: { ...observed.fields, ...fields } };
}

const isUsual = (field: string, value: Json): boolean =>
  field === "mailbox" ? value === "user" : Array.isArray(value) && value.length === 0;

function changeCmdlets(change: DirectoryChange, there: Seen): readonly Cmdlet[] {
  if (change.act === "delete") return [];
  const was = change.act === "create" ? undefined : there.get(change.was.name);
  const to = wantedBy(change);
  // Somebody new has what every mailbox has.
  const due =
    change.act === "create"
      ? Object.entries(to).filter(([field, value]) => !isUnset(field, value))
      : Object.entries(to);
  return mailboxCmdlets(change.want.name, Object.fromEntries(due), (was?.fields ?? {}) as Fields);
}

const isUnset = (field: string, value: Json | undefined): boolean =>
  value === undefined ||
  isUsual(field, value) ||
  (field === "forwarding" && ((value as { readonly to?: readonly string[] }).to ?? []).length === 0);

/** For a person; who is to go is known where somebody was asked to let them in. */
function handLines(change: PlannedChange): readonly string[] {
  if (change.act === "delete") return [];
  if (change.act === "create") {
    const due = Object.entries(change.want.fields as Fields).filter(([field, value]) => !isUnset(field, value));
    return linesOf(mailboxCmdlets(change.want.name, Object.fromEntries(due), {}));
  }
  // A mailbox is a person's own where nobody asked for anything else.
  const due = change.fields.filter(({ field, from, to }) => from !== undefined || !isUsual(field, to ?? null));
  const side = (of: "to" | "from"): Fields => Object.fromEntries(due.map((each) => [each.field, each[of]]));
  return linesOf(mailboxCmdlets(change.want.name, side("to"), side("from")));
}
