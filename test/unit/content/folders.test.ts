import { describe, expect, it } from "vitest";
import { folderMatcher, routeFolders } from "../../../src/content/folders.ts";
import type { Naming, Place, Role } from "../../../src/model/item.ts";

const open: Naming = { illegal: "", foldsCase: false, maxPart: 255 };

function place(path: string, role?: Role): Place {
  return {
    id: path,
    path: path.split("/"),
    selectable: true,
    marks: "any",
    neverRemoved: true,
    ...(role === undefined ? {} : { role }),
  };
}

function routes(
  sources: readonly Place[],
  destinations: readonly Place[],
  rules = {},
  naming = open,
): Record<string, string> {
  return Object.fromEntries(
    routeFolders(sources, destinations, rules, naming, new Map()).map((route) => [
      route.source.id,
      route.path.join("/"),
    ]),
  );
}

describe("folder patterns", () => {
  it.each([
    ["Trash", "Trash", true],
    ["Trash", "Trash/2019", false],
    ["Junk/**", "Junk", true],
    ["Junk/**", "Junk/a/b", true],
    ["Junk/**", "Junk2", false],
    ["*/Old", "A/Old", true],
    ["*/Old", "A/B/Old", false],
    ["inbox", "INBOX", true],
    ["a.b", "axb", false],
  ])("%s on %s: %s", (pattern, path, matches) => {
    expect(folderMatcher(pattern)(path.split("/")) !== undefined).toBe(matches);
  });
});

describe("routes", () => {
  it("keep names, map what is mapped, and leave out what is excluded or cannot be selected", () => {
    const parent = { ...place("Parent"), selectable: false };
    expect(
      routes(
        [place("INBOX", "inbox"), place("Work"), place("Old/a"), place("Spam"), parent],
        [place("INBOX", "inbox")],
        { map: { "Old/**": "Archive/Old/**" }, exclude: ["Spam"] },
      ),
    ).toEqual({
      INBOX: "INBOX",
      Work: "Work",
      "Old/a": "Archive/Old/a",
    });
  });

  it("take only what is asked for, less what is excluded", () => {
    const sources = [
      place("Inbox", "inbox"),
      place("Work"),
      place("Work/2025"),
      place("Work/2024"),
      place("Sent", "sent"),
    ];
    const taken = (rules: object) => Object.keys(routes(sources, [], rules));
    expect(taken({ only: ["INBOX"] })).toEqual(["Inbox"]);
    expect(taken({ only: ["Work/**"], exclude: ["Work/2024"] }).toSorted()).toEqual(["Work", "Work/2025"]);
    expect(taken({ only: ["None"] })).toEqual([]);
    expect(taken({})).toHaveLength(sources.length);
  });

  it("match roles whatever the name, unless told otherwise", () => {
    const sent = place("Gesendet", "sent");
    expect(routes([sent], [place("Sent", "sent")])).toEqual({ Gesendet: "Sent" });
    expect(routes([sent], [place("Sent", "sent")], { specialUse: false })).toEqual({ Gesendet: "Gesendet" });
    expect(routes([sent], [place("Sent", "sent")], { map: { Gesendet: "Mine" } })).toEqual({ Gesendet: "Mine" });
  });

  it("treat INBOX in any case as one", () => {
    expect(routes([place("Inbox")], [place("INBOX", "inbox")])).toEqual({ Inbox: "INBOX" });
  });

  it("change what the destination cannot hold, and keep apart what it cannot tell apart", () => {
    const narrow: Naming = { illegal: "/", foldsCase: true, maxPart: 20 };
    const slash: Place = { ...place("x"), id: "a/b", path: ["a/b"] };
    const long = place("L".repeat(40));
    const found = routes([slash, place("Work"), place("work"), long], [], {}, narrow);
    expect(found["a/b"]).toBe("a_b");
    expect(found["Work"]).toBe("Work");
    expect(found["work"]).toMatch(/^work~[0-9a-f]{6}$/);
    expect(found[long.id]).toMatch(/^L{13}~[0-9a-f]{6}$/);
  });

  describe("of places that show what is elsewhere, or somebody else's", () => {
    const optional = (path: string, role?: Role): Place => ({ ...place(path, role), optional: true });
    const gmail = [place("INBOX", "inbox"), place("[Gmail]/Sent Mail", "sent"), optional("[Gmail]/All Mail")];

    it.each([
      ["none", {}, {}],
      ["one with their name", { "[Gmail]/All Mail": "All" }, { "[Gmail]/All Mail": "All" }],
      ["one that was written for ordinary folders", { "[Gmail]/**": "Google" }, {}],
      ["one that fits anything", { "*": "All", "*/**": "All/**" }, {}],
    ])("follow no map but their own: %s", (_, map, expected) => {
      const found = routes(gmail, [], { map });
      const { INBOX, "[Gmail]/Sent Mail": sent, ...others } = found;
      expect(others).toEqual(expected);
      expect([INBOX, sent]).not.toContain(undefined);
    });

    it("are named by a pattern that fits no other", () => {
      const shared = [place("INBOX", "inbox"), optional("Shared/Sales"), optional("Shared/Press/2024")];
      expect(routes(shared, [], { map: { "Shared/**": "Ours/**" } })).toEqual({
        INBOX: "INBOX",
        "Shared/Sales": "Ours/Sales",
        "Shared/Press/2024": "Ours/Press/2024",
      });
      expect(routes(shared, [], { map: { "Shared/**": "Ours/**" }, exclude: ["Shared/Press/**"] })).toEqual({
        INBOX: "INBOX",
        "Shared/Sales": "Ours/Sales",
      });
    });

    it("take no mail by their role", () => {
      const sent = place("Gesendet", "sent");
      expect(routes([sent], [optional("Users/bo/Sent", "sent")])).toEqual({ Gesendet: "Gesendet" });
    });
  });

  it("merge only what is declared to merge", () => {
    expect(routes([place("A"), place("B")], [], { map: { A: "X", B: "X" } })).toEqual({ A: "X", B: "X" });
  });
});
