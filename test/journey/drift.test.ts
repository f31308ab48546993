import { existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { companyFiles, people, peopleFile } from "./company.ts";
import { driftSchema } from "./drift-schema.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const edited = people.replace("Bo Ek", "Bo Ekman").replace("[a.ruiz]}", "[a.ruiz]} # the first");

/** Somebody edits the destination's tables by hand. */
const edit = (place: Place, file: string, from: string, to: string): void => {
  const text = readFileSync(place.path("new", file), "utf8");
  expect(text).toContain(from);
  writeFileSync(place.path("new", file), text.replace(from, to));
};

describe("drift of a directory", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    await place.write(companyFiles(people));
  });
  afterAll(() => place.remove());
  const drift = (...more: readonly string[]) =>
    place.run(["drift", "--detailed-exitcode", "--progress", "none", ...more]);

  it("is none before anything was applied, and none right after", async () => {
    const before = await drift();
    expectCode(before, 0);
    expect(before.stdout).toMatch(/Nothing was applied yet[^]*No drift\.\n$/u);
    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    const after = await drift();
    expectCode(after, 0);
    expect(after.stdout).toBe("new: what changed since the last apply\n\nNo drift.\n");
  });

  it("is what somebody changed there, and not what the manifests changed; nothing is written", async () => {
    edit(place, "accounts.csv", "Ana Ruiz", "Ana Ruiz-Berg");
    edit(place, "members.csv", "sales@example.com,bo@example.com", "sales@example.com,dee@example.com");
    edit(place, "aliases.csv", "a.ruiz@example.com", "ana.r@example.com");
    await place.write({ "manifests/people.yaml": peopleFile(edited) });
    const state = statSync(place.path("manifests/.reconcile/state.db")).mtimeMs;
    const { code, stdout, stderr } = await drift("--all");
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(stdout).toBe(`new: what changed since the last apply

Directory
  ~ account/ana@example.com
      displayName  "Ana Ruiz" → "Ana Ruiz-Berg"
  - alias/a.ruiz@example.com  deleted there
  ~ list/sales@example.com
      members  +dee@example.com -bo@example.com

The manifests say otherwise of 1 resource, and it is not applied yet: reconcile plan shows it.
There, and not in the manifests: 1 alias
  alias/ana.r@example.com
Drift: 3 resources.
`);
    expect(statSync(place.path("manifests/.reconcile/state.db")).mtimeMs).toBe(state);
  });

  it("is told as JSON and as Markdown, in part too", async () => {
    const objections = await driftSchema(place);
    const json = JSON.parse((await drift("--format", "json", "--target", "account/*")).stdout) as object;
    for (const each of [json, JSON.parse((await drift("--format", "json")).stdout) as object])
      expect(objections(each)).toEqual([]);
    expect(json).toMatchObject({
      format: 1,
      migration: "move",
      resources: [{ address: "account/ana@example.com", what: "changed", fields: [{ field: "displayName" }] }],
      unapplied: ["account/bo@example.com"],
      unmanaged: [],
    });
    const { stdout } = await drift("--format", "markdown", "--target", "list/*");
    expect(stdout).toMatch(/^### Drift: 1 resource\.\n\n\| \| Address \| Since the last apply \|\n/u);
    expect(stdout).toMatch(/\| list\/sales&#64;example\.com \| members \+dee&#64;example\.com -bo/u);
  });

  it("is written back into the manifests where that is asked for: each field alone, comments and order kept", async () => {
    const written = await drift("--update-manifests");
    expectCode(written, 2);
    expect(written.stdout.split("\n").filter((line) => /^[+-] /u.test(line))).toEqual([
      "-    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]} # the first",
      "+    ana: {displayName: Ana Ruiz-Berg, quota: 50GB, aliases: []} # the first",
      "-    sales: {members: [ana, bo]}",
      "+    sales: {members: [ana, dee@example.com]}",
    ]);
    expectCode(await drift("--target", "account/ana*", "--target", "list/*"), 0);
    const plan = await place.run(["plan"]);
    expect(plan.stdout).toMatch(/: 0 to add, 1 to change, 0 to delete\./u);
    expect(plan.stdout).toMatch(/"Bo Ek" → "Bo Ekman"/u);
  });

  it("says what could not be read, and ends with 4", async () => {
    const path = place.path("new/members.csv");
    const text = readFileSync(path);
    writeFileSync(path, "nothing,of,the,kind\n");
    const { code, stdout } = await drift();
    expect(code).toBe(4);
    expect(stdout).toMatch(/could not be read\./u);
    writeFileSync(path, text);
  });

  it("ends where an apply has the last word", async () => {
    expectCode(await place.run(["apply", "--auto-approve", "--allow-delete", "member=1"]), 0);
    expect(readFileSync(place.path("new/members.csv"), "utf8")).toContain("dee@example.com");
    const { code, stdout } = await drift();
    expect(code).toBe(0);
    expect(stdout).toMatch(/No drift\./u);
  });

  it("says where nothing is remembered of a resource, and an apply without a change remembers it", async () => {
    for (const name of ["state.db", "state.db.backup", "state.db.backup.1"])
      if (existsSync(place.path("manifests/.reconcile", name))) unlinkSync(place.path("manifests/.reconcile", name));
    const idle = await place.run(["apply", "--auto-approve"]);
    expect(idle.stdout).toMatch(/No changes/u);
    edit(place, "accounts.csv", "Bo Ekman", "Bob");
    const { code, stdout } = await drift("--target", "account/*");
    expect(code).toBe(2);
    expect(stdout).toMatch(/displayName {2}"Bo Ekman" → "Bob"/u);
    expectCode(await place.run(["state", "forget", "account/bo@example.com", "--force"]), 0);
    expect((await drift("--target", "account/*")).stdout).toMatch(
      /nothing is remembered of its last apply\n {2}account\/bo@example\.com\n/u,
    );
  });
});
