/** What users do to two mailboxes between passes, and a model of what must come of it. */
import fc from "fast-check";
import type { Dovecot } from "../servers/dovecot.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { renumber } from "./midway.ts";
import { enter, letter, type Side } from "./rig.ts";
import type { Setting } from "./setting.ts";
import { type Case, faultsAt } from "./steps.ts";

type Place = "source" | "destination";

/** Numbers choose among what is there. */
export type Act =
  | { readonly do: "add"; readonly folder: number }
  | { readonly do: "create"; readonly folder: number }
  | { readonly do: "delete"; readonly at: Place; readonly pick: number }
  | { readonly do: "flag"; readonly at: Place; readonly pick: number }
  | { readonly do: "move"; readonly at: Place; readonly pick: number; readonly folder: number }
  | { readonly do: "rename"; readonly folder: number }
  | { readonly do: "renumber"; readonly at: Place; readonly folder: number }
  | { readonly do: "pass" }
  | { readonly do: "cut"; readonly case: Case };

const at = fc.constantFrom<Place>("source", "destination");
const pick = fc.nat(1000);
const step = fc.record({
  side: at,
  mark: fc.constantFrom("answer" as const, "sent literal" as const, "received literal" as const, "command" as const),
  at: fc.nat(40),
});

export const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("add" as const), folder: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("create" as const), folder: pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("delete" as const, "flag" as const), at, pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("move" as const), at, pick, folder: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rename" as const), folder: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renumber" as const), at, folder: pick }) },
  { weight: 3, arbitrary: fc.constant({ do: "pass" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("cut" as const),
      case: fc.record({ step, harm: fc.constantFrom("cut before" as const, "cut after" as const) }),
    }),
  },
);

interface Message {
  /** True until somebody deletes it at the source. */
  there: boolean;
  /** True once its user deleted it at the destination. */
  deleted: boolean;
  flagged: boolean;
  /** At the destination, by its user. */
  answered: boolean;
  moves: number;
}

export interface Model {
  readonly messages: Map<string, Message>;
  /** Folders of the source. No name comes twice. */
  folders: readonly string[];
  /** False after a pass that was cut, until passes went through: what nobody can know, nobody is asked to do right. */
  clean: boolean;
}

export const createModel = (): Model => ({ messages: new Map(), folders: ["INBOX", "Work"], clean: true });

interface Spot {
  readonly folder: string;
  readonly uid: number;
  readonly token: string;
  readonly flags: readonly string[];
}

/** All messages of a mailbox, in an order that does not depend on it. */
export async function spotsOf(client: ImapClient): Promise<readonly Spot[]> {
  const spots: Spot[] = [];
  for (const name of await client.holding()) {
    for (const { uid, body, flags } of await client.fetchAll(name)) {
      const token = /^Message-ID: <(.*)@/im.exec(body.toString("latin1"))?.[1] ?? "?";
      spots.push({ folder: name, uid, token, flags: flags.filter((flag) => flag !== "\\Recent").toSorted() });
    }
  }
  return spots.toSorted((a, b) => (a.token < b.token ? -1 : 1));
}

export async function quiet(one: Setting, model: Model): Promise<void> {
  one.use();
  for (let count = 0; count < 2; count += 1) await one.rig.apply();
  model.clean = true;
}

const chosen = <T>(all: readonly T[], number: number): T | undefined => all[number % Math.max(1, all.length)];

async function by<T>(side: Side, work: (client: ImapClient) => Promise<T>): Promise<T> {
  const client = await enter(side);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Does it at the mailboxes and in the model. */
export async function perform(server: Dovecot, one: Setting, model: Model, act: Act): Promise<void> {
  if ("at" in act && act.at === "destination" && !model.clean) await quiet(one, model);
  if (act.do === "renumber" && !model.clean) await quiet(one, model);
  await (deeds[act.do] as (facts: Facts, act: Act) => Promise<unknown>)({ server, one, model }, act);
}

interface Facts {
  readonly server: Dovecot;
  readonly one: Setting;
  readonly model: Model;
}

type Deed<D extends Act["do"]> = (facts: Facts, act: Extract<Act, { do: D }>) => Promise<unknown>;

const add: Deed<"add"> = ({ one, model }, { folder }) => {
  const token = `m${model.messages.size}`;
  const to = chosen(model.folders, folder) ?? "INBOX";
  model.messages.set(token, { there: true, deleted: false, flagged: false, answered: false, moves: 0 });
  const date = Date.UTC(2020, 1, 1, 0, model.messages.size);
  return by(one.source, (client) => client.append(to, letter(token), [], date));
};

/** Somebody's doing with one message. */
async function withOne(
  { one, model }: Facts,
  { at: side, pick: number }: { readonly at: Place; readonly pick: number },
  work: (client: ImapClient, spot: Spot, message: Message) => Promise<unknown>,
): Promise<void> {
  await by(one[side], async (client) => {
    const spot = chosen(await spotsOf(client), number);
    const message = spot === undefined ? undefined : model.messages.get(spot.token);
    if (spot !== undefined && message !== undefined) await work(client, spot, message);
  });
}

const deeds: { readonly [D in Act["do"]]: Deed<D> } = {
  add,
  create: async (facts, { folder }) => {
    const name = `New${facts.model.folders.length}-${facts.model.messages.size}`;
    if (facts.model.folders.includes(name)) return;
    await by(facts.one.source, (client) => client.create(name));
    facts.model.folders = [...facts.model.folders, name];
    await add(facts, { do: "add", folder });
  },
  delete: (facts, act) =>
    withOne(facts, act, (client, { folder, uid }, message) => {
      if (act.at === "source") message.there = false;
      else message.deleted = true;
      return client.expunge(folder, uid);
    }),
  flag: (facts, act) =>
    withOne(facts, act, (client, { folder, uid }, message) => {
      message[act.at === "source" ? "flagged" : "answered"] = true;
      return client.store(folder, uid, "+FLAGS", [act.at === "source" ? "\\Flagged" : "\\Answered"]);
    }),
  move: (facts, act) =>
    withOne(facts, act, async (client, { folder, uid }, message) => {
      const listed = await client.list();
      const to = chosen(listed.map(({ name }) => name).toSorted(), act.folder) ?? "INBOX";
      if (to === folder) return;
      if (act.at === "source") message.moves += 1;
      await client.move(folder, uid, to);
    }),
  rename: async ({ one, model }, { folder }) => {
    const from = chosen(model.folders.slice(1), folder);
    if (from === undefined) return;
    const to = `${from}r`;
    await by(one.source, (client) => client.rename(from, to));
    model.folders = model.folders.map((name) => (name === from ? to : name));
  },
  renumber: async ({ server, one }, { at: side, folder }) => {
    const names = await by(one[side], (client) => client.list());
    // INBOX cannot be deleted, and one that is made anew is a fault of its own.
    const open = names.map(({ name }) => name).filter((name) => name !== "INBOX");
    const name = chosen(open.toSorted(), folder);
    if (name !== undefined) await renumber(server, one[side], name);
  },
  pass: ({ one }) => one.rig.apply(),
  cut: async ({ one, model }, { case: { step: where, harm } }) => {
    one.use(faultsAt(where, harm));
    await one.rig.apply();
    one.use();
    model.clean = false;
  },
};
