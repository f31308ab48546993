import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { type Letters, lettersOf, line } from "./imap-letters.ts";
import { enter, standings } from "./imap-mailbox.ts";
import { type Hop, imap, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { openPlace } from "./run.ts";

type Act = (side: Letters, subject: string) => Promise<void>;
type Where = readonly [folder: string, ...marks: string[]] | undefined;

/** One row of the three-way table: what both sides agreed on, what happens at either, and where the copy is to be then. */
interface Case {
  readonly what: string;
  /** Marks at the first pass, which brings it; absent: nothing is agreed. */
  readonly base?: readonly string[];
  /** It lies at the destination before the first pass: adopted, not brought. */
  readonly adopted?: true;
  readonly source?: Act;
  readonly destination?: Act;
  readonly copy: Where;
  /** Where it is not the same as in copy. */
  readonly mirror?: Where | "gone";
  /** Where it is once what its user deleted is asked for. */
  readonly restored?: Where;
}

const put =
  (...marks: readonly string[]): Act =>
  (side, subject) =>
    side.put("Work", subject, marks);
const remove: Act = (side, subject) => side.remove(subject);
const add =
  (mark: string): Act =>
  (side, subject) =>
    side.mark(subject, "+FLAGS", mark);
const drop =
  (mark: string): Act =>
  (side, subject) =>
    side.mark(subject, "-FLAGS", mark);
const move =
  (folder: string): Act =>
  (side, subject) =>
    side.move(subject, folder);
const both =
  (...acts: readonly Act[]): Act =>
  async (side, subject) => {
    for (const act of acts) await act(side, subject);
  };

const [seen, flagged, answered, deleted] = ["\\Seen", "\\Flagged", "\\Answered", "\\Deleted"] as const;

/** Base, source, destination. */
const cases: readonly Case[] = [
  { what: "none there none", source: put(seen), copy: ["Work", seen] },
  { what: "none there there", source: put(flagged), destination: put(answered), copy: ["Work", answered, flagged] },
  { what: "none none there", destination: put(seen), copy: ["Work", seen] },
  { what: "there flagged there", base: [], source: add(flagged), copy: ["Work", flagged] },
  { what: "there there flagged", base: [], destination: add(flagged), copy: ["Work", flagged] },
  {
    what: "there answered flagged",
    base: [],
    source: add(answered),
    destination: add(flagged),
    copy: ["Work", answered, flagged],
  },
  { what: "there unseen there", base: [seen], source: drop(seen), copy: ["Work"] },
  { what: "there there unseen", base: [seen, flagged], destination: drop(seen), copy: ["Work", flagged] },
  {
    what: "there unflagged unseen",
    base: [seen, flagged],
    source: drop(flagged),
    destination: drop(seen),
    copy: ["Work"],
  },
  {
    what: "there labelled labelled",
    base: [],
    source: add("one"),
    destination: add("two"),
    copy: ["Work", "one", "two"],
  },
  { what: "there unlabelled there", base: ["one", "two"], source: drop("one"), copy: ["Work", "two"] },
  { what: "there deleted there", base: [], source: add(deleted), copy: ["Work", deleted] },
  { what: "there there gone", base: [], destination: remove, copy: undefined, restored: ["Work"] },
  {
    what: "there flagged gone",
    base: [],
    source: add(flagged),
    destination: remove,
    copy: undefined,
    restored: ["Work", flagged],
  },
  { what: "there there elsewhere", base: [seen], destination: move("Mine"), copy: ["Mine", seen] },
  {
    what: "there answered elsewhere",
    base: [],
    source: add(answered),
    destination: both(move("Mine"), add(flagged)),
    copy: ["Mine", answered, flagged],
  },
  { what: "there gone there", base: [seen], source: remove, copy: ["Work", seen], mirror: "gone" },
  { what: "there gone flagged", base: [], source: remove, destination: add(flagged), copy: ["Work", flagged] },
  {
    what: "there gone deleted",
    base: [seen],
    source: remove,
    destination: add(deleted),
    copy: ["Work", deleted, seen],
    mirror: "gone",
  },
  { what: "there gone adopted", base: [], adopted: true, source: remove, copy: ["Work"] },
  { what: "there gone elsewhere", base: [], source: remove, destination: move("Mine"), copy: ["Mine"] },
  { what: "there elsewhere there", base: [seen], source: move("Filed"), copy: ["Filed", seen] },
  {
    what: "there elsewhere flagged",
    base: [],
    source: both(move("Filed"), add(answered)),
    destination: add(flagged),
    copy: ["Filed", answered, flagged],
  },
  { what: "there elsewhere adopted", base: [], adopted: true, source: move("Filed"), copy: ["Work"] },
  {
    what: "there elsewhere gone",
    base: [],
    source: move("Filed"),
    destination: remove,
    copy: undefined,
    restored: ["Filed"],
  },
  { what: "there elsewhere elsewhere", base: [], source: move("Filed"), destination: move("Mine"), copy: ["Mine"] },
  { what: "there gone gone", base: [], source: remove, destination: remove, copy: undefined },
];

const lines = (where: (one: Case) => Where | "gone"): readonly string[] =>
  cases
    .flatMap((one) => {
      const at = where(one);
      return at === undefined || at === "gone" ? [] : [line(one.what, at[0], at.slice(1))];
    })
    .toSorted();

const kinds = { "Maildir and /": {}, "mdbox and . below INBOX": { format: "mdbox", namespace: "prefix-dot" } } as const;
type Kind = keyof typeof kinds;
const users = ["ana@example.com", "bo@example.com"];

describe.skipIf(without("dovecot"))("both sides change between two passes", () => {
  let servers: Readonly<Record<Kind, Dovecot>>;
  let taken = 0;

  beforeAll(async () => {
    const logins = Object.fromEntries(users.map((user) => [user, "secret"]));
    const started = Object.entries(kinds).map(async ([kind, more]) => [
      kind,
      await startDovecot({ users: logins, ...more }),
    ]);
    servers = Object.fromEntries(await Promise.all(started)) as Record<Kind, Dovecot>;
  });
  afterAll(async () => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  });

  /** A mailbox of its own on either server, with the letters of every case, and the first pass behind it. */
  async function begin([from, to]: readonly [Kind, Kind], mode: "copy" | "mirror") {
    const user = users[taken++] ?? "";
    const place = await openPlace();
    onTestFinished(() => place.remove());
    const hop: Hop = { from: imap("old", servers[from]), to: imap("new", servers[to]), mode };
    const write = (more: Partial<Hop> = {}) => writeMailManifests(place, [{ ...hop, ...more }], [user]);
    await write();
    const clients = await Promise.all([enter(servers[from], user), enter(servers[to], user)]);
    onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
    const [source, destination] = await Promise.all([lettersOf(clients[0]), lettersOf(clients[1])]);
    for (const { what, base, adopted } of cases) {
      if (base) await source.put("Work", what, base);
      if (adopted) await destination.put("Work", what, base);
    }
    const run = (command: string, ...more: readonly string[]) =>
      place.run([command, "-e", nameOfHop(hop), "--progress", "none", ...more]);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(await destination.all()).toEqual(await source.all());
    return { source, destination, run, write, numbers: () => standings(clients[1]) };
  }

  it.each([
    ["Maildir and /", "mdbox and . below INBOX", "copy"],
    ["mdbox and . below INBOX", "Maildir and /", "mirror"],
  ] as const)("from %s to %s: %s goes by the three-way table, row by row", async (from, to, mode) => {
    const { source, destination, run, write, numbers } = await begin([from, to], mode);
    for (const { what, source: act } of cases) await act?.(source, what);
    for (const { what, destination: act } of cases) await act?.(destination, what);
    const left = await source.all();

    const removed = mode === "mirror" ? cases.filter(({ mirror }) => mirror === "gone").length : 0;
    const planned = await run("plan", "--detailed-exitcode");
    expectCode(planned, removed > 0 ? 5 : 2);
    expect(planned.stdout).toMatch(new RegExp(`copy 1 message .*\\n.*move 2 · delete ${removed} `, "u"));
    expectCode(await run("apply", "--auto-approve", "--allow-delete", `mailbox=${removed}`), 0);
    const wanted = lines(({ copy, mirror }) => (mode === "mirror" ? (mirror ?? copy) : copy));
    expect(await destination.all()).toEqual(wanted);
    expect(await source.all()).toEqual(left);

    const before = await numbers();
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(await numbers()).toEqual(before);
    if (mode === "copy") return;

    await write({ restore: true });
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(await destination.all()).toEqual(lines(({ copy, mirror, restored }) => restored ?? mirror ?? copy));
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
