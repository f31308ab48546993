import { watch } from "node:fs";
import { open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, makePipe, peopleFile, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const generate = "{generate: true, length: 20}";
const company = (count: number, password = generate): string =>
  `accounts:\n${Array.from({ length: count }, (_, at) => `  p${String(at).padStart(3, "0")}: {password: ${password}}\n`).join("")}`;

/** By address, what a file of generated passwords or the new directory says. */
async function passwords(file: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await rows(place, file)).map(({ address = "", password = "" }) => [address, password]));
}

/** Every file below a folder as text, the state and its copies too. */
async function everything(folder: string): Promise<string> {
  const all = await readdir(place.path(folder), { recursive: true, withFileTypes: true });
  const files = all.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

describe("generated passwords", () => {
  beforeEach(() => place.write(companyFiles(company(3))));

  it("are told in a new file alone, once, and open the accounts", async () => {
    const nowhere = await place.run(["apply", "--auto-approve"]);
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toMatch(/--passwords-out/u);
    expect(await column(place, "new/accounts.csv", "address")).toEqual([]);
    const planned = await place.run(["plan", "--out", "made.plan"]);
    expect(planned.stdout).toMatch(/password +generated/u);
    expect(planned.stdout).toMatch(/Passwords are generated/u);
    const ended = await place.run(["apply", "made.plan", "--passwords-out", "told.csv", "--progress", "json"]);
    expectCode(ended, 0);
    const told = await passwords("told.csv");
    expect(told).toEqual(await passwords("new/accounts.csv"));
    expect([...told.keys()]).toEqual(["p000@example.com", "p001@example.com", "p002@example.com"]);
    expect((await stat(place.path("told.csv"))).mode & 0o777).toBe(0o600);
    const said = [ended.stdout, ended.stderr, planned.stdout, await everything("manifests")].join("\n");
    const plan = await readFile(place.path("made.plan"), "utf8");
    for (const password of told.values()) {
      expect(password).toHaveLength(20);
      expect(said + plan).not.toContain(password);
    }
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("are never told in a file that is there", async () => {
    await place.write({ "told.csv": "somebody's\n" });
    const { code, stderr } = await place.run(["apply", "--auto-approve", "--passwords-out", "told.csv"]);
    expect([code, await readFile(place.path("told.csv"), "utf8")]).toEqual([1, "somebody's\n"]);
    expect(stderr).toMatch(/told\.csv/u);
    expect(await column(place, "new/accounts.csv", "address")).toEqual([]);
  });

  it("are not made again for those who are there, though the state is lost", async () => {
    expectCode(await place.run(["apply", "--auto-approve", "--passwords-out", "told.csv"]), 0);
    const before = await passwords("new/accounts.csv");
    await rm(place.path("manifests/.reconcile"), { recursive: true });
    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    expect(await passwords("new/accounts.csv")).toEqual(before);
  });
});

describe("a run that is killed", () => {
  it("before an account is made leaves its password in the file, and the next run makes another, in a file of its own", async () => {
    await place.write(
      companyFiles(`accounts:\n  ana: {password: ${generate}}\n  bo: {password: {secret: {file: ../bo}}}`),
    );
    await makePipe(place.path("bo"));
    const running = place.start(["apply", "--auto-approve", "--passwords-out", "first.csv"]);
    const reader = await open(place.path("bo"), "w");
    running.child.kill("SIGKILL");
    await running.ended;
    await reader.close();
    const first = await readFile(place.path("first.csv"), "utf8");
    expect(first).toMatch(/^address,password\nana@example\.com,.{20}\n$/u);
    expect(await column(place, "new/accounts.csv", "address")).toEqual([]);

    await rm(place.path("bo"));
    await writeFile(place.path("bo"), "known to bo\n");
    const refused = await place.run(["apply", "--auto-approve", "--passwords-out", "first.csv"]);
    expect(refused.code).toBe(1);
    expectCode(await place.run(["apply", "--auto-approve", "--passwords-out", "second.csv"]), 0);
    const ana = (await passwords("second.csv")).get("ana@example.com");
    expect(await passwords("new/accounts.csv")).toEqual(
      new Map([
        ["ana@example.com", ana],
        ["bo@example.com", "known to bo"],
      ]),
    );
    expect(await readFile(place.path("first.csv"), "utf8")).toBe(first);
  });

  it("as accounts are made loses no password, and none is made a second time for who was there", async () => {
    const people = company(200);
    await place.write(companyFiles(people));
    const running = place.start(["apply", "--auto-approve", "--passwords-out", "first.csv"]);
    const watcher = watch(place.path("new"), (_, name) => {
      if (name === "accounts.csv") running.child.kill("SIGKILL");
    });
    await running.ended;
    watcher.close();
    const there = await passwords("new/accounts.csv");
    const first = await passwords("first.csv");
    for (const [address, password] of there) expect(first.get(address)).toBe(password);

    // More people than before, so that the second run makes somebody whatever the first one came to.
    await place.write({ "manifests/people.yaml": peopleFile(company(203)) });
    expectCode(await place.run(["apply", "--auto-approve", "--passwords-out", "second.csv"]), 0);
    const second = await passwords("second.csv");
    const now = await passwords("new/accounts.csv");
    expect(now.size).toBe(203);
    for (const [address, password] of now) {
      expect(there.has(address) ? first.get(address) : second.get(address)).toBe(password);
      expect(second.has(address)).toBe(!there.has(address));
    }
  });
});

describe("carried hashes", () => {
  const hash = "{SHA512-CRYPT}$6$salt$abcdefghijklmnop";

  it("go from the source to the destination, and are shown nowhere", async () => {
    await place.write({
      ...companyFiles("accountsFrom: {defaults: {password: {hash: source}}}"),
      "old/accounts.csv": `address,displayName,passwordHash\nana@example.com,Ana,${hash}\nbo@example.com,Bo,\n`,
      "new/accounts.csv": "address,displayName,passwordHash\n",
    });
    const planned = await place.run(["plan", "--format", "json"]);
    expect(planned.stdout).toContain("password.missing");
    const ended = await place.run(["apply", "--auto-approve"]);
    expectCode(ended, 0);
    expect(await rows(place, "new/accounts.csv")).toMatchObject([
      { address: "ana@example.com", passwordHash: hash },
      { address: "bo@example.com", passwordHash: "" },
    ]);
    expect(planned.stdout + ended.stdout + ended.stderr + (await everything("manifests"))).not.toContain(
      "abcdefghijkl",
    );
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
  });
});
