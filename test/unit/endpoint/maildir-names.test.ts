/** A folder's names as they are packed, against what plain objects make of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MessageFile, parseFile } from "../../../src/endpoint/archive/maildir/info.ts";
import { createNames, idsOf, joined, type Messages } from "../../../src/endpoint/archive/maildir/names.ts";

const octet = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const name = fc.oneof(
  fc.tuple(fc.stringMatching(/^[ab1]{1,3}$/u), fc.constantFrom("", ":2,", ":2,S", ";2,F", "!1,x", ":2,FS,extra")),
  fc.tuple(
    fc.array(octet, { minLength: 1, maxLength: 250 }).map((all) => all.join("")),
    fc.constantFrom("", ":2,S"),
  ),
);
const file = fc.record({
  folder: fc.constantFrom("new" as const, "cur" as const),
  file: name.map((parts) => parts.join("")),
});

/** Keeps the first under the name itself, and numbers the others. */
const number = async (alike: readonly MessageFile[]) =>
  new Map(alike.map((each, at) => [at === 0 ? each.unique : `${each.unique}/${at}`, each]));

function pack(files: readonly { readonly folder: "new" | "cur"; readonly file: string }[]): Promise<Messages> {
  const names = createNames();
  for (const each of files) names.add(each.folder, each.file);
  return names.messages(number);
}

describe("names of a maildir's folder", () => {
  it("are the messages that plain objects would be, in the order of their ids", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 400 }), async (files) => {
        const groups = Map.groupBy(
          files.map((each) => parseFile(each.folder, each.file)),
          ({ unique }) => unique,
        );
        const wanted = new Map((await Promise.all([...groups.values()].map(number))).flatMap((all) => [...all]));
        const messages = await pack(files);
        const ids = [...idsOf(messages)];
        expect(ids.toSorted()).toEqual([...wanted.keys()].toSorted());
        expect(new Map(ids.map((id) => [id, messages.find(id)]))).toEqual(
          new Map(ids.map((id) => [id, wanted.get(id)])),
        );
        const single = [...groups].filter(([, all]) => all.length === 1).map(([unique]) => unique);
        expect(ids.slice(0, single.length)).toEqual(single.toSorted());
      }),
    );
  });

  it("are found by the whole id alone", async () => {
    const messages = await pack([{ folder: "cur", file: "10.a:2,S" }]);
    expect(messages.find("10.a")?.letters).toBe("S");
    // "\u0131" and "1" share their low octet.
    for (const id of ["", "1", "10.", "10.a:", "10.b", "\u01310.a"]) expect(messages.find(id)).toBeUndefined();
  });

  it("may be joined by others", async () => {
    const other = parseFile("new", "20.b");
    const messages = joined(await pack([{ folder: "cur", file: "10.a:2,S" }]), new Map([["20.b", other]]));
    expect([...idsOf(messages)]).toEqual(["10.a", "20.b"]);
    expect(messages.find("20.b")).toBe(other);
    expect([...idsOf(messages, 1, 9)]).toEqual(["20.b"]);
  });

  it("are never taken for gone once their memory was given back", async () => {
    const messages = await pack([{ folder: "cur", file: "10.a:2,S" }]);
    messages.free();
    expect(() => messages.find("10.a")).toThrow(TypeError);
    expect(() => [...idsOf(messages)]).toThrow(TypeError);
  });
});
