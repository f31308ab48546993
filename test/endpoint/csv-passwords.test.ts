/** Passwords and their hashes in CSV files. */
import { chmod, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { DirectoryChange } from "../../src/contract/endpoint.ts";
import { collect } from "../contract/collect.ts";
import { creation, folderForEach, options, updating } from "./csv.ts";

const { at, get, open, put, write } = folderForEach();

const passwordWant = (password: object) =>
  ({
    kind: "account",
    name: "ana@example.com",
    address: "account/ana@example.com",
    labels: {},
    fields: {},
    password,
  }) as never;

describe("a password", () => {
  test("is written where the file has a column for it, and told to nobody", async () => {
    await put("accounts.csv", "address,Password\nbo@example.com,old\n");
    const outcomes = await write("account", [creation("account", "ana@example.com", {}, "s3,cret")]);
    expect(await get("accounts.csv")).toBe('address,Password\nbo@example.com,old\nana@example.com,"s3,cret"\n');
    expect(JSON.stringify(outcomes)).not.toContain("s3,cret");
    const { account } = (await open()).directory;
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
    const { account } = (await open()).directory;
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
    expect((await stat(at("accounts.csv"))).mode & 0o077).toBe(0);
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
    await chmod(at("accounts.csv"), 0o644);
    const endpoint = await open();
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
    const { account } = (await open()).directory;
    expect(account?.passwords).toBeUndefined();
    expect(await collect(account?.hashes?.({}, options))).toEqual([]);
  });
});
