/** What is read of CSV files. */
import { rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { collect } from "../contract/collect.ts";
import { folderForEach, openFolder, options } from "./csv.ts";

const { at, open, put, read } = folderForEach();

describe("reading", () => {
  test("gives every column its field, in normal form", async () => {
    await put(
      "accounts.csv",
      "address,displayName,givenName,familyName,enabled,quota,class,forwardTo,keepCopy,recoveryEmail,recoveryMobile\n" +
        'Ana@Example.COM,"Ana ""A"" Ruiz, Dr.",Ana,Ruiz,yes,50GB,standard,z@x.example;B@x.example,no,ana@HOME.example,+49 170 1\n' +
        "bo@bücher.example,,,,,,,,,,\n",
    );
    await put(
      "lists.csv",
      "address,displayName,hidden,owners,senders\nsales@example.com,Sales,TRUE,bo@example.com ana@example.com,\n",
    );
    await put(
      "members.csv",
      "list,member\nSales@example.com,Bo@example.com\nsales@example.com,ana@example.com\nsales@example.com,bo@example.com\n",
    );
    await put("aliases.csv", "address,target\nInfo@example.com,ANA@example.com\n");
    expect(await read("account")).toMatchObject([
      {
        name: "ana@example.com",
        fields: {
          displayName: 'Ana "A" Ruiz, Dr.',
          givenName: "Ana",
          familyName: "Ruiz",
          enabled: true,
          quota: 53_687_091_200,
          class: "standard",
          forwarding: { to: ["b@x.example", "z@x.example"], keepCopy: false },
          recovery: { email: "ana@home.example", mobile: "+49 170 1" },
        },
      },
      { name: "bo@xn--bcher-kva.example", fields: {} },
    ]);
    expect((await read("account"))[1]?.fields).toEqual({});
    expect((await read("list")).map(({ name, fields }) => ({ name, fields }))).toEqual([
      {
        name: "sales@example.com",
        fields: {
          displayName: "Sales",
          hidden: true,
          owners: ["ana@example.com", "bo@example.com"],
          members: ["ana@example.com", "bo@example.com"],
        },
      },
    ]);
    expect((await read("alias")).map(({ name, fields }) => ({ name, fields }))).toEqual([
      { name: "info@example.com", fields: { target: "ana@example.com" } },
    ]);
  });

  test("takes a BOM, CRLF, any order of columns, any case of their names, blank lines and a last line without a break", async () => {
    await put(
      "accounts.csv",
      "\uFEFFNotes,DISPLAYNAME, Address \r\n\r\nx,Ana,ana@example.com\r\n,,\r\ny,Bo,bo@example.com",
    );
    expect(await read("account")).toMatchObject([
      { name: "ana@example.com", fields: { displayName: "Ana" }, attributes: { Notes: "x" } },
      { name: "bo@example.com", fields: { displayName: "Bo" }, attributes: { Notes: "y" } },
    ]);
  });

  test("finds the names that are longer than a piece of the stream", async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `person${index}@example.com,"Person, ${index}"\r\n`);
    await put("accounts.csv", `address,displayName\r\n${rows.join("")}`);
    const all = await read("account");
    expect(all.length).toBe(20_000);
    expect(all.at(-1)).toMatchObject({ name: "person19999@example.com", fields: { displayName: "Person, 19999" } });
  });

  test("takes an absent file as an empty kind, and an absent folder as a fault", async () => {
    expect(await read("account")).toEqual([]);
    await expect(openFolder(at("none"))).rejects.toMatchObject({
      code: "csv.missing",
      about: at("none"),
    });
    await put("file", "");
    await expect(openFolder(at("file"))).rejects.toMatchObject({ code: "csv.missing" });
    const endpoint = await open();
    await rm(at(), { recursive: true });
    await expect(collect(endpoint.directory.account?.read({}, options))).rejects.toMatchObject({ code: "csv.missing" });
  });

  test("takes an address as text, whatever a spreadsheet would make of it", async () => {
    await put("accounts.csv", `address,displayName\n=1@example.com,"=HYPERLINK(""x"")"\n+b@example.com,-2+3\n`);
    expect((await read("account")).map(({ name, fields }) => [name, fields])).toEqual([
      ["=1@example.com", { displayName: '=HYPERLINK("x")' }],
      ["+b@example.com", { displayName: "-2+3" }],
    ]);
  });

  test("shows a domain that has a row, or an address", async () => {
    await put("domains.csv", "domain,owner\nExample.com,it\n");
    await put("accounts.csv", "address\nana@example.com\nbo@other.example\nno address\n");
    await put("lists.csv", "address\nall@lists.example\n");
    await put("aliases.csv", "address,target\ninfo@alias.example,ana@example.com\n");
    expect((await read("domain")).map(({ name, attributes }) => [name, attributes])).toEqual([
      ["example.com", { owner: "it" }],
      ["other.example", undefined],
      ["lists.example", undefined],
      ["alias.example", undefined],
    ]);
  });

  test("keeps passwords to itself", async () => {
    await put("accounts.csv", "address,password,PasswordHash,room\nana@example.com,s3cret,h4sh,12\n");
    expect((await read("account"))[0]?.attributes).toEqual({ room: "12" });
    expect(JSON.stringify(await read("account"))).not.toMatch(/s3cret|h4sh/);
    for (const scope of [{ filter: { password: "s*" } }, { map: { displayName: "passwordHash" } }]) {
      await expect(read("account", scope)).rejects.toMatchObject({
        code: "csv.column",
        message: expect.stringContaining("holds secrets"),
      });
    }
  });
});

describe("filters and maps", () => {
  const people =
    "Mail,Full name,Department,Active\n" +
    "ana@example.com,Ana Ruiz,Sales,yes\n" +
    ",No mail,Sales,yes\n" +
    "bo@example.com,Bo Ek,IT,yes\n" +
    "nonsense,Cy,IT,perhaps\n";

  test("read the rows that fit, from the columns that are named", async () => {
    await put("accounts.csv", people);
    const map = { address: "mail", displayName: "full NAME", enabled: "active" };
    const seen = await read("account", { filter: { Department: "SALES", Mail: "*@*" }, map });
    expect(seen.map(({ name, fields, attributes }) => [name, fields, attributes])).toEqual([
      ["ana@example.com", { displayName: "Ana Ruiz", enabled: true }, { Department: "Sales" }],
    ]);
    await put("lists.csv", "group,people\nSales@example.com,ana@example.com; bo@example.com\n");
    expect((await read("list", { map: { address: "group", members: "people" } }))[0]?.fields).toEqual({
      members: ["ana@example.com", "bo@example.com"],
    });
  });

  test("name the nearest column where there is none of theirs", async () => {
    await put("accounts.csv", people);
    const map = { address: "Mail" };
    await expect(read("account", { map, filter: { Departement: "IT" } })).rejects.toMatchObject({
      code: "csv.column",
      message: 'accounts.csv has no column "Departement"',
      remedy: 'did you mean "Department"?',
    });
    await expect(read("account", { map: { address: "Maill" } })).rejects.toMatchObject({
      remedy: 'did you mean "Mail"?',
    });
    await expect(read("account", { map, filter: "(mail=*)" })).rejects.toMatchObject({ code: "csv.filter" });
  });
});
