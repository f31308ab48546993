import { execFile, spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DirectoryChange, Endpoint, Outcome, Scope } from "../../src/contract/endpoint.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { addressOf, type DirectoryKind, directoryKinds } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";
import { handlerContract } from "../contract/handler.ts";

const options = { signal: new AbortController().signal };
const surroundings = { secret: async () => "", clock: systemClock, signal: options.signal, emit: () => {} };
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "csv-"));
const openFolder = (path: string): Promise<Endpoint> => openEndpoint("people", { type: "csv", path }, surroundings);

async function underTest<K extends DirectoryKind>(kind: K) {
  const folder = await newFolder();
  const reopen = async () => {
    const handler = (await openFolder(folder)).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  return { handler: await reopen(), reopen, close: () => rm(folder, { recursive: true }) };
}

for (const kind of directoryKinds) handlerContract("csv", kind, () => underTest(kind));

let folder: string;
beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (file: string, text: string | Buffer): Promise<void> => writeFile(join(folder, file), text);
const get = (file: string): Promise<string> => readFile(join(folder, file), "utf8");
const files = async (): Promise<string[]> => (await readdir(folder)).toSorted();

async function read(kind: DirectoryKind, scope: Scope = {}): Promise<Observed[]> {
  return collect((await openFolder(folder)).directory[kind]?.read(scope, options) as AsyncIterable<Observed>);
}

async function write(kind: DirectoryKind, changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> {
  const handler = (await openFolder(folder)).directory[kind];
  return (await handler?.write?.(changes as never, options)) ?? [];
}

function creation(kind: DirectoryKind, name: string, fields: Record<string, Json>, password?: string): DirectoryChange {
  const want = { kind, name, address: addressOf(kind, name), labels: {}, fields };
  return {
    key: name,
    act: "create",
    want,
    precondition: { absent: true },
    ...(password === undefined ? {} : { password: { from: "secret", value: password, mustChange: false } }),
  };
}

function updating(
  kind: DirectoryKind,
  was: string,
  fields: Record<string, Json | undefined>,
  to = was,
): DirectoryChange {
  return {
    key: was,
    act: "update",
    want: { kind, name: to, address: addressOf(kind, to), labels: {}, fields },
    was: { kind, name: was, fields: {} },
    fields: Object.entries(fields).map(([field, value]) => (value === undefined ? { field } : { field, to: value })),
    precondition: { none: true },
  };
}

/** A signal that asks, whenever it is looked at, whether it has fired. */
function signalThat(hasFired: () => boolean): AbortSignal {
  return new Proxy(new AbortController().signal, {
    get(target, key) {
      if (key === "aborted") return hasFired();
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A signal that is aborted after so many looks at it. */
function signalAfter(looks: number): AbortSignal {
  let left = looks;
  return signalThat(() => (left -= 1) < 0);
}

const codeOf = (thrown: unknown): unknown => (thrown as { code?: unknown }).code;

const deletion = (kind: DirectoryKind, name: string): DirectoryChange => ({
  key: name,
  act: "delete",
  was: { kind, name, fields: {} },
  precondition: { none: true },
});

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
    await expect(openFolder(join(folder, "none"))).rejects.toMatchObject({
      code: "csv.missing",
      about: join(folder, "none"),
    });
    await put("file", "");
    await expect(openFolder(join(folder, "file"))).rejects.toMatchObject({ code: "csv.missing" });
    const endpoint = await openFolder(folder);
    await rm(folder, { recursive: true });
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
    expect(fault).toMatchObject({ code: "csv.invalid", about: join(folder, file), spoils: "endpoint" });
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
    const reading = (await openFolder(folder)).directory.account?.read({}, options)[Symbol.asyncIterator]();
    await reading?.next();
    await put("accounts.csv", `address\n${rows}late@example.com\n`);
    const rest = collect({ [Symbol.asyncIterator]: () => reading as AsyncIterator<Observed> });
    await expect(rest).rejects.toMatchObject({ code: "read.incomplete" });
  });

  test("because members move while lists are read was not read to its end", async () => {
    await put("lists.csv", "address\na@example.com\nb@example.com\n");
    await put("members.csv", "list,member\na@example.com,x@example.com\n");
    const reading = (await openFolder(folder)).directory.list?.read({}, options)[Symbol.asyncIterator]();
    await reading?.next();
    await put("members.csv", "list,member\na@example.com,x@example.com\nb@example.com,x@example.com\n");
    const rest = collect({ [Symbol.asyncIterator]: () => reading as AsyncIterator<Observed> });
    await expect(rest).rejects.toMatchObject({ code: "read.incomplete" });
  });
});

describe("writing", () => {
  test("makes a new file with every column", async () => {
    await write("account", [
      creation("account", "ana@example.com", { displayName: "Ana, Dr.", quota: 53_687_091_200, enabled: true }),
    ]);
    await write("list", [
      creation("list", "all@example.com", {
        members: ["bo@example.com", "ana@example.com"],
        owners: ["a@x.example", "b@x.example"],
      }),
    ]);
    await write("alias", [creation("alias", "info@example.com", { target: "ana@example.com" })]);
    await write("domain", [creation("domain", "example.org", {})]);
    expect(await get("accounts.csv")).toBe(
      "address,displayName,givenName,familyName,enabled,quota,class,forwardTo,keepCopy,recoveryEmail,recoveryMobile\n" +
        'ana@example.com,"Ana, Dr.",,,true,50GB,,,,,\n',
    );
    expect(await get("lists.csv")).toBe(
      "address,displayName,hidden,owners,senders\nall@example.com,,,a@x.example b@x.example,\n",
    );
    expect(await get("members.csv")).toBe(
      "list,member\nall@example.com,bo@example.com\nall@example.com,ana@example.com\n",
    );
    expect(await get("aliases.csv")).toBe("address,target\ninfo@example.com,ana@example.com\n");
    expect(await get("domains.csv")).toBe("domain\nexample.org\n");
    expect(await files()).toEqual(["accounts.csv", "aliases.csv", "domains.csv", "lists.csv", "members.csv"]);
  });

  test("leaves the octets of every row alone that is not its own", async () => {
    await put(
      "accounts.csv",
      '\uFEFF"Notes",displayName,ADDRESS\r\n"needless quotes","Ana",ana@example.com\r\n\r\n x , "" ,Bo@Example.com\n,,\r\n"two\r\nlines",Cy,cy@example.com'.replace(
        ' "" ',
        '""',
      ),
    );
    const outcomes = await write("account", [
      updating("account", "bo@example.com", { displayName: "Bo" }),
      creation("account", "dé@example.com", { displayName: 'D "É"' }),
    ]);
    expect(outcomes).toMatchObject([
      { observed: { name: "bo@example.com" } },
      { observed: { name: "dé@example.com" } },
    ]);
    expect(await get("accounts.csv")).toBe(
      '\uFEFF"Notes",displayName,ADDRESS\r\n"needless quotes","Ana",ana@example.com\r\n\r\n x ,Bo,Bo@Example.com\r\n,,\r\n"two\r\nlines",Cy,cy@example.com\r\n,"D ""É""",dé@example.com\r\n',
    );
  });

  test("adds a column where a field needs one, and only then", async () => {
    await put("accounts.csv", 'address,notes\r\nana@example.com,"x, y"\r\n\r\nbo@example.com,');
    await write("account", [updating("account", "ana@example.com", { displayName: "" })]);
    expect(await get("accounts.csv")).toBe('address,notes\r\nana@example.com,"x, y"\r\n\r\nbo@example.com,');
    await write("account", [updating("account", "bo@example.com", { recovery: { email: "b@x.example" } })]);
    expect(await get("accounts.csv")).toBe(
      'address,notes,recoveryEmail\r\nana@example.com,"x, y",\r\n\r\nbo@example.com,,b@x.example\r\n',
    );
  });

  test("takes a row away, and what it said with it", async () => {
    await put("accounts.csv", "address,notes\nana@example.com,1\nbo@example.com,2\ncy@example.com,3");
    await write("account", [deletion("account", "bo@example.com"), deletion("account", "cy@example.com")]);
    expect(await get("accounts.csv")).toBe("address,notes\nana@example.com,1\n");
  });

  test("clears a field that is to be there no more", async () => {
    await put("accounts.csv", "address,displayName,forwardTo,keepCopy\nana@example.com,Ana,x@x.example,false\n");
    await write("account", [
      updating("account", "ana@example.com", { displayName: undefined, forwarding: { to: [], keepCopy: true } }),
    ]);
    expect(await get("accounts.csv")).toBe("address,displayName,forwardTo,keepCopy\nana@example.com,,,\n");
  });

  test("writes nothing where nothing is to be done", async () => {
    const text = "address,displayName,quota\nAna@example.com,Ana,51200MB\n";
    await put("accounts.csv", text);
    const before = await stat(join(folder, "accounts.csv"), { bigint: true });
    await write("account", [
      creation("account", "ana@example.com", { displayName: "Ana", quota: 53_687_091_200 }),
      updating("account", "ana@example.com", { quota: 53_687_091_200 }),
      deletion("account", "bo@example.com"),
    ]);
    expect((await stat(join(folder, "accounts.csv"), { bigint: true })).ino).toBe(before.ino);
    expect(await get("accounts.csv")).toBe(text);
  });

  test("keeps what a spreadsheet might run as the text that it is", async () => {
    const fields = { displayName: "=cmd|' /C calc'!A0", givenName: "+1", familyName: "-1", class: "@SUM(A1)" };
    await write("account", [creation("account", "ana@example.com", fields)]);
    expect(await get("accounts.csv")).toContain("\nana@example.com,=cmd|' /C calc'!A0,+1,-1,,,@SUM(A1),,,,\n");
    expect((await read("account"))[0]?.fields).toEqual(fields);
  });

  test("keeps the mode of the file, and follows a link to it", async () => {
    await mkdir(join(folder, "real"));
    await put("real/a.csv", "address\nana@example.com\n");
    await chmod(join(folder, "real/a.csv"), 0o640);
    await symlink("real/a.csv", join(folder, "accounts.csv"));
    await write("account", [creation("account", "bo@example.com", {})]);
    expect((await readFile(join(folder, "real/a.csv"), "utf8")).split("\n")).toContain("bo@example.com");
    expect((await stat(join(folder, "real/a.csv"))).mode & 0o777).toBe(0o640);
    expect(await readdir(join(folder, "real"))).toEqual(["a.csv"]);
  });

  test("does one batch after the other, so that none undoes another", async () => {
    const { account } = (await openFolder(folder)).directory;
    const names = Array.from({ length: 20 }, (_, index) => `p${index}@example.com`);
    await Promise.all(names.map((name) => account?.write?.([creation("account", name, {})] as never, options)));
    expect((await read("account")).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test("is in conflict with whoever writes the file meanwhile, and leaves it to them", async () => {
    const seen = new Set<string>();
    let moments = 1;
    for (let moment = -1; moment < moments; moment += 1) {
      await put("accounts.csv", "address\nana@example.com\n");
      const { account } = (await openFolder(folder)).directory;
      let looks = 0;
      const signal = signalThat(() => {
        if (looks === moment) appendFileSync(join(folder, "accounts.csv"), "late@example.com\n");
        looks += 1;
        return false;
      });
      const changes = [creation("account", "bo@example.com", {})] as never;
      const told = await account?.write?.(changes, { signal }).catch(codeOf);
      // The first time nobody interferes, and the looks are counted.
      if (moment === -1) {
        moments = looks;
        continue;
      }
      const isWritten = JSON.stringify(told).includes("revision");
      seen.add(isWritten ? "written" : JSON.stringify(told));
      const people = ["address", "ana@example.com", "late@example.com", ...(isWritten ? ["bo@example.com"] : [])];
      expect(await get("accounts.csv")).toBe(`${people.join("\n")}\n`);
      expect(await files()).toEqual(["accounts.csv"]);
    }
    const conflict = "the file was changed by somebody else while it was being written";
    expect(seen).toContain(JSON.stringify([{ key: "bo@example.com", conflict }]));
    expect(seen).toContain("written");
  });

  test("refuses a text that the file would not give back, and writes the others", async () => {
    const [bad, good] = await write("account", [
      creation("account", "ana@example.com", { displayName: "half \ud800" }),
      creation("account", "bo@example.com", { displayName: "whole" }),
    ]);
    expect(bad).toMatchObject({ fault: { code: "field.unholdable", about: "account/ana@example.com" } });
    expect(good).toMatchObject({ observed: { name: "bo@example.com" } });
    expect((await read("account")).map(({ name }) => name)).toEqual(["bo@example.com"]);
  });
});

const passwordWant = (password: object) =>
  ({
    kind: "account",
    name: "ana@example.com",
    address: "account/ana@example.com",
    labels: {},
    fields: {},
    password,
  }) as never;

/** Writes a list of people in a process of its own, which may not make large files, or may not write here at all. */
function writeElsewhere(prefix: string, user?: number): Promise<string> {
  const names = Array.from({ length: 500 }, (_, index) =>
    creation("account", `p${index}@example.com`, { displayName: "x".repeat(50) }),
  );
  const script = `
    import { open } from ${JSON.stringify(new URL("../../src/endpoint/csv/index.ts", import.meta.url).href)};
    const { signal } = new AbortController();
    const { directory } = await open("people", { type: "csv", path: ${JSON.stringify(folder)} }, { signal });
    const told = await directory.account.write(${JSON.stringify(names)}, { signal }).catch(({ code, about }) => ({ code, about }));
    process.stdout.write(JSON.stringify(told));`;
  const command = `${prefix} exec "$0" --input-type=module --eval "$1"`;
  return new Promise((resolve, reject) => {
    execFile(
      "/bin/sh",
      ["-c", command, process.execPath, script],
      user === undefined ? {} : { uid: user, gid: user },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
    );
  });
}

/** Root may write everywhere; nobody may not, where nobody can reach the program at all. */
const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
const source = fileURLToPath(new URL("../../src/endpoint/csv/index.ts", import.meta.url));
const isReachable = (): boolean =>
  nobody === undefined ||
  spawnSync("/bin/sh", ["-c", 'test -x "$0" && test -r "$1"', process.execPath, source], { uid: nobody }).status === 0;

describe("a disk that gives no more", () => {
  const before = "address\nana@example.com\n";
  beforeEach(() => put("accounts.csv", before));
  afterEach(() => chmod(folder, 0o755));

  test("is a fault, and the file is as it was", async () => {
    // Files of at most 8 blocks of 512 octets; the new one would have 35,000.
    expect(JSON.parse(await writeElsewhere("ulimit -f 8;"))).toEqual({
      code: "disk.full",
      about: join(folder, "accounts.csv"),
    });
    expect(await get("accounts.csv")).toBe(before);
    expect(await files()).toEqual(["accounts.csv"]);
  });

  test.skipIf(!isReachable())("because it may only be read is a fault, and the file is as it was", async () => {
    await chmod(folder, 0o555);
    expect(JSON.parse(await writeElsewhere("", nobody))).toEqual({
      code: "disk.denied",
      about: join(folder, "accounts.csv"),
    });
    expect(await get("accounts.csv")).toBe(before);
    expect(await files()).toEqual(["accounts.csv"]);
  });
});

describe("a password", () => {
  test("is written where the file has a column for it, and told to nobody", async () => {
    await put("accounts.csv", "address,Password\nbo@example.com,old\n");
    const outcomes = await write("account", [creation("account", "ana@example.com", {}, "s3,cret")]);
    expect(await get("accounts.csv")).toBe('address,Password\nbo@example.com,old\nana@example.com,"s3,cret"\n');
    expect(JSON.stringify(outcomes)).not.toContain("s3,cret");
    const { account } = (await openFolder(folder)).directory;
    expect(account?.assess(passwordWant({ from: "secret" }))).toEqual([]);
    expect(account?.assess(passwordWant({ from: "secret", mustChange: true }))).toMatchObject([
      { code: "field.unsupported" },
    ]);
  });

  test("is written again where it is issued again, though no field changes", async () => {
    await put("accounts.csv", "address,Password,displayName\nana@example.com,old,Ana\n");
    const password = { from: "secret", value: "n3w", mustChange: false } as const;
    const outcomes = await write("account", [
      { ...updating("account", "ana@example.com", {}), password } as DirectoryChange,
    ]);
    expect(outcomes).toMatchObject([{ observed: { name: "ana@example.com" } }]);
    expect(await get("accounts.csv")).toBe("address,Password,displayName\nana@example.com,n3w,Ana\n");
  });

  test("is a finding where there is none, and is not written", async () => {
    await put("accounts.csv", "address\nbo@example.com\n");
    await write("account", [creation("account", "ana@example.com", {}, "s3cret")]);
    expect(await get("accounts.csv")).toBe("address\nbo@example.com\nana@example.com\n");
    const { account } = (await openFolder(folder)).directory;
    expect(account?.assess(passwordWant({ from: "generate" }))).toMatchObject([
      { code: "field.unsupported", about: "account/ana@example.com" },
    ]);
    expect(account?.assess(passwordWant({ from: "external" }))).toEqual([]);
  });
});

const issued = (name: string, from: "hash" | "secret", value: string) =>
  ({ ...updating("account", name, {}), password: { from, value, mustChange: false } }) as DirectoryChange;

describe("a password hash", () => {
  test("stands in its own column, and a password of either sort takes the other away", async () => {
    await put("accounts.csv", "address,PasswordHash,password\nana@example.com,,old\nbo@example.com,{SSHA}old,\n");
    await write("account", [issued("ana@example.com", "hash", "{SSHA}new"), issued("bo@example.com", "secret", "n3w")]);
    expect(await get("accounts.csv")).toBe(
      "address,PasswordHash,password\nana@example.com,{SSHA}new,\nbo@example.com,,n3w\n",
    );
    expect((await stat(join(folder, "accounts.csv"))).mode & 0o077).toBe(0);
  });

  test("stands in the column of passwords where it has none of its own", async () => {
    await put("accounts.csv", "address,password\nana@example.com,old\n");
    await write("account", [issued("ana@example.com", "hash", "{SSHA}new")]);
    expect(await get("accounts.csv")).toBe("address,password\nana@example.com,{SSHA}new\n");
  });

  test("is given to be carried by those who pass the filter, and told of where others may read it", async () => {
    await put(
      "accounts.csv",
      "address,passwordHash,dept\nana@example.com,{SSHA}a,it\nbo@example.com,,it\ncy@example.com,{SSHA}c,hr\n",
    );
    await chmod(join(folder, "accounts.csv"), 0o644);
    const endpoint = await openFolder(folder);
    const { account } = endpoint.directory;
    expect(account?.passwords).toEqual({ hashes: "any" });
    expect(await collect(account?.hashes?.({ filter: { dept: "it" } }, options))).toEqual([
      { name: "ana@example.com", hash: "{SSHA}a" },
    ]);
    const told = await collect(endpoint.check({ use: "source", owners: [], questions: [] } as never, options));
    expect(told.map(({ code }) => code)).toContain("csv.exposed");
  });

  test("is not asked for where no column could hold one", async () => {
    await put("accounts.csv", "address\nana@example.com\n");
    const { account } = (await openFolder(folder)).directory;
    expect(account?.passwords).toBeUndefined();
    expect(await collect(account?.hashes?.({}, options))).toEqual([]);
  });
});

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
      const { list } = (await openFolder(folder)).directory;
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

describe("a domain", () => {
  test("that an address ends in is there already, and is not deleted under it", async () => {
    await put("accounts.csv", "address\nana@example.com\n");
    expect(await write("domain", [creation("domain", "example.com", {})])).toMatchObject([
      { observed: { name: "example.com" } },
    ]);
    expect(await files()).toEqual(["accounts.csv"]);
    expect(await write("domain", [deletion("domain", "example.com")])).toMatchObject([
      { fault: { code: "domain.used" } },
    ]);
    expect((await read("domain")).map(({ name }) => name)).toEqual(["example.com"]);
  });
});

/** Written by hand here, so that the file does not come from what is tested. */
const cell = (value: string) => `"${value.replaceAll('"', '""')}"`;

describe("any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc
      .array(
        fc.constantFrom('"', ",", "\n", "\r", "\r\n", "\uFEFF", ";", " ", "a", "é", "😀", "\t", "\u0000", "=", "'"),
        { maxLength: 8 },
      )
      .map((parts) => parts.join("")),
  );

  test("comes back as it was written, and leaves its neighbours' octets alone", () =>
    fc.assert(
      fc.asyncProperty(
        text,
        text,
        text,
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.boolean(),
        async (name, kept, notes, lineBreak, bom, last) => {
          const neighbour = `ana@example.com,${cell(kept)},${cell(notes)}`;
          const before = `${bom ? "\uFEFF" : ""}address,displayName,notes${lineBreak}${neighbour}`;
          await put("accounts.csv", before + (last ? lineBreak : ""));
          const fields = name === "" ? {} : { displayName: name };
          await write("account", [creation("account", "bo@example.com", fields)]);
          const [ana, bo] = await read("account");
          expect(ana).toMatchObject({
            fields: kept === "" ? {} : { displayName: kept },
            ...(notes === "" ? {} : { attributes: { notes } }),
          });
          expect(bo?.fields).toEqual(fields);
          const after = await get("accounts.csv");
          expect(after.startsWith(`${before}${lineBreak}bo@example.com,`)).toBe(true);
          await write("account", [deletion("account", "bo@example.com")]);
          expect(await get("accounts.csv")).toBe(before + lineBreak);
        },
      ),
      { numRuns: 40 },
    ));
});

const check = async () =>
  collect((await openFolder(folder)).check({ use: "source", mailboxes: [], seen: () => undefined }, options));

describe("a check", () => {
  test("counts the rows of every file", async () => {
    await put("accounts.csv", "address,password\nana@example.com,x\nbo@example.com,y\n");
    await chmod(join(folder, "accounts.csv"), 0o600);
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
