/** What is written to CSV files, octet for octet. */
import { appendFileSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, stat, symlink } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, creation, deletion, folderForEach, options, signalThat, updating } from "./csv.ts";

const { at, files, get, open, put, read, write } = folderForEach();

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
    const before = await stat(at("accounts.csv"), { bigint: true });
    await write("account", [
      creation("account", "ana@example.com", { displayName: "Ana", quota: 53_687_091_200 }),
      updating("account", "ana@example.com", { quota: 53_687_091_200 }),
      deletion("account", "bo@example.com"),
    ]);
    expect((await stat(at("accounts.csv"), { bigint: true })).ino).toBe(before.ino);
    expect(await get("accounts.csv")).toBe(text);
  });

  test("keeps what a spreadsheet might run as the text that it is", async () => {
    const fields = { displayName: "=cmd|' /C calc'!A0", givenName: "+1", familyName: "-1", class: "@SUM(A1)" };
    await write("account", [creation("account", "ana@example.com", fields)]);
    expect(await get("accounts.csv")).toContain("\nana@example.com,=cmd|' /C calc'!A0,+1,-1,,,@SUM(A1),,,,\n");
    expect((await read("account"))[0]?.fields).toEqual(fields);
  });

  test("keeps the mode of the file, and follows a link to it", async () => {
    await mkdir(at("real"));
    await put("real/a.csv", "address\nana@example.com\n");
    await chmod(at("real/a.csv"), 0o640);
    await symlink("real/a.csv", at("accounts.csv"));
    await write("account", [creation("account", "bo@example.com", {})]);
    expect((await readFile(at("real/a.csv"), "utf8")).split("\n")).toContain("bo@example.com");
    expect((await stat(at("real/a.csv"))).mode & 0o777).toBe(0o640);
    expect(await readdir(at("real"))).toEqual(["a.csv"]);
  });

  test("does one batch after the other, so that none undoes another", async () => {
    const { account } = (await open()).directory;
    const names = Array.from({ length: 20 }, (_, index) => `p${index}@example.com`);
    await Promise.all(names.map((name) => account?.write?.([creation("account", name, {})] as never, options)));
    expect((await read("account")).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test("is in conflict with whoever writes the file meanwhile, and leaves it to them", async () => {
    const seen = new Set<string>();
    let moments = 1;
    for (let moment = -1; moment < moments; moment += 1) {
      await put("accounts.csv", "address\nana@example.com\n");
      const { account } = (await open()).directory;
      let looks = 0;
      const signal = signalThat(() => {
        if (looks === moment) appendFileSync(at("accounts.csv"), "late@example.com\n");
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
