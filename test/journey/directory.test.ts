import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, people, peopleFile, rows } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write(companyFiles(people));
});
afterEach(() => place.remove());

const names = async () => (await readdir(place.folder, { recursive: true })).toSorted();

describe("a company that moves from one directory to another", () => {
  it("sees the plan, has it carried out, and sees an empty plan after", async () => {
    const before = await place.run(["plan", "--detailed-exitcode"]);
    expect(before.code).toBe(2);
    expect(before.stdout).toMatch(/\+ account\/ana@example\.com/u);
    expect(await column(place, "new/accounts.csv", "address")).toEqual([]);

    const applied = await place.run(["apply", "--auto-approve"]);
    expect(applied.code).toBe(0);
    expect(`${applied.stdout}${applied.stderr}`.match(/earlier runs/gu)).toHaveLength(1);
    expect(await rows(place, "new/accounts.csv")).toMatchObject([
      { address: "ana@example.com", displayName: "Ana Ruiz", quota: "50GB" },
      { address: "bo@example.com", displayName: "Bo Ek" },
    ]);
    expect(await rows(place, "new/members.csv")).toEqual([
      { list: "sales@example.com", member: "ana@example.com" },
      { list: "sales@example.com", member: "bo@example.com" },
    ]);
    expect(await rows(place, "new/aliases.csv")).toEqual([
      { address: "a.ruiz@example.com", target: "ana@example.com" },
    ]);

    const after = await place.run(["plan", "--detailed-exitcode"]);
    expect(after.code).toBe(0);
    expect(after.stdout).toMatch(/No changes\./u);
    const again = await place.run(["apply", "--auto-approve"]);
    expect(again.code).toBe(0);
    expect(`${again.stdout}${again.stderr}`).not.toMatch(/earlier runs/u);
  });

  it("applies a change alone, and tells of it in status and explain", async () => {
    await place.run(["apply", "--auto-approve"]);
    await place.write({ "manifests/people.yaml": peopleFile(people.replace("Bo Ek", "Bo Ekman")) });
    const why = await place.run(["explain", "account/Bo@Example.com"]);
    expect(why.code).toBe(0);
    expect(why.stdout).toMatch(/people\.yaml:7:5[^]*"Bo Ek" → "Bo Ekman"/u);
    const applied = await place.run(["apply", "--auto-approve"]);
    expect(applied.stdout).toMatch(/: 1 of 1 step done/u);
    expect(await column(place, "new/accounts.csv", "displayName")).toEqual(["Ana Ruiz", "Bo Ekman"]);
    const { stdout } = await place.run(["status"]);
    expect(stdout.match(/ done /gu)).toHaveLength(2);
  });

  it("plans without leaving a trace", async () => {
    const before = await names();
    for (const args of [["plan"], ["explain", "account/ana@example.com"], ["status"], ["check"], ["unlock"]]) {
      expect((await place.run(args)).code).toBe(0);
    }
    expect(await names()).toEqual(before);
  });

  it("keeps to what is selected", async () => {
    expect(
      (await place.run(["apply", "--auto-approve", "--target", "domain/*", "--target", "account/ana*"])).code,
    ).toBe(0);
    expect(await column(place, "new/accounts.csv", "address")).toEqual(["ana@example.com"]);
  });

  it("keeps the state where it is told to", async () => {
    expect((await place.run(["apply", "--auto-approve", "--state", "elsewhere/state.db"])).code).toBe(0);
    expect(await readdir(place.path("elsewhere"))).toContain("state.db");
    expect((await readdir(place.path("manifests"))).toSorted()).toEqual([
      "endpoints.yaml",
      "migration.yaml",
      "people.yaml",
    ]);
  });

  it("gives results to standard output and progress to standard error, each in its form", async () => {
    const { stdout, stderr } = await place.run(["plan", "--format", "json", "--progress", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, migration: "move" });
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toContain("read");
    expect((await place.run(["plan", "--progress", "none"])).stderr).toBe("");
  });
});
