import { chmod, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, people, peopleFile } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write(companyFiles(people));
});
afterEach(() => place.remove());

const accounts = () => column(place, "new/accounts.csv", "address");

describe("nothing begins, with 1", () => {
  it("where nobody can be asked", async () => {
    const { code, stderr } = await place.run(["apply"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--auto-approve/u);
    expect(await accounts()).toEqual([]);
  });

  it("where the manifests are wrong, and every error is told with its line", async () => {
    await place.write({
      "manifests/people.yaml": peopleFile("accounts:\n  ana: {displayNam: Ana}\n  bo: {quota: lots}"),
    });
    const { code, stderr } = await place.run(["validate"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/people\.yaml:6:/u);
    expect(stderr).toMatch(/people\.yaml:7:/u);
    expect(stderr).toMatch(/displayName/u);
  });

  it("where there is no Migration; such manifests are valid all the same", async () => {
    await rm(place.path("manifests/migration.yaml"));
    expect((await place.run(["validate"])).code).toBe(0);
    expect((await place.run(["plan"])).code).toBe(1);
  });

  it("where the state is no state", async () => {
    await writeFile(place.path("state.db"), "this is no database, and long enough to be read as one".repeat(40));
    const { code, stdout } = await place.run(["apply", "--auto-approve", "--state", "state.db"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(await accounts()).toEqual([]);
  });

  it("where generated passwords have nowhere to go", async () => {
    await place.write({ "manifests/people.yaml": peopleFile("accounts:\n  ana: {password: {generate: true}}") });
    const { code, stderr } = await place.run(["apply", "--auto-approve"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--passwords-out/u);
    expect(await accounts()).toEqual([]);
  });
});

describe("something is left, with 4", () => {
  it("where a directory cannot be read", async () => {
    await rm(place.path("new"), { recursive: true });
    const { code, stdout } = await place.run(["plan"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/No changes to make; \d+ addresses were not read\./u);
    expect((await place.run(["check"])).code).toBe(4);
  });

  it("where a step fails, and all that does not need it is done", async () => {
    const secret = "{secret: {env: NOT_SET_ANYWHERE}}";
    await place.write({ "manifests/people.yaml": peopleFile(people.replace("quota: 50GB", `password: ${secret}`)) });
    const { code, stdout } = await place.run(["apply", "--auto-approve"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/failed +account\/ana@example\.com.*NOT_SET_ANYWHERE/u);
    expect(await accounts()).toEqual(["bo@example.com"]);
    expect((await place.run(["status"])).stdout).toMatch(/failed +account\/ana@example\.com/u);
    const again = await place.run(["apply", "--auto-approve"], { env: { NOT_SET_ANYWHERE: "it is now" } });
    expect(again.code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });
});

describe("guards refuse, with 5", () => {
  const pruned = peopleFile(`prune: [accounts]\naccounts:\n  ana: {displayName: Ana}`);
  beforeEach(async () => {
    await writeFile(
      place.path("new/accounts.csv"),
      "address,displayName\nana@example.com,Ana\nbo@example.com,Bo\ncy@example.com,Cy\n",
    );
    await writeFile(place.path("new/domains.csv"), "domain\nexample.com\n");
    await place.write({ "manifests/people.yaml": pruned });
  });

  it("deletes that nobody named, and deletes nothing", async () => {
    expect((await place.run(["plan"])).code).toBe(5);
    const { code, stdout } = await place.run(["apply", "--auto-approve"]);
    expect(code).toBe(5);
    expect(stdout).toMatch(/--allow-delete/u);
    expect(await accounts()).toHaveLength(3);
  });

  it("until they are allowed by number, or by name", async () => {
    expect((await place.run(["apply", "--auto-approve", "--allow-delete", "account=1"])).code).toBe(5);
    const named = ["--allow-delete", "account/bo@example.com", "--allow-delete", "account/cy@example.com"];
    expect((await place.run(["apply", "--auto-approve", ...named])).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com"]);
  });

  it("a saved plan likewise, until it is applied with leave", async () => {
    await place.run(["plan", "--out", "prune.plan"]);
    expect((await place.run(["apply", "prune.plan"])).code).toBe(5);
    expect((await place.run(["apply", "prune.plan", "--allow-delete", "account=2"])).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com"]);
  });

  it("what is protected, whatever was allowed", async () => {
    await place.write({
      "manifests/people.yaml": pruned.replace(
        "displayName: Ana}",
        "displayName: Ana}\n    bo: {protect: true}\n    cy: {}",
      ),
    });
    expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
    await place.write({
      "manifests/people.yaml": pruned.replace("displayName: Ana}", "displayName: Ana}\n    bo: {absent: true}"),
    });
    const { code } = await place.run(["apply", "--auto-approve", "--allow-delete", "account=9"]);
    expect(code).toBe(5);
    expect(await accounts()).toHaveLength(3);
  });
});

describe.skipIf(process.getuid?.() === 0)("a state folder that cannot be written to", () => {
  it("begins nothing", async () => {
    await place.write({ "locked/x": "" });
    await chmod(place.path("locked"), 0o500);
    expect((await place.run(["apply", "--auto-approve", "--state", "locked/state.db"])).code).toBe(1);
    await chmod(place.path("locked"), 0o700);
  });
});
