import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, peopleFile, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const people = "accountsFrom: {filter: {status: active}, leavers: disable}\nlistsFrom: {}";
const all = Array.from({ length: 30 }, (_, at) => `p${String(at).padStart(2, "0")}@example.com`);

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write({ ...companyFiles(people), ...source(all) });
  expectCode(await place.run(["apply", "--auto-approve"]), 0);
});
afterEach(() => place.remove());

/** The old directory: these are active, all others have left. */
const source = (active: readonly string[]): Readonly<Record<string, string>> => ({
  "old/accounts.csv": `address,displayName,status\n${all.map((address) => `${address},P,${active.includes(address) ? "active" : "left"}\n`).join("")}`,
});
const disabled = async (): Promise<readonly string[]> =>
  (await rows(place, "new/accounts.csv")).flatMap(({ address = "", enabled }) =>
    enabled === "false" ? [address] : [],
  );

describe("people who leave the filter", () => {
  it("are disabled, shown as that, and let in again on return", async () => {
    await place.write(source(all.slice(1)));
    const { stdout } = await place.run(["plan"]);
    expect(stdout).toMatch(/~ account\/p00@example\.com\n\s+enabled +\(none\) → no/u);
    expect(stdout).toMatch(/accounts disabled 1 of 30/u);
    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    expect(await disabled()).toEqual(["p00@example.com"]);
    expect(await column(place, "new/accounts.csv", "address")).toEqual(all);
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
    await place.write(source(all));
    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    expect(await disabled()).toEqual([]);
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("are held back together where the filter lets nobody through, until it is permitted", async () => {
    await place.write(source([]));
    const refused = await place.run(["apply", "--auto-approve"]);
    expect(refused.code).toBe(5);
    expect(refused.stdout).toMatch(/30 of 30 accounts would be disabled[^]*--allow-disable 30/u);
    expect(await disabled()).toEqual([]);
    await place.run(["plan", "--out", "empty.plan"]);
    expect((await place.run(["apply", "empty.plan"])).code).toBe(5);
    expect((await place.run(["apply", "empty.plan", "--allow-disable", "29"])).code).toBe(5);
    expectCode(await place.run(["apply", "empty.plan", "--allow-disable", "30"]), 0);
    expect(await disabled()).toEqual(all);
  });

  it("are nobody where the file cannot be read in full", async () => {
    await place.write({
      "old/accounts.csv": "address,displayName,status\np00@example.com,P,active\nnobody,P,active\n",
    });
    const { code, stdout } = await place.run(["apply", "--auto-approve"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/account\/\*@example\.com[^]*accounts\.csv/u);
    expect(await disabled()).toEqual([]);
  });
});

it("knows who left though every apply was of a saved plan, over accounts that were there before", async () => {
  await place.write({
    "manifests/people.yaml": peopleFile("accountsFrom: {leavers: disable}\naccounts: {bo: {displayName: Bo}}"),
    "manifests/migration.yaml": (companyFiles("")["manifests/migration.yaml"] ?? "").replace(
      "name: move",
      "name: other",
    ),
    "new/accounts.csv": "address,displayName\nana@example.com,Ana\n",
    "old/accounts.csv": "address,displayName\nana@example.com,Ana\n",
  });
  await place.run(["plan", "--out", "first.plan"]);
  expectCode(await place.run(["apply", "first.plan"]), 0);
  await place.write({ "old/accounts.csv": "address\n" });
  await place.run(["plan", "--out", "second.plan"]);
  expectCode(await place.run(["apply", "second.plan", "--allow-disable", "account/ana@example.com"]), 0);
  expect(await disabled()).toEqual(["ana@example.com"]);
});
