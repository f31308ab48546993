import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Entry } from "../../src/model/item.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FaultProxy, type Rules, startFaultProxy } from "../servers/fault-proxy.ts";
import { connectImap, type ImapClient, quoted } from "../servers/imap-client.ts";
import { openStore, specOf } from "./imap.ts";

const options = { signal: new AbortController().signal };

describe("marks of several messages", () => {
  let server: Dovecot;
  let proxy: FaultProxy;
  let client: ImapClient;
  let store: ItemStore;
  beforeEach(async () => {
    server = await startDovecot({ users: { ana: "secret" } });
    proxy = await startFaultProxy({ to: server.port });
    client = await connectImap(server);
    await client.login("ana", "secret");
    for (const name of ["a", "b", "c", "d", "e"])
      await client.append("INBOX", Buffer.from(`Message-ID: <${name}@example.com>\r\n\r\n${name}\r\n`));
    // One command for all: they have one modification sequence from now on.
    await client.ok(`SELECT ${quoted("INBOX")}`);
    await client.ok("UID STORE 1:5 FLAGS ($Work)");
    store = await openStore(specOf(proxy), "ana");
  });
  afterEach(async () => {
    await store.close();
    await client.close();
    await proxy.stop();
    await server.stop();
  });

  const flagsByUid = async () => new Map((await client.fetchAll("INBOX")).map(({ uid, flags }) => [uid, flags]));
  const answerThird = async (): Promise<void> => void (await client.store("INBOX", 3, "+FLAGS", ["\\Answered"]));
  const storesSent = () =>
    proxy.connections.flatMap(
      (each) =>
        each
          .seen("up")
          .toString("latin1")
          .match(/UID STORE [^\r]*/gu) ?? [],
    );

  async function flagAll(rules: Rules) {
    const look = await store.look(options);
    const entries: Entry[] = [];
    for (const feed of look.feeds)
      for await (const page of store.changes(feed, undefined, options)) entries.push(...page.entries);
    proxy.use(rules);
    const edits = entries.map(({ place, id, revision }) => ({
      key: id,
      act: "mark" as const,
      place,
      id,
      ...(revision === undefined ? {} : { revision }),
      add: ["\\Flagged"],
      remove: ["$Work"],
    }));
    return new Map((await store.edit?.run(edits, options))?.map((receipt) => [receipt.key, receipt]));
  }

  it("that say the same are one command, and what another hand changed meanwhile is left to it", async () => {
    const receipts = await flagAll({ traps: [{ way: "up", on: /UID STORE/u, act: answerThird }] });
    const flags = await flagsByUid();
    expect(storesSent()).toHaveLength(2);
    expect(flags.get(3)?.toSorted()).toEqual(["$Work", "\\Answered"]);
    expect(receipts.get("3")).toMatchObject({ fault: { code: "item.conflict" } });
    for (const uid of [1, 2, 4, 5]) {
      expect(flags.get(uid)).toEqual(["\\Flagged"]);
      expect(receipts.get(String(uid))).toMatchObject({ marks: ["\\Flagged"] });
    }
  });

  it("that a server does not take together are set one by one", async () => {
    const several = /^(\S+) UID STORE \S*[:,].*$/u;
    const receipts = await flagAll({ answers: [{ on: several, reply: "$1 NO Not so many at once\r\n", times: 2 }] });
    const flags = await flagsByUid();
    for (const uid of [1, 2, 3, 4, 5]) {
      expect(flags.get(uid)).toEqual(["\\Flagged"]);
      expect(receipts.get(String(uid))).toMatchObject({ marks: ["\\Flagged"] });
    }
  });

  it("that a server takes together, and does not take away together, are taken away one by one", async () => {
    const several = /^(\S+) UID STORE \S*[:,]\S* (?:\([^)]*\) )?-.*$/u;
    const receipts = await flagAll({ answers: [{ on: several, reply: "$1 NO Not so many at once\r\n" }] });
    const flags = await flagsByUid();
    for (const uid of [1, 2, 3, 4, 5]) {
      expect(flags.get(uid)).toEqual(["\\Flagged"]);
      expect(receipts.get(String(uid))).toMatchObject({ marks: ["\\Flagged"] });
    }
  });

  it("of which a server says NO and names one that changed are told as what they are", async () => {
    const reply = "$1 NO [MODIFIED 3] Some of them are not what they were\r\n";
    const receipts = await flagAll({ answers: [{ on: /^(\S+) UID STORE \S*[:,].*\+FLAGS.*$/u, reply }] });
    const flags = await flagsByUid();
    for (const uid of [1, 2, 3, 4, 5]) {
      expect(flags.get(uid)).toEqual(["\\Flagged"]);
      expect(receipts.get(String(uid))).toMatchObject({ marks: ["\\Flagged"] });
    }
  });

  it("of which a server says that some changed, and not which, are left as they are", async () => {
    const reply = "$1 OK [MODIFIED 77] Some of them are not what they were\r\n";
    const receipts = await flagAll({ answers: [{ on: /^(\S+) UID STORE \S*[:,].*\+FLAGS.*$/u, reply }] });
    const flags = await flagsByUid();
    for (const uid of [1, 2, 3, 4, 5]) {
      expect(flags.get(uid)).toEqual(["$Work"]);
      expect(receipts.get(String(uid))).toMatchObject({ fault: { code: "item.conflict" } });
    }
  });
});
