import { expect, it } from "vitest";
import { markMail, removeMail } from "../../src/endpoint/memory/mail.ts";
import { Crash, createFuse, type Fuse, fused, fusedJournal } from "./faults.ts";
import { createWorld, folderAt, put, shown, type Wish, type World } from "./world.ts";

const inbox = ["INBOX"];
const work = ["Work"];

/** Dies at the fuse's end, wherever that is: before, after and between all that the pass waits for. */
function dying(fuse: Fuse): Wish {
  return {
    mode: "mirror",
    wrap: {
      source: (store) => fused(store, fuse),
      destination: (store) => fused(store, fuse),
      journal: fusedJournal(fuse),
    },
  };
}

/** True where the process died on the way. */
async function died(world: World, awaits: number): Promise<boolean> {
  const fuse = createFuse(awaits);
  try {
    await world.pass(dying(fuse));
  } catch (thrown) {
    let error: unknown = thrown;
    while (error instanceof Error && !(error instanceof Crash)) error = error.cause;
    if (!(error instanceof Crash)) throw thrown;
  }
  return fuse.blown;
}

/** What a mailbox goes through between two passes: mail comes, is marked, moved and deleted, on either side. */
function live(world: World): void {
  put(world.source, inbox, { token: "new" });
  put(world.source, ["Later"], { token: "later" });
  const [first, second, third] = folderAt(world.source, inbox).mails.values();
  if (first === undefined || second === undefined || third === undefined) throw new Error("no mail");
  markMail(world.source, first, ["\\Seen"]);
  put(world.source, work, { token: "b", date: second.date });
  removeMail(world.source, folderAt(world.source, inbox), second.uid);
  removeMail(world.source, folderAt(world.source, inbox), third.uid);
  removeMail(world.destination, folderAt(world.destination, work), 1);
}

const settled = ["INBOX: a[\\Seen]", "INBOX: new[]", "Later: later[]", "Work: b[]"];

const traits = { batch: { items: 2, bytes: 4 * 1024 * 1024, inFlight: 2 } };

it.each([
  ["that tells ids", {}],
  ["that tells none", { receipts: false, cursors: false, atomic: false }],
] as const)(
  "a process that dies at any of its awaits has lost nothing and doubles nothing, at a destination %s",
  async (_, more) => {
    for (let awaits = 0, dead = true; dead; awaits += 1) {
      const world = await createWorld({ source: traits, destination: { ...traits, ...more } });
      try {
        for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
        put(world.source, work, { token: "w" });
        dead = await died(world, awaits);
        await world.restart();
        await world.pass({ mode: "mirror" });
        expect(shown(world.destination), `a first pass that died at await ${awaits}`).toEqual(shown(world.source));
        live(world);
        dead = (await died(world, awaits)) || dead;
        await world.restart();
        await world.pass({ mode: "mirror" });
        await world.pass({ mode: "mirror" });
        expect(shown(world.destination), `a delta that died at await ${awaits}`).toEqual(settled);
        expect((await world.plan({ mode: "mirror" })).counts).toMatchObject({
          copy: 0,
          adopt: 0,
          marks: 0,
          move: 0,
          delete: 0,
        });
      } finally {
        await world.close();
      }
    }
  },
);
