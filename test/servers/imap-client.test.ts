import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { startDovecot } from "./dovecot.ts";
import { dateOf, dateText } from "./imap-dates.ts";
import { lineReader, listOf, pairsOf, valuesOf } from "./imap-lines.ts";
import { date, enter, letter, started } from "./living.ts";
import { without } from "./packages.ts";
import { decodeName, encodeName } from "./utf7.ts";

const stream = Buffer.from(
  '* 1 FETCH (UID 7 FLAGS (\\Seen $A) BODY[] {5}\r\na\r\n)\n X "q \\"{3}\\"" E {0}\r\n N NIL B[HEADER (A B)]<0> "")\r\nt1 OK [X {1}] done\r\n',
);

describe("what the raw client reads", () => {
  it("is the same however the octets arrive", () => {
    const whole = lineReader()(stream);
    expect(whole.map((line) => line.literals.map(String))).toEqual([["a\r\n)\n", ""], []]);
    for (let size = 1; size < 40; size += 1) {
      const read = lineReader();
      const parts = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) => at * size);
      expect(parts.flatMap((at) => read(stream.subarray(at, at + size)))).toEqual(whole);
    }
  });

  it("are values: lists, literals, quoted strings, atoms with sections, and nothing", () => {
    const [line] = lineReader()(stream);
    const pairs = pairsOf(valuesOf(line ?? { text: "", literals: [] }, "* 1 FETCH ".length)[0]);
    expect(listOf(pairs.get("FLAGS"))).toEqual(["\\Seen", "$A"]);
    expect(pairs.get("BODY[]")).toEqual(Buffer.from("a\r\n)\n"));
    expect(pairs.get("X")).toEqual(Buffer.from('q "{3}"'));
    expect(pairs.get("E")).toEqual(Buffer.alloc(0));
    expect([pairs.get("N"), pairs.get("B[HEADER (A B)]<0>")]).toEqual([null, Buffer.alloc(0)]);
  });
});

describe("names and dates on the wire", () => {
  it.each([
    ["plain", "plain"],
    ["a & b", "a &- b"],
    ["Entwürfe", "Entw&APw-rfe"],
    ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"],
    ["😀", "&2D3eAA-"],
  ])("%s is %s", (name, coded) => {
    expect([encodeName(name), decodeName(coded)]).toEqual([coded, name]);
  });

  it("are seconds, in any zone", () => {
    expect(dateText(date)).toBe("17-May-2019 08:30:15 +0000");
    expect(["17-May-2019 10:30:15 +0200", "16-May-2019 22:00:15 -1030"].map(dateOf)).toEqual([date, date]);
    expect(dateOf(" 1-Jan-0099 00:00:00 +0000")).toBe(Date.parse("0099-01-01T00:00:00Z"));
  });
});

describe.skipIf(without("dovecot"))("the raw client's hands", () => {
  it("make, fill, mark, move, empty and remove folders", async () => {
    const client = await enter(await started(startDovecot({ namespace: "prefix-dot" })));
    const [one, two] = [await client.nameOf(["Entwürfe", "a & b"]), await client.nameOf(["Two"])];
    await client.create(one);
    await client.create(two);
    await client.subscribe(one);
    expect((await client.lsub()).map((each) => each.name)).toEqual([one]);
    expect(await client.list(one)).toEqual([{ name: one, attributes: ["\\HasNoChildren"], separator: "." }]);
    expect(await client.append(one, letter, ["\\Flagged"], date)).toBe(1);
    await client.append(one, Buffer.from("Subject: other\r\n\r\n"));
    await client.store(one, 1, "+FLAGS", ["$Work", "\\Seen"]);
    await client.store(one, 1, "-FLAGS", ["\\Flagged"]);
    await client.copy(one, 1, two);
    await client.move(one, 2, two);
    expect((await client.status(one, "MESSAGES", "UIDNEXT")).get("MESSAGES")).toBe(1);
    expect(await client.fetchAll(one)).toEqual([
      { uid: 1, flags: expect.arrayContaining(["\\Seen", "$Work"]), internalDate: date, body: letter },
    ]);
    expect((await client.fetchAll(two)).map((each) => each.uid)).toEqual([1, 2]);
    await client.expunge(two, 1);
    expect((await client.fetchAll(two)).map((each) => each.uid)).toEqual([2]);
    await client.rename(two, "INBOX.Three");
    await client.unsubscribe(one);
    await client.delete(one);
    expect((await client.list()).map((each) => each.name).toSorted()).toEqual(["INBOX", "INBOX.Three"]);
    await expect(client.delete("INBOX.No")).rejects.toThrow(/NO \[NONEXISTENT]/);
  });

  it("take an untagged line at any time, and many commands at once", async () => {
    const server = await started(startDovecot());
    const [idle, other] = [await enter(server), await enter(server)];
    await idle.select("INBOX");
    idle.write("x IDLE\r\n");
    expect((await idle.line()).text).toBe("+ idling");
    await other.append("INBOX", letter);
    expect((await idle.line()).text).toBe("* 1 EXISTS");
    idle.write("DONE\r\n");
    for (let line = await idle.line(); !line.text.startsWith("x OK");) line = await idle.line();
    const replies = await Promise.all(["NOOP", "CHECK", "NOOP"].map((each) => idle.command(each)));
    expect(replies.map((each) => each.status)).toEqual(["OK", "OK", "OK"]);
  });
});
