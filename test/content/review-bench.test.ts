import { it } from "vitest";
import { renumberFolder } from "../../src/endpoint/memory/mail.ts";
import { createWorld, folderAt, put } from "./world.ts";
it.each([250, 500, 1000])("equal %i", { timeout: 200000 }, async (n) => {
  const world = await createWorld();
  try {
    for (let i = 0; i < n; i += 1) put(world.source, ["INBOX"], { token: "same" });
    await world.pass();
    // its user deletes all; source renumbered and one is gone: number differs, no copy is left to compare with
    const d = folderAt(world.destination, ["INBOX"]);
    for (const uid of [...d.mails.keys()]) { d.mails.delete(uid); d.vanished.set(uid, (world.destination.modseq += 1)); }
    await world.pass();
    const s = folderAt(world.source, ["INBOX"]);
    s.mails.delete([...s.mails.keys()][0] as number);
    renumberFolder(world.source, s);
    const t = performance.now();
    await world.pass();
    process.stderr.write(`${n} equal, tombstones, renumbered: ${Math.round(performance.now() - t)} ms\n`);
    await world.loseState();
  } finally { await world.close(); }
});
it.each([500, 1000, 2000])("equal adopt %i", { timeout: 200000 }, async (n) => {
  const world = await createWorld();
  try {
    for (let i = 0; i < n; i += 1) put(world.source, ["INBOX"], { token: "same" });
    for (let i = 0; i < n; i += 1) put(world.destination, ["INBOX"], { token: "other" , messageId: "<same@example.com>", subject: "About same" });
    const t = performance.now();
    await world.pass();
    process.stderr.write(`${n} equal keys, other bodies: ${Math.round(performance.now() - t)} ms\n`);
  } finally { await world.close(); }
});
it.each([500, 1000, 2000])("distinct with lost writes %i", { timeout: 200000 }, async (n) => {
  const world = await createWorld({ destination: { batch: { items: 10, bytes: 1e6, inFlight: 2 } } });
  try {
    for (let i = 0; i < n; i += 1) put(world.source, ["INBOX"], { token: `t${i}` });
    let turn = 0; let since = 0;
    const t = performance.now();
    await world.pass({ wrap: { destination: (store) => ({ ...store, write: async (items, o) => { turn += 1; if (turn % 3 === 1) throw new Error("cut"); return store.write(items, o); }, since: async function* (p, b, o) { for await (const e of store.since(p, b, o)) { since += 1; yield e; } } }) } });
    process.stderr.write(`${n} with every third write lost: ${Math.round(performance.now() - t)} ms, ${since} entries read by since\n`);
    since = 0;
    await world.pass({ wrap: { destination: (store) => ({ ...store, since: async function* (p, b, o) { for await (const e of store.since(p, b, o)) { since += 1; yield e; } } }) } });
    process.stderr.write(`   next pass: ${since} entries read by since, ${Math.round(performance.now() - t)} ms\n`);
  } finally { await world.close(); }
});
