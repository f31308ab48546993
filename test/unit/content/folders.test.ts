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

  it("merge only what is declared to merge", () => {
    expect(routes([place("A"), place("B")], [], { map: { A: "X", B: "X" } })).toEqual({ A: "X", B: "X" });
  });
});
