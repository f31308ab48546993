import { appendFile, readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, people, peopleFile } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write(companyFiles(people));
  await place.run(["plan", "--out", "people.plan"]);
});
afterEach(() => place.remove());

const accounts = () => column(place, "new/accounts.csv", "address");
const idOf = async () => (JSON.parse(await readFile(place.path("people.plan"), "utf8")) as { id: string }).id;

describe("a saved plan", () => {
  it("is carried out without being asked about", async () => {
    const { code } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("is carried out once: what it was made from is gone after", async () => {
    await place.run(["apply", "people.plan"]);
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/plan\.stale/u);
  });

  it("is stale once the manifests are others", async () => {
    await place.write({ "manifests/people.yaml": peopleFile(people.replace("Bo Ek", "Bob")) });
    const { code } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(await accounts()).toEqual([]);
  });

  it("is stale once the directory is another, and then nothing of it is written", async () => {
    await appendFile(place.path("new/accounts.csv"), "bo@example.com,Somebody else,,\n");
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/account\/bo@example\.com/u);
    expect(await accounts()).toEqual(["bo@example.com"]);
    expect(await column(place, "new/domains.csv", "domain")).toEqual([]);
  });

  it("is refused when it was edited by hand", async () => {
    const text = await readFile(place.path("people.plan"), "utf8");
    await writeFile(place.path("people.plan"), text.replace("Bo Ek", "Bo Evil"));
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/changed after it was saved/u);
    expect(await accounts()).toEqual([]);
  });

  it.each([
    ["", /not JSON/u],
    ["{}", /no format/u],
    ['{"format": 99}', /format 99/u],
  ])("is refused when it is none: %j", async (text, words) => {
    await writeFile(place.path("people.plan"), text);
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
  });

  it("is carried out by the id that was approved, and by no other", async () => {
    const refused = await place.run(["apply", "people.plan", "--approve", "000000"]);
    expect(refused.code).toBe(5);
    expect((await place.run(["apply", "people.plan", "--approve", (await idOf()).slice(0, 5)])).code).toBe(5);
    expect(await accounts()).toEqual([]);
    expect((await place.run(["apply", "people.plan", "--approve", (await idOf()).slice(0, 6)])).code).toBe(0);
  });

  it("has the id of a plan that is made anew while nothing has changed", async () => {
    expect((await place.run(["apply", "--approve", await idOf()])).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("is shown in every format without its manifests", async () => {
    await place.write({ "manifests/people.yaml": "not: [valid" });
    const text = await place.run(["show", "people.plan"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/5 to add/u);
    const { stdout } = await place.run(["show", "people.plan", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ id: await idOf() });
    expect((await place.run(["show", "people.plan", "--format", "markdown"])).stdout).toMatch(/^<!-- reconcile plan/u);
  });
});
