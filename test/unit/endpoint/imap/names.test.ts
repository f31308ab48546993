import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNames, mailboxName } from "../../../../src/endpoint/imap/names.ts";
import { decodeName, encodeName } from "../../../../src/endpoint/imap/wire/name.ts";
import { holds } from "./seeded.ts";

const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("modified UTF-7", () => {
  it.each<[string, string]>([
    // RFC 3501, 5.1.3
    ["~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"],
    ["&Jjo-!", "☺!"],
    ["Entw&APw-rfe", "Entwürfe"],
    ["R&-D", "R&D"],
    ["&-&-", "&&"],
    ["&2D3eAA-", "😀"],
    ["&AAk-tab", "\ttab"],
    ["INBOX.Sent", "INBOX.Sent"],
  ])("%j is %j", (wire, name) => {
    expect(decodeName(wire, false)).toBe(name);
    expect(encodeName(name, false)).toBe(wire);
  });

  it.each([
    "R&D", // what is no UTF-7 at all
    "R&D-", // three characters of base 64 that are no UTF-16
    "&AGE-", // "a", which must not be encoded
    "&Jjo", // without its end
    "&AP-", // an octet alone
    "&U,BTFw-&ZeVnLIqe-", // two shifts in a row
    "&AP/8-", // "/" instead of ","
    "&2D0-", // half a surrogate pair
    "Caf\xe9", // ISO 8859-1
    "& -",
  ])("what is none stays as it is: %j", (wire) => {
    expect(decodeName(wire, false)).toBe(wire);
  });

  it("is not expected where names are UTF-8, by leave or without", () => {
    expect(decodeName(utf8("Entwürfe&-"), true)).toBe("Entwürfe&-");
    expect(encodeName("Entwürfe&-", true)).toBe(utf8("Entwürfe&-"));
    expect(decodeName(utf8("Entwürfe"), false)).toBe("Entwürfe");
  });

  it("comes back as it was, for every name", async () => {
    await holds(
      "names",
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.boolean(), (name, isUtf8) => {
        const wire = encodeName(name, isUtf8);
        expect(decodeName(wire, isUtf8)).toBe(name);
        expect(isUtf8 ? "" : wire).toMatch(/^[\x20-\x7e]*$/);
      }),
      1000,
    );
  });

  it("is a well-formed text, whatever the octets", async () => {
    const near = fc.stringMatching(/^[&A-Za-z0-9,+ -]{0,16}$/);
    const any = fc.uint8Array({ maxLength: 16 }).map((octets) => Buffer.from(octets).toString("latin1"));
    await holds(
      "octets as names",
      fc.property(fc.oneof(near, any), (wire) => {
        expect(decodeName(wire, false).isWellFormed()).toBe(true);
      }),
      2000,
    );
  });
});

const own = (names: ReturnType<typeof createNames>, ...ids: readonly string[]) => ids.map(names.isOwn);

const dot = { personal: { prefix: "INBOX.", separator: "." }, others: [] };
const slash = {
  personal: { prefix: "", separator: "/" },
  others: [
    { prefix: "Other Users/", separator: "/" },
    { prefix: "#shared/", separator: "/" },
  ],
};

describe("the folder names of a mailbox", () => {
  it("go back to the server as it wrote them", async () => {
    const any = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((octets) => Buffer.from(octets).toString("latin1"));
    const near = fc.stringMatching(/^[&A-Za-z0-9,-]{1,10}$/);
    await holds(
      "names of a mailbox",
      fc.property(fc.uniqueArray(fc.oneof(any, near), { maxLength: 8 }), (wires) => {
        const inboxes = wires.filter((wire) => /^inbox$/i.test(wire));
        const names = createNames(slash, false);
        const ids = wires.map((wire) => names.idOf(wire));
        expect(ids.map((id) => names.wireOf(id)).filter((wire) => !/^inbox$/i.test(wire))).toEqual(
          wires.filter((wire) => !/^inbox$/i.test(wire)),
        );
        // No two folders are one, but for the spellings of INBOX.
        expect(new Set(ids).size).toBe(wires.length - Math.max(0, inboxes.length - 1));
        expect(wires.map((wire) => names.idOf(wire))).toEqual(ids);
      }),
      1000,
    );
  });

  it("are told apart where two of the wire would read alike", () => {
    const names = createNames(slash, false);
    const ids = ["R&-D", "R&D", utf8("é"), "&AOk-"].map((wire) => names.idOf(wire));
    expect(new Set(ids).size).toBe(4);
    expect(ids.map((id) => names.wireOf(id))).toEqual(["R&-D", "R&D", utf8("é"), "&AOk-"]);
  });

  it("know INBOX in any case, and nothing else so", () => {
    const names = createNames(dot, false);
    expect(["INBOX", "inbox", "Inbox"].map(names.idOf)).toEqual(["INBOX", "INBOX", "INBOX"]);
    expect(names.idOf("INBOX.inbox")).toBe("INBOX.inbox");
    expect(names.idAt(["inbox"])).toBe("INBOX");
    expect(names.pathOf("INBOX")).toEqual(["INBOX"]);
  });

  it("lose the namespace's prefix as paths, and get it back", () => {
    const names = createNames(dot, false);
    expect(names.pathOf(names.idOf("INBOX.Entw&APw-rfe.alt"))).toEqual(["Entwürfe", "alt"]);
    expect(names.idAt(["Entwürfe", "alt"])).toBe("INBOX.Entwürfe.alt");
    expect(names.wireOf("INBOX.Entwürfe.alt")).toBe("INBOX.Entw&APw-rfe.alt");
    expect(createNames(slash, false).pathOf("inbox/a")).toEqual(["INBOX", "a"]);
    expect(createNames({ personal: { prefix: "", separator: "" }, others: [] }, false).pathOf("a/b.c")).toEqual([
      "a/b.c",
    ]);
  });

  it("are made of composed characters as paths", () => {
    expect(createNames(slash, false).pathOf("Cafe\u0301")).toEqual(["Caf\u00e9"]);
  });

  it("are the owner's own, or another's", () => {
    expect(
      own(createNames(slash, false), "INBOX", "a/b", "Other Users", "Other Users/bo", "#shared/x", "Other Users2"),
    ).toEqual([true, true, false, false, false, true]);
    expect(own(createNames(dot, false), "INBOX", "INBOX.a", "user.bo", "INBOXes")).toEqual([true, true, false, false]);
  });

  it("are quoted where they must be UTF-8", () => {
    expect(mailboxName(utf8('a "é'), true)).toBe(utf8('"a \\"é"'));
    expect(mailboxName("a b", false)).toBe('"a b"');
  });
});
