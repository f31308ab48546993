import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { column, companyFiles, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const migration = (name: string): string =>
  `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: ${name}}\nspec: {destination: {directory: new}}\n`;
const domain = (name: string): string =>
  `apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com}\nspec: {accounts: {ana: {displayName: ${name}}}}\n`;
const shared = ["--state", "shared.db"];

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  const { "manifests/endpoints.yaml": endpoints = "", "new/accounts.csv": accounts = "" } = companyFiles("");
  await place.write({
    "old/accounts.csv": "address\n",
    "new/accounts.csv": accounts,
    "head/all.yaml": `${endpoints}---\n${migration("head")}---\n${domain("Ana Ruiz")}`,
    "branch/all.yaml": `${endpoints}---\n${migration("branch")}---\n${domain("Anita")}`,
  });
  expectCode(await apply("head"), 0);
});
afterEach(() => place.remove());

const apply = (folder: string, ...more: string[]) =>
  place.run(["apply", "-f", folder, "--auto-approve", ...shared, ...more]);
const text = (file: string): Promise<string> => readFile(place.path(file), "utf8");
const names = () => column(place, "new/accounts.csv", "displayName");

it("two Migrations of one state that want one account otherwise are told, and neither undoes the other's work", async () => {
  const branch = await apply("branch");
  expect(branch.code).toBe(4);
  expect(branch.stdout).toMatch(/account\/ana@example\.com: The Migration head manages this[^]*--take-over head/u);
  expect(await names()).toEqual(["Ana Ruiz"]);
  expect((await apply("head")).code).toBe(0);
});

it("what both want alike is nobody's trouble", async () => {
  await place.write({ "branch/all.yaml": (await text("branch/all.yaml")).replace("Anita", "Ana Ruiz") });
  expectCode(await apply("branch"), 0);
});

it("one takes over from the other by a word on the command line, and the other is told then", async () => {
  await place.run(["plan", "-f", "branch", ...shared, "--take-over", "head", "--out", "taken.plan"]);
  expectCode(await place.run(["apply", "taken.plan", "-f", "branch", ...shared, "--take-over", "head"]), 0);
  expect(await names()).toEqual(["Anita"]);
  expect(await rows(place, "new/accounts.csv")).toHaveLength(1);
  expectCode(await place.run(["plan", "-f", "branch", ...shared, "--detailed-exitcode"]), 0);
  const head = await apply("head");
  expect([head.code, await names()]).toEqual([4, ["Anita"]]);
});

it("another system under the same name is not the other's", async () => {
  await place.write({
    "newer/accounts.csv": "address,displayName\n",
    "branch/all.yaml": (await text("branch/all.yaml")).replace("path: ../new}", "path: ../newer}"),
  });
  expectCode(await apply("branch"), 0);
  expect(await column(place, "newer/accounts.csv", "displayName")).toEqual(["Anita"]);
});
