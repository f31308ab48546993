import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DirectoryChange, Endpoint, NewPassword, Outcome, Scope } from "../../src/contract/endpoint.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Want } from "../../src/model/plan.ts";
import type { Observed } from "../../src/model/resource.ts";
import type { CsvEndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { handlerContract } from "../contract/handler.ts";

type Profile = NonNullable<CsvEndpointSpec["profile"]>;

const options = { signal: new AbortController().signal };
const surroundings = { secret: async () => "", clock: systemClock, signal: options.signal, emit: () => {} };
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "csv-"));
const openAs = (path: string, profile: Profile, domain = "example.com"): Promise<Endpoint> =>
  openEndpoint("people", { type: "csv", path, profile, domain }, surroundings);

async function underTest<K extends DirectoryKind>(profile: Profile, kind: K) {
  const root = await newFolder();
  const reopen = async () => {
    const handler = (await openAs(root, profile)).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  return { root, handler: await reopen(), reopen, close: () => rm(root, { recursive: true }) };
}

for (const profile of ["cloudm", "carbonio", "skyconnect"] as const)
  handlerContract(`csv:${profile}`, "account", () => underTest(profile, "account"));
handlerContract("csv:carbonio", "list", () => underTest("carbonio", "list"));

/** SkyConnect's lists and aliases stand in the rows of accounts, which must be there. */
async function besideAccounts<K extends DirectoryKind>(kind: K) {
  const made = await underTest("skyconnect", kind);
  await writeFile(join(made.root, "users-1.csv"), "username,memberof,mithialias\nana,,\n");
  await writeFile(join(made.root, "users-2.csv"), "username,classofservice\nbo,staff\n");
  return made;
}
const namesBeside = ["l1@example.com", "l2@example.com", "l3.x@example.com", "dé-l@example.com"] as const;
handlerContract("csv:skyconnect", "list", () => besideAccounts("list"), {
  names: namesBeside,
  full: { members: ["ana@example.com", "bo@example.com"] },
  other: { members: ["bo@example.com"] },
});
handlerContract("csv:skyconnect", "alias", () => besideAccounts("alias"), {
  names: namesBeside,
  full: { target: "ana@example.com" },
  other: { target: "bo@example.com" },
});

let folder: string;
beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (file: string, text: string | Buffer): Promise<void> => writeFile(join(folder, file), text);
const get = (file: string): Promise<string> => readFile(join(folder, file), "utf8");
const files = async (): Promise<string[]> => (await readdir(folder)).toSorted();
const modeOf = async (file: string): Promise<number> => (await stat(join(folder, file))).mode & 0o777;

async function read(profile: Profile, kind: DirectoryKind = "account", scope: Scope = {}): Promise<Observed[]> {
  const handler = (await openAs(folder, profile)).directory[kind];
  return collect(handler?.read(scope, options) as AsyncIterable<Observed>);
}

async function write(
  profile: Profile,
  kind: DirectoryKind,
  changes: readonly DirectoryChange[],
): Promise<readonly Outcome[]> {
  const handler = (await openAs(folder, profile)).directory[kind];
  return (await handler?.write?.(changes as never, options)) ?? [];
}

const wanted = (kind: DirectoryKind, name: string, fields: Record<string, Json>): Want =>
  ({ kind, name, address: addressOf(kind, name), labels: {}, fields }) as Want;

function creation(
  kind: DirectoryKind,
  name: string,
  fields: Record<string, Json>,
  password?: Partial<NewPassword>,
): DirectoryChange {
  return {
    key: name,
    act: "create",
    want: wanted(kind, name, fields),
    precondition: { absent: true },
    ...(password === undefined ? {} : { password: { from: "secret", value: "", mustChange: false, ...password } }),
  };
}

function updating(name: string, fields: Record<string, Json>, to = name): DirectoryChange {
  return {
    key: name,
    act: "update",
    want: wanted("account", to, fields),
    was: { kind: "account", name, fields: {} },
    fields: Object.entries(fields).map(([field, value]) => ({ field, to: value })),
    precondition: { none: true },
  };
}

const plain = (observed: readonly Observed[]) =>
  observed.map(({ name, fields, source }) => ({ name, fields, ...(source === undefined ? {} : { source }) }));

async function findings(profile: Profile): Promise<readonly (readonly [string, string])[]> {
  const endpoint = await openAs(folder, profile);
  const request = { use: "source", owners: [], questions: [] } as never;
  return (await collect(endpoint.check(request, options))).map(({ code, message }) => [code, message] as const);
}

describe("cloudm", () => {
  test("names both users of a row, and whether its mail is taken", async () => {
    await put(
      "users.csv",
      "\uFEFFMigrate,ExportObjectType,ImportObjectType,ExportName,ImportName,GivenName,FamilyName,Password,ArchivePath,DocumentsPath,MigrateMail,MigrateContacts\r\n" +
        'True,User,User,ana@old.example,ana.ruiz@example.com,Ana,"Ruiz, Dr. ""A""",s3cret,,,True,True\r\n' +
        "True,User,User,bo@old.example,bo,Bo,Ék,,,,False,True\r\n" +
        "False,User,User,cy@old.example,cy@example.com,,,,,,True,True\r\n" +
        "True,User,User,,di@example.com,,,,,,,\r\n",
    );
    const rows = await read("cloudm");
    expect(plain(rows)).toEqual([
      {
        name: "ana.ruiz@example.com",
        fields: { givenName: "Ana", familyName: 'Ruiz, Dr. "A"' },
        source: { user: "ana@old.example" },
      },
      { name: "bo@example.com", fields: { givenName: "Bo", familyName: "Ék" }, source: false },
      { name: "cy@example.com", fields: {}, source: false },
      { name: "di@example.com", fields: {} },
    ]);
    expect(JSON.stringify(rows)).not.toContain("s3cret");
    expect((await read("cloudm", "account", { filter: { Migrate: "false" } })).map(({ name }) => name)).toEqual([
      "cy@example.com",
    ]);
  });

  test("writes what CloudM documents, and keeps source, columns and octets that it does not change", async () => {
    await write("cloudm", "account", [
      creation("account", "ana@example.com", { givenName: 'A"na', familyName: "Ruiz, jr" }),
    ]);
    expect(await get("users.csv")).toBe(
      "Migrate,ExportName,ImportName,GivenName,FamilyName,Password,MigrateMail\n" +
        'True,ana@example.com,ana@example.com,"A""na","Ruiz, jr",,True\n',
    );
    await put(
      "users.csv",
      'Migrate,ExportName,ImportName,Priority,GivenName\r\nTrue,ana@old.example,ana@example.com,True,Ana\r\n"True",bo@old.example,bo@example.com,False,Bo\r\n',
    );
    await write("cloudm", "account", [updating("ana@example.com", { givenName: "Anna" }, "anna@example.com")]);
    expect(await get("users.csv")).toBe(
      'Migrate,ExportName,ImportName,Priority,GivenName\r\nTrue,ana@old.example,anna@example.com,True,Anna\r\n"True",bo@old.example,bo@example.com,False,Bo\r\n',
    );
  });

  test("names a wrong row by file, line and column", async () => {
    await put(
      "users.csv",
      'Migrate,ExportName,ImportName,GivenName\nTrue,a@x.example,a@x.example,"A\nB"\nperhaps,b@x.example,not an address,B\n',
    );
    await expect(read("cloudm")).rejects.toMatchObject({
      code: "csv.invalid",
      message:
        'users.csv:4: column ImportName: "not an address" is no mail address\nusers.csv:4: column Migrate: "perhaps" is neither true nor false',
    });
  });
});

describe("carbonio", () => {
  test("reads and writes its columns", async () => {
    await write("carbonio", "account", [
      creation(
        "account",
        "ana@example.com",
        { displayName: 'Änne, "A"', givenName: "Änne", familyName: "Ruiz", recovery: { email: "a@home.example" } },
        { value: 'p,"w' },
      ),
    ]);
    await write("carbonio", "list", [
      creation("list", "sales@example.com", { displayName: "Sales", members: ["ana@example.com", "x@y.example"] }),
    ]);
    expect(await get("accounts.csv")).toBe(
      "email,password,givenName,sn,displayName,recovery_address\n" +
        'ana@example.com,"p,""w",Änne,Ruiz,"Änne, ""A""",a@home.example\n',
    );
    expect(await get("lists.csv")).toBe(
      "address,Description,Name,members\nsales@example.com,,Sales,ana@example.com x@y.example\n",
    );
    expect(JSON.stringify(await read("carbonio"))).not.toContain("p,");
    expect(plain(await read("carbonio", "list"))).toEqual([
      { name: "sales@example.com", fields: { displayName: "Sales", members: ["ana@example.com", "x@y.example"] } },
    ]);
  });

  test("says what it cannot hold: kinds, fields and parts", async () => {
    const { directory } = await openAs(folder, "carbonio");
    expect(Object.keys(directory).toSorted()).toEqual(["account", "list"]);
    expect([...(directory.account?.fields ?? [])].toSorted()).toEqual([
      "displayName",
      "familyName",
      "givenName",
      "recovery",
    ]);
    expect(directory.account?.parts).toEqual({ recovery: ["email"] });
  });

  test("keeps a list's description", async () => {
    await put(
      "lists.csv",
      'address,Description,Name,members\ns@example.com,"All, of us",S,a@example.com;b@example.com\n',
    );
    await write("carbonio", "list", [
      {
        key: "s",
        act: "update",
        want: wanted("list", "s@example.com", { members: ["c@example.com"] }),
        was: { kind: "list", name: "s@example.com", fields: {} },
        fields: [{ field: "members", to: ["c@example.com"] }],
        precondition: { none: true },
      },
    ]);
    expect(await get("lists.csv")).toBe(
      'address,Description,Name,members\ns@example.com,"All, of us",S,c@example.com\n',
    );
  });
});

describe("skyconnect", () => {
  const header =
    "username,firstname,lastname,displayname,mithialias,alternateemailaddress,classofservice,accountstatus,memberof\n";

  test("writes user names, status words and the class, and keeps joined values", async () => {
    await write("skyconnect", "account", [
      creation("account", "ana@example.com", {
        displayName: "Ana Ruiz",
        givenName: "Ana",
        familyName: "Ruiz",
        enabled: false,
        class: "staff",
        recovery: { email: "a@home.example" },
      }),
    ]);
    expect(await get("users-1.csv")).toBe(`${header}ana,Ana,Ruiz,Ana Ruiz,,a@home.example,staff,disabled,\n`);
    await put("users-1.csv", `${header}ana,Ana,,,a1@example.com**a2@example.com,,staff,Active,g1**g2\n`);
    await write("skyconnect", "account", [updating("ana@example.com", { familyName: "Ek" })]);
    expect(await get("users-1.csv")).toBe(`${header}ana,Ana,Ek,,a1@example.com**a2@example.com,,staff,Active,g1**g2\n`);
    expect(plain(await read("skyconnect"))).toEqual([
      { name: "ana@example.com", fields: { givenName: "Ana", familyName: "Ek", enabled: true, class: "staff" } },
    ]);
  });

  test("parts rows into files of a hundred, fills gaps, and reads them as one", async () => {
    const names = Array.from({ length: 250 }, (_, index) => `p${index}@example.com`);
    await write(
      "skyconnect",
      "account",
      names.map((name) => creation("account", name, { class: "staff" })),
    );
    expect(await files()).toEqual(["users-1.csv", "users-2.csv", "users-3.csv"]);
    const counts = await Promise.all(
      (await files()).map(async (file) => parse(await get(file), { columns: true }).length),
    );
    expect(counts).toEqual([100, 100, 50]);
    expect((await read("skyconnect")).map(({ name }) => name)).toEqual(names);
    const was = { kind: "account", name: "p7@example.com", fields: {} } as const;
    await write("skyconnect", "account", [{ key: "d", act: "delete", was, precondition: { none: true } }]);
    const third = await get("users-3.csv");
    await write("skyconnect", "account", [creation("account", "new@example.com", { class: "staff" })]);
    expect(await get("users-1.csv")).toContain("\nnew,");
    expect(await get("users-3.csv")).toBe(third);
  });

  test("reads files in the order of their numbers, and tells of a name that stands in two", async () => {
    for (const [number, name] of [
      [10, "j"],
      [9, "i"],
      [1, "a"],
    ] as const)
      await put(`users-${number}.csv`, `username,classofservice\n${name},c\n`);
    await put("users-x.csv", "anything\n");
    expect((await read("skyconnect")).map(({ name }) => name)).toEqual([
      "a@example.com",
      "i@example.com",
      "j@example.com",
    ]);
    await put("users-10.csv", "username,classofservice\n\na,c\n");
    const fault = {
      code: "csv.invalid",
      message: "users-10.csv:3: a@example.com is there already, on line 2 of users-1.csv",
    };
    await expect(read("skyconnect")).rejects.toMatchObject(fault);
    await expect(write("skyconnect", "account", [creation("account", "z@example.com", {})])).rejects.toMatchObject(
      fault,
    );
  });

  test("refuses a name of another domain, before and at writing, and writes its neighbours", async () => {
    const handler = (await openAs(folder, "skyconnect")).directory.account;
    const assessed = handler?.assess(wanted("account", "x@other.example", { class: "c" }) as Want<"account">) ?? [];
    expect(assessed).toMatchObject([{ code: "csv.name", severity: "error" }]);
    const outcomes = await write("skyconnect", "account", [
      creation("account", "x@other.example", {}),
      creation("account", "y@example.com", {}),
    ]);
    expect(outcomes).toMatchObject([{ fault: { code: "csv.name" } }, { observed: { name: "y@example.com" } }]);
    await put("users-1.csv", "username\nx@other.example\n");
    await expect(read("skyconnect")).rejects.toMatchObject({
      message: expect.stringMatching(/^users-1\.csv:2: column username/u),
    });
  });

  test("reads and writes aliases and lists in the rows of their accounts", async () => {
    await put(
      "users-1.csv",
      `${header}ana,Ana,,,info@example.com**a2@other.example,,staff,Active,sales**all@example.com\n`,
    );
    await put("users-2.csv", `${header}bo,Bo,,,,,staff,,all\ncy,,,,,,staff,,\n`);
    expect(plain(await read("skyconnect", "alias"))).toEqual([
      { name: "info@example.com", fields: { target: "ana@example.com" } },
      { name: "a2@other.example", fields: { target: "ana@example.com" } },
    ]);
    expect(plain(await read("skyconnect", "list"))).toEqual([
      { name: "sales@example.com", fields: { members: ["ana@example.com"] } },
      { name: "all@example.com", fields: { members: ["ana@example.com", "bo@example.com"] } },
    ]);
    const [first] = await read("skyconnect");
    const all = (await read("skyconnect", "list"))[1] as Observed;
    await write("skyconnect", "list", [
      {
        key: "u",
        act: "update",
        want: wanted("list", "all@example.com", { members: ["bo@example.com", "cy@example.com"] }),
        was: all,
        fields: [{ field: "members", to: ["bo@example.com", "cy@example.com"] }],
        precondition: { none: true },
      },
    ]);
    await write("skyconnect", "alias", [creation("alias", "cyril@example.com", { target: "cy@example.com" })]);
    expect(await get("users-1.csv")).toBe(
      `${header}ana,Ana,,,info@example.com**a2@other.example,,staff,Active,sales@example.com\n`,
    );
    expect(await get("users-2.csv")).toBe(
      `${header}bo,Bo,,,,,staff,,all\ncy,,,,cyril@example.com,,staff,,all@example.com\n`,
    );
    expect((await read("skyconnect"))[0]?.revision).toBe(first?.revision);
  });

  test("refuses lists without members, members without a row, and names that the joining would break", async () => {
    await put("users-1.csv", `${header}ana,,,,,,staff,,\n`);
    const { directory } = await openAs(folder, "skyconnect");
    const codes = [
      ["l@example.com", [], "csv.empty"],
      ["l@example.com", ["x@other.example"], "csv.member"],
      ["a**b@example.com", ["ana@example.com"], "csv.name"],
    ] as const;
    for (const [name, members, code] of codes) {
      const found = directory.list?.assess(wanted("list", name, { members: [...members] }) as Want<"list">);
      expect(found).toMatchObject([{ code, severity: "error" }]);
      const outcomes = await write("skyconnect", "list", [creation("list", name, { members: [...members] })]);
      expect(outcomes).toMatchObject([{ fault: { code } }]);
    }
    const lost = creation("list", "l@example.com", { members: ["ana@example.com", "nobody@example.com"] });
    expect(await write("skyconnect", "list", [lost])).toMatchObject([{ fault: { code: "csv.member" } }]);
    expect(await get("users-1.csv")).toBe(`${header}ana,,,,,,staff,,\n`);
    expect([...(directory.list?.fields ?? [])]).toEqual(["members"]);
  });

  test("names what is wrong in a joined cell, an alias at two accounts, and a filter on lists", async () => {
    await put("users-1.csv", `${header}ana,,,,a@example.com**not one,,staff,,\n`);
    await expect(read("skyconnect", "alias")).rejects.toMatchObject({
      code: "csv.invalid",
      message: 'users-1.csv:2: column mithialias: "not one" is no mail address',
    });
    await put("users-1.csv", `${header}ana,,,,i@example.com,,staff,,\nbo,,,,I@example.com,,staff,,\n`);
    await expect(read("skyconnect", "alias")).rejects.toMatchObject({
      code: "csv.invalid",
      message: "column mithialias: i@example.com stands at ana@example.com and bo@example.com",
    });
    await expect(read("skyconnect", "list", { filter: { username: "*" } })).rejects.toMatchObject({
      code: "csv.filter",
    });
  });

  test("says that a class is needed, and that it needs a domain", async () => {
    const handler = (await openAs(folder, "skyconnect")).directory.account;
    expect(handler?.assess(wanted("account", "x@example.com", {}) as Want<"account">)).toMatchObject([
      { code: "csv.needed", message: expect.stringContaining("classofservice") },
    ]);
    const spec = { type: "csv", path: folder, profile: "skyconnect" } as const;
    await expect(openEndpoint("people", spec, surroundings)).rejects.toMatchObject({ code: "csv.domain" });
  });
});

describe("passwords", () => {
  test("make the file its owner's alone, new or there before", async () => {
    await write("carbonio", "account", [creation("account", "a@example.com", {})]);
    expect(await modeOf("accounts.csv")).not.toBe(0o600);
    await chmod(join(folder, "accounts.csv"), 0o664);
    await write("carbonio", "account", [creation("account", "b@example.com", {}, { value: "s3cret" })]);
    expect(await modeOf("accounts.csv")).toBe(0o600);
    await rm(join(folder, "accounts.csv"));
    await write("carbonio", "account", [creation("account", "b@example.com", {}, { value: "s3cret" })]);
    expect(await modeOf("accounts.csv")).toBe(0o600);
  });

  test("are told of where others may read them", async () => {
    await put("accounts.csv", "email,password\na@example.com,s3cret\n");
    await chmod(join(folder, "accounts.csv"), 0o644);
    const told = await findings("carbonio");
    expect(told).toContainEqual(["csv.exposed", expect.stringContaining("passwords")]);
    expect(JSON.stringify(told)).not.toContain("s3cret");
    await chmod(join(folder, "accounts.csv"), 0o600);
    expect((await findings("carbonio")).map(([code]) => code)).not.toContain("csv.exposed");
  });

  test("are not written as hashes, which the system would take for the password", async () => {
    const password = { from: "hash", value: "{SSHA}abc" } as const;
    await write("carbonio", "account", [creation("account", "a@example.com", {}, password)]);
    expect(await get("accounts.csv")).not.toContain("SSHA");
    const want = { ...wanted("account", "a@example.com", {}), password: { from: "hash" } } as Want<"account">;
    const { account } = (await openAs(folder, "carbonio")).directory;
    expect(account?.assess(want)).toMatchObject([{ code: "field.unsupported", severity: "warning" }]);
    expect(account?.passwords).toEqual({ hashes: new Set() });
    expect(account?.hashes).toBeUndefined();
  });
});

describe("every profile", () => {
  const first = {
    cloudm: ["users.csv", "ImportName"],
    carbonio: ["accounts.csv", "email"],
    skyconnect: ["users-1.csv", "username"],
  } as const;

  for (const [profile, [file, key]] of Object.entries(first) as [keyof typeof first, readonly [string, string]][]) {
    test(`${profile} keeps columns of others, and tells of them`, async () => {
      await put(file, `${key},Mine,More\na@example.com,=1+1,x\n`);
      await write(profile, "account", [updating("a@example.com", { givenName: "A" })]);
      const [row] = parse(await get(file), { columns: true }) as Record<string, string>[];
      expect(row).toMatchObject({ Mine: "=1+1", More: "x" });
      expect(await findings(profile)).toContainEqual(["csv.columns", 'Kept as they are, and not used: "Mine", "More"']);
    });

    test(`${profile} refuses other encodings`, async () => {
      await put(file, Buffer.from(`${key},x\na@example.com,M\xfcller\n`, "latin1"));
      await expect(read(profile)).rejects.toMatchObject({
        code: "csv.invalid",
        message: `${file}:2: this is not UTF-8`,
      });
    });

    test(`${profile} gives back any text, and others read the same`, () =>
      fc.assert(
        fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), async (texts) => {
          const root = await newFolder();
          try {
            const open = async () => (await openAs(root, profile)).directory.account;
            const made = texts.map((text, index) =>
              creation("account", `p${index}@example.com`, { givenName: text, familyName: `${text}x` }),
            );
            await (await open())?.write?.(made as never, options);
            const seen = await collect((await open())?.read({}, options) as AsyncIterable<Observed>);
            expect(seen.map(({ fields }) => fields)).toEqual(
              texts.map((text) => ({ givenName: text, familyName: `${text}x` })),
            );
            const byOther = parse(await readFile(join(root, file)), { columns: true }) as Record<string, string>[];
            expect(byOther.map((row) => Object.values(row).includes(`${texts[byOther.indexOf(row)]}x`))).toEqual(
              texts.map(() => true),
            );
          } finally {
            await rm(root, { recursive: true });
          }
        }),
        { numRuns: 25 },
      ));
  }
});

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "**",
        "\uFEFF",
        "=",
        " ",
        "\t",
        "'",
        "é",
        "漢",
        "😀",
        "\u2028",
      ),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""))
  .filter((text) => text !== "");
