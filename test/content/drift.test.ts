import { afterEach, beforeEach, expect, it } from "vitest";
import type { MailboxChange } from "../../src/model/drift.ts";
import { type Folder, type Mail, markMail, removeMail } from "../../src/endpoint/memory/mail.ts";
import { createWorld, folderAt, put, shown, tokenOf, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const tokens = ["a", "b", "c", "d", "e", "f"];

/** Six letters in two folders, copied. */
async function copied(): Promise<void> {
  for (const token of tokens.slice(0, 4)) put(world.source, ["INBOX"], { token, marks: ["\\Seen"] });
  for (const token of tokens.slice(4)) put(world.source, ["Work"], { token });
  expect((await world.pass()).tally.copied).toBe(6);
}

const at = (token: string): readonly [Folder, Mail] => {
  for (const folder of world.destination.folders.values())
    for (const mail of folder.mails.values()) if (tokenOf(mail.body) === token) return [folder, mail];
  throw new Error(`No ${token}`);
};

const remove = (token: string): boolean => removeMail(world.destination, at(token)[0], at(token)[1].uid);
const move = (token: string, path: readonly string[]): void => {
  const [folder, mail] = at(token);
  removeMail(world.destination, folder, mail.uid);
  put(world.destination, path, { token, marks: mail.marks, date: mail.date });
};

/** What is told, a line each, sorted. */
const told = (changes: readonly MailboxChange[] = []): readonly string[] =>
  changes
    .map((change) => {
      const where = "item" in change ? change.item.place : change.place;
      const to = "to" in change ? ` > ${change.to}` : "";
      const marks = change.what === "marked" ? ` +${change.add.join(" ")} -${change.remove.join(" ")}` : "";
      return `${change.what} ${where}${to}${marks}`;
    })
    .toSorted();

it("is none right after a pass, and reads no folder for it", async () => {
  await copied();
  const read: string[] = [];
  const { counts, findings } = await world.drift({
    wrap: {
      destination: (store) => ({
        ...store,
        changes: (feed, since, options) => {
          read.push(feed.id);
          return store.changes(feed, since, options);
        },
      }),
    },
  });
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(0);
  expect({ findings, read }).toEqual({ findings: [], read: [] });
});

it("tells what users did, each as what it was, and leaves both sides and the state alone", async () => {
  await copied();
  put(world.destination, ["INBOX"], { token: "theirs" });
  put(world.destination, ["INBOX"], { token: "lost" });
  await world.pass();
  remove("a");
  move("b", ["Work"]);
  markMail(world.destination, at("c")[1], ["\\Flagged"]);
  move("theirs", ["Work"]);
  remove("lost");
  put(world.destination, ["INBOX"], { token: "came" });
  put(world.destination, ["Mine"], { token: "filed" });
  const before = shown(world.destination);
  const expected = [
    "added INBOX",
    "added Mine",
    "deleted INBOX",
    "folderMade Mine",
    "gone INBOX",
    "marked INBOX +\\Flagged -\\Seen",
    "moved INBOX > Work",
    "moved INBOX > Work",
  ];
  expect(told((await world.drift()).changes)).toEqual(expected);
  expect(told((await world.drift()).changes)).toEqual(expected);
  expect(shown(world.destination)).toEqual(before);
  await world.pass();
  expect(told((await world.drift()).changes)).toEqual([]);
});

it("tells a message that its user had deleted, and put back", async () => {
  await copied();
  remove("a");
  await world.pass();
  expect(told((await world.drift()).changes)).toEqual([]);
  put(world.destination, ["INBOX"], { token: "a", marks: ["\\Seen"] });
  expect(told((await world.drift()).changes)).toEqual(["restored INBOX"]);
});

it("tells a folder that was renamed, and not its messages; one that was deleted, with them", async () => {
  await copied();
  for (const token of ["e", "f"]) move(token, ["Archive"]);
  world.destination.folders.delete("Work");
  expect(told((await world.drift()).changes)).toEqual(["folderRenamed Work > Archive"]);
  world.destination.folders.delete("Archive");
  expect(told((await world.drift()).changes)).toEqual(["deleted Work", "deleted Work", "folderDeleted Work"]);
});

it("tells a folder that was numbered anew, and takes none of its messages for new", async () => {
  await copied();
  put(world.destination, ["INBOX"], { token: "theirs" });
  await world.pass();
  const inbox = folderAt(world.destination, ["INBOX"]);
  inbox.validity += 100;
  const mails = [...inbox.mails.values()];
  inbox.mails.clear();
  inbox.next += 50;
  for (const mail of mails.slice(1)) {
    inbox.mails.set(inbox.next, { ...mail, uid: inbox.next });
    inbox.next += 1;
  }
  expect(told((await world.drift()).changes)).toEqual(["deleted INBOX", "renumbered INBOX"]);
});

it("takes equal messages one by one", async () => {
  for (const token of ["x", "x", "x"]) put(world.source, ["INBOX"], { token });
  await world.pass();
  remove("x");
  move("x", ["Work"]);
  expect(told((await world.drift()).changes)).toEqual(["deleted INBOX", "folderMade Work", "moved INBOX > Work"]);
});

it("tells nothing of a folder that cannot be read, and says so", async () => {
  await copied();
  remove("a");
  remove("e");
  const { changes, findings } = await world.drift({
    wrap: {
      destination: (store) => ({
        ...store,
        async *changes(feed, since, options) {
          if (feed.id === "Work") {
            const { Fault } = await import("../../src/model/fault.ts");
            throw new Fault({ code: "place.closed", message: "No", spoils: "place" });
          }
          yield* store.changes(feed, since, options);
        },
      }),
    },
  });
  expect(told(changes)).toEqual(["deleted INBOX"]);
  expect(findings).toMatchObject([{ code: "place.closed", severity: "error" }]);
});

it("takes a destination that shows nothing for a fault, and not for deletions", async () => {
  await copied();
  const hidden = world.drift({
    wrap: {
      destination: (store) => ({ ...store, look: async (o) => ({ ...(await store.look(o)), places: [], feeds: [] }) }),
    },
  });
  await expect(hidden).rejects.toMatchObject({ code: "look.empty" });
});
