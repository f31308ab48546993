/** CSV files that are wrong, or read while somebody writes them, and how a check tells of them. */
import { chmod } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";
import { creation, folderForEach, options } from "./csv.ts";

const { at, files, get, open, put, read, write } = folderForEach();

describe("a file that is wrong", () => {
  const header = "address,displayName,enabled,quota,forwardTo,recoveryEmail";
  test.each([
    ["no header", "accounts.csv", "", ["accounts.csv:1: there is no header"]],
    [
      "a misspelt header",
      "accounts.csv",
      "adress,x\n",
      ['accounts.csv:1: there is no column address; did you mean "adress"?'],
    ],
    ["semicolons", "accounts.csv", "address;x\n", ["parted by semicolons and must be parted by commas"]],
    ["a column twice", "accounts.csv", "address,Address\n", ["accounts.csv:1: the column address is there twice"]],
    [
      "wrong cells, all at once",
      "accounts.csv",
      `${header}\n"ana@example.com","two\r\nlines",yes,,,\nb,,,,,\n,x,,,,\nc@x.example,,perhaps,,,\nd@x.example,,,much,,\ne@x.example,,,,f@x.example g,\nh@x.example,,,,,i\n`,
      [
        'accounts.csv:4: column address: "b" is no mail address',
        "accounts.csv:5: column address: the cell is empty",
        'accounts.csv:6: column enabled: "perhaps" is neither true nor false',
        'accounts.csv:7: column quota: "much" is no size such as 50GB',
        'accounts.csv:8: column forwardTo: "g" is no mail address',
        'accounts.csv:9: column recoveryEmail: "i" is no mail address',
      ],
    ],
    [
      "a row too short",
      "accounts.csv",
      `${header}\nana@example.com,Ana\n`,
      ["accounts.csv:2: column 3: the row has 2 cells and the header 6"],
    ],
    [
      "a row too long",
      "accounts.csv",
      "address\nana@example.com,Ana\n",
      ["accounts.csv:2: column 2: the row has 2 cells and the header 1"],
    ],
    [
      "an address twice",
      "accounts.csv",
      "address\nana@example.com\nbo@example.com\nANA@example.com\n",
      ["accounts.csv:4: ana@example.com is there already, on line 2"],
    ],
    [
      "a quote amid a cell",
      "accounts.csv",
      'address\nana@example.com\nb"o@example.com\n',
      ["accounts.csv:3: there is a quote"],
    ],
    [
      "text after a quote",
      "accounts.csv",
      'address,x\nana@example.com,"a"b\n',
      ["accounts.csv:2: a closing quote is followed by more"],
    ],
    [
      "a member of no list",
      "members.csv",
      "list,member\nsales@example.com,ana@example.com\n",
      ["members.csv:2: column list: sales@example.com is no list of lists.csv"],
    ],
    [
      "a member that is none",
      "members.csv",
      "list,member\nsales@example.com,ana\n",
      ['members.csv:2: column member: "ana" is no mail address'],
    ],
    [
      "a target that is none",
      "aliases.csv",
      "address,target\na@x.example,b\n",
      ['aliases.csv:2: column target: "b" is no mail address'],
    ],
  ])("(%s) is told by line and column", async (_, file, text, lines) => {
    await put(file, text);
    const kind = file.startsWith("a") ? (file === "aliases.csv" ? "alias" : "account") : "list";
    const fault = await read(kind).catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ code: "csv.invalid", about: at(file), spoils: "endpoint" });
    const told = String((fault as Error).message).split("\n");
    expect(told).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) expect(told[index]).toContain(line);
    expect(await get(file)).toBe(text);
  });

  test("is not written to either", async () => {
    const text = "address,quota\nana@example.com,much\n";
    await put("accounts.csv", text);
    await expect(write("account", [creation("account", "bo@example.com", {})])).rejects.toMatchObject({
      code: "csv.invalid",
    });
    expect(await get("accounts.csv")).toBe(text);
    expect(await files()).toEqual(["accounts.csv"]);
  });

  test("because it is in another encoding is told with the line", async () => {
    await put(
      "accounts.csv",
      Buffer.from("address,displayName\nana@example.com,Ana\nbo@example.com,J\u00f6rg\n", "latin1"),
    );
    await expect(read("account")).rejects.toMatchObject({
      code: "csv.invalid",
      message: "accounts.csv:3: this is not UTF-8",
    });
    await put("accounts.csv", Buffer.concat([Buffer.from("address\nana@example.com\n"), Buffer.from([0xc3])]));
    await expect(read("account")).rejects.toMatchObject({ code: "csv.invalid" });
  });

  test("because it ends inside a quote was not read to its end", async () => {
    await put("accounts.csv", 'address,displayName\nana@example.com,Ana\nbo@example.com,"Bo\ncy@example.com,Cy\n');
    await expect(read("account")).rejects.toMatchObject({
      code: "read.incomplete",
      message: "accounts.csv ends inside a quote that opens in the row at line 3",
    });
  });

  test("because somebody writes it meanwhile was not read to its end", async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => `person${index}@example.com\n`).join("");
    await put("accounts.csv", `address\n${rows}`);
    const reading = (await open()).directory.account?.read({}, options)[Symbol.asyncIterator]();
    await reading?.next();
    await put("accounts.csv", `address\n${rows}late@example.com\n`);
    const rest = collect({ [Symbol.asyncIterator]: () => reading as AsyncIterator<Observed> });
    await expect(rest).rejects.toMatchObject({ code: "read.incomplete" });
  });

  test("because members move while lists are read was not read to its end", async () => {
    await put("lists.csv", "address\na@example.com\nb@example.com\n");
    await put("members.csv", "list,member\na@example.com,x@example.com\n");
    const reading = (await open()).directory.list?.read({}, options)[Symbol.asyncIterator]();
    await reading?.next();
    await put("members.csv", "list,member\na@example.com,x@example.com\nb@example.com,x@example.com\n");
    const rest = collect({ [Symbol.asyncIterator]: () => reading as AsyncIterator<Observed> });
    await expect(rest).rejects.toMatchObject({ code: "read.incomplete" });
  });
});

const check = async () =>
  collect((await open()).check({ use: "source", mailboxes: [], seen: () => undefined }, options));

describe("a check", () => {
  test("counts the rows of every file", async () => {
    await put("accounts.csv", "address,password\nana@example.com,x\nbo@example.com,y\n");
    await chmod(at("accounts.csv"), 0o600);
    await put("aliases.csv", "address,target\ninfo@example.com,ana@example.com\n");
    const findings = await check();
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    const counts = findings.filter(({ code }) => code === "csv.rows").map(({ detail }) => detail);
    expect(counts).toEqual([
      { kind: "domain", count: 1 },
      { kind: "account", count: 2 },
      { kind: "list", count: 0 },
      { kind: "alias", count: 1 },
    ]);
  });

  test("tells of a wrong file, a misspelt column, an address in two files and what a crash left behind", async () => {
    await put("accounts.csv", "address,displyName\nana@example.com,x\n");
    await put("aliases.csv", "address,target\nana@example.com,bo@example.com\n");
    await put("lists.csv", "address\nnonsense\n");
    await put(".accounts.csv.0123456789ab.tmp", "");
    const told = (await check())
      .filter(({ severity }) => severity !== "info")
      .map(({ code, message }) => [code, message]);
    expect(told).toEqual([
      ["csv.column", 'The column "displyName" is not used; did you mean displayName?'],
      ["csv.invalid", 'lists.csv:2: column address: "nonsense" is no mail address'],
      ["csv.twice", "The address stands in two files"],
      ["csv.leftover", "A write was interrupted here"],
    ]);
  });
});
