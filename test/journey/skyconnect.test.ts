/** Users, lists and aliases of SkyConnect's bulk files, more than one file holds; what is there is seen by a CSV reader. */
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";
import { type Steps, stepsOf } from "./steps.ts";

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
const table = (head: string, lines: readonly string[]): string => [head, ...lines, ""].join("\n");

const listsOf = ({ memberof = "" }: Readonly<Record<string, string>>): readonly string[] =>
  memberof.split("**").filter(Boolean).toSorted();

/** 150 people; each but the last 30 has an alias, and each list has its number's person and the next. */
const old = {
  "old/accounts.csv": table(
    "address,displayName,class",
    numbers(150).map((at) => `p${at}@example.com,"Ünal, ${at}",staff`),
  ),
  "old/lists.csv": table(
    "address",
    numbers(130).map((at) => `l${at}@example.com`),
  ),
  "old/members.csv": table(
    "list,member",
    numbers(130).flatMap((at) => [at, at + 1].map((who) => `l${at}@example.com,p${who}@example.com`)),
  ),
  "old/aliases.csv": table(
    "address,target",
    numbers(120).map((at) => `a${at}@example.com,p${at}@example.com`),
  ),
};

describe("SkyConnect's users, lists and aliases over two files", { timeout: 120_000 }, () => {
  let place: Place;
  let steps: Steps;
  beforeAll(async () => {
    place = await openPlace();
    steps = stepsOf(place, "manifests/example.com.yaml");
    await place.write({
      ...old,
      "new/.keep": "",
      "manifests/system.yaml": [
        document("Endpoint", "old", "{type: csv, path: ../old}"),
        document("Endpoint", "new", "{type: csv, path: ../new, profile: skyconnect, domain: example.com}"),
        document("Migration", "move", "{source: {directory: old}, destination: {directory: new}}"),
      ].join("---\n"),
    });
    expectCode(await place.run(["import", "old", "-o", "manifests"]), 0);
  });
  afterAll(() => place?.remove());
  const files = () => Promise.all(["new/users-1.csv", "new/users-2.csv"].map((file) => rows(place, file)));
  const user = async (name: string) => (await files()).flat().find(({ username }) => username === name);
  const joined = async (name: string, column: string) => (await user(name))?.[column]?.split("**").toSorted();

  it("come to be from an import, a hundred rows a file, and a second plan is empty", async () => {
    const { stdout } = await place.run(["plan"]);
    expect(stdout).toContain("400 to add, 0 to change, 0 to delete");
    await steps.apply();
    expect((await readdir(place.path("new"))).filter((name) => name.endsWith(".csv")).toSorted()).toEqual([
      "users-1.csv",
      "users-2.csv",
    ]);
    expect((await files()).map(({ length }) => length)).toEqual([100, 50]);
    const found = (await files()).flat().map((row) => ({ ...row, memberof: listsOf(row) }));
    expect(new Set(found)).toEqual(
      new Set(
        numbers(150).map((at) => ({
          username: `p${at}`,
          firstname: "",
          lastname: "",
          displayname: `Ünal, ${at}`,
          mithialias: at < 120 ? `a${at}@example.com` : "",
          alternateemailaddress: "",
          classofservice: "staff",
          accountstatus: "",
          memberof: [at - 1, at]
            .filter((list) => list >= 0 && list < 130)
            .map((list) => `l${list}@example.com`)
            .toSorted(),
        })),
      ),
    );
    expect(found).toHaveLength(150);
  });

  it("get a further alias as exactly that", async () => {
    await steps.edit("aliases: [a7]", "aliases: [a7, seven]");
    await steps.shows("+ alias/seven@example.com");
    await steps.apply();
    expect(await joined("p7", "mithialias")).toEqual(["a7@example.com", "seven@example.com"]);
  });

  it("are renamed where they are, and their lists follow", async () => {
    await steps.edit('p120: {displayName: "Ünal, 120"', 'ren: {formerly: [p120@example.com], displayName: "Ünal, 120"');
    await steps.edit("[p119, p120]", "[p119, ren]");
    await steps.edit("[p120, p121]", "[ren, p121]");
    await steps.shows("~ account/ren@example.com", "~ list/l119@example.com", "~ list/l120@example.com");
    await steps.apply();
    expect(await user("p120")).toBeUndefined();
    expect(await joined("ren", "memberof")).toEqual(["l119@example.com", "l120@example.com"]);
    expect((await files()).map(({ length }) => length)).toEqual([100, 50]);
  });

  it("are disabled as exactly that", async () => {
    await steps.edit('p130: {displayName: "Ünal, 130"', 'p130: {enabled: false, displayName: "Ünal, 130"');
    expect(await steps.shows("~ account/p130@example.com")).toMatch(/enabled\s+\(none\) → no/u);
    await steps.apply("--allow-disable", "1");
    expect(await user("p130")).toMatchObject({ accountstatus: "disabled", memberof: "l129@example.com" });
  });

  it("move from one list to another as exactly that", async () => {
    await steps.edit("members: [p0, p1]", "members: [p0]");
    await steps.edit("members: [p4, p5]", "members: [p1, p4, p5]");
    await steps.shows("~ list/l0@example.com", "~ list/l4@example.com");
    await steps.apply("--allow-delete", "member=1");
    expect(await joined("p1", "memberof")).toEqual(["l1@example.com", "l4@example.com"]);
  });

  it("are deleted by name, and not while they are protected", async () => {
    const named = ["--allow-delete", "account/p131@example.com"] as const;
    await steps.edit('p131: {displayName: "Ünal, 131", class: staff}', "p131: {protect: true}");
    await steps.shows("= account/p131@example.com");
    await steps.apply();
    await steps.edit("p131: {protect: true}", "p131: {absent: true}");
    await steps.shows("! account/p131@example.com");
    expect(await steps.refused(...named)).toContain("It is protected");
    expect(await user("p131")).toMatchObject({ displayname: "Ünal, 131" });
    await steps.edit("p131: {absent: true}", "p131: {protect: false}");
    await steps.shows("= account/p131@example.com");
    await steps.apply();
    await steps.edit("p131: {protect: false}", "p131: {absent: true}");
    await steps.shows("! account/p131@example.com");
    await steps.refused();
    await steps.apply(...named);
    expect(await user("p131")).toBeUndefined();
    expect((await files()).flat()).toHaveLength(149);
  });
});
