/** Lists in CSV files, whose members stand in a file of their own. */
import { beforeEach, describe, expect, test } from "vitest";
import type { DirectoryChange } from "../../src/contract/endpoint.ts";
import { codeOf, creation, deletion, folderForEach, signalAfter, updating } from "./csv.ts";

const { files, get, open, put, read, write } = folderForEach();

describe("lists and their members", () => {
  const lists = "address,displayName\nsales@example.com,Sales\nit@example.com,IT\n";
  const members =
    "list,member,since\nsales@example.com,ana@example.com,2001\nit@example.com,bo@example.com,2002\nSales@example.com,cy@example.com,2003\n";
  beforeEach(async () => {
    await put("lists.csv", lists);
    await put("members.csv", members);
  });

  test("change in their own file: who goes, goes; who stays, stays as it was", async () => {
    await write("list", [updating("list", "sales@example.com", { members: ["cy@example.com", "dé@example.com"] })]);
    expect(await get("lists.csv")).toBe(lists);
    expect(await get("members.csv")).toBe(
      "list,member,since\nit@example.com,bo@example.com,2002\nSales@example.com,cy@example.com,2003\nsales@example.com,dé@example.com,\n",
    );
  });

  test("go together", async () => {
    await write("list", [deletion("list", "sales@example.com")]);
    expect(await get("lists.csv")).toBe("address,displayName\nit@example.com,IT\n");
    expect(await get("members.csv")).toBe("list,member,since\nit@example.com,bo@example.com,2002\n");
  });

  test("are renamed together", async () => {
    await write("list", [updating("list", "sales@example.com", {}, "sell@example.com")]);
    expect(await get("lists.csv")).toBe("address,displayName\nit@example.com,IT\nsell@example.com,Sales\n");
    expect(await get("members.csv")).toBe(
      "list,member,since\nsell@example.com,ana@example.com,2001\nit@example.com,bo@example.com,2002\nsell@example.com,cy@example.com,2003\n",
    );
  });

  test("are made anew where they were taken away in the same batch", async () => {
    const again = { ...creation("list", "sales@example.com", { members: ["ana@example.com"] }), key: "again" };
    await write("list", [deletion("list", "sales@example.com"), again]);
    expect(await get("lists.csv")).toBe("address,displayName\nit@example.com,IT\nsales@example.com,\n");
    expect((await read("list")).find(({ name }) => name === "sales@example.com")?.fields).toEqual({
      members: ["ana@example.com"],
    });
  });

  const whole = { displayName: "Whole", members: ["ana@example.com", "cy@example.com"] };
  const it = { displayName: "IT", members: ["bo@example.com"] };
  const sales = { displayName: "Sales", members: ["ana@example.com", "cy@example.com"] };
  const coming = creation("list", "new@example.com", whole);
  test.each<[string, readonly DirectoryChange[], Record<string, { displayName: string; members: string[] }>]>([
    ["comes", [coming], { "sales@example.com": sales, "it@example.com": it, "new@example.com": whole }],
    ["goes", [deletion("list", "sales@example.com")], { "it@example.com": it }],
    [
      "is renamed",
      [updating("list", "sales@example.com", whole, "sell@example.com")],
      { "it@example.com": it, "sell@example.com": whole },
    ],
    [
      "goes while one comes",
      [deletion("list", "it@example.com"), coming],
      { "sales@example.com": sales, "new@example.com": whole },
    ],
    [
      "goes and comes again",
      [deletion("list", "it@example.com"), { ...creation("list", "it@example.com", whole), key: "again" }],
      { "sales@example.com": sales, "it@example.com": whole },
    ],
    ["changes", [updating("list", "it@example.com", whole)], { "sales@example.com": sales, "it@example.com": whole }],
  ])("of a list that %s are mended by the next pass, wherever the writing was broken off", async (_, changes, want) => {
    const stay = Object.values(want)
      .flatMap((fields) => fields.members)
      .filter((member) => members.includes(member));
    let broken = 0;
    for (let looks = 0; ; looks += 1) {
      await put("lists.csv", lists);
      await put("members.csv", members);
      const { list } = (await open()).directory;
      const ended = await list?.write?.(changes as never, { signal: signalAfter(looks) }).catch(codeOf);
      // Reading faults on a member without a list. Whoever is to stay is in some list, whatever was reached.
      const left = new Map((await read("list")).map(({ name, fields }) => [name, fields as { members: string[] }]));
      expect([...left.values()].flatMap((fields) => fields.members)).toEqual(expect.arrayContaining(stay));
      expect(await files()).toEqual(["lists.csv", "members.csv"]);
      await write("list", [
        ...Object.entries(want).map(([name, fields]) => (left.has(name) ? updating : creation)("list", name, fields)),
        ...[...left.keys()].filter((name) => !(name in want)).map((name) => deletion("list", name)),
      ]);
      expect(Object.fromEntries((await read("list")).map(({ name, fields }) => [name, fields]))).toEqual(want);
      if (ended !== "run.interrupted") break;
      broken += 1;
    }
    expect(broken).toBeGreaterThan(2);
  });
});
