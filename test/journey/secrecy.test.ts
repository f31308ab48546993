import { readdir, readFile, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { companyFiles, people, peopleFile, rows } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

const value = "correct-horse-battery-staple";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const withPassword = (secret: string) => people.replace("quota: 50GB", `password: ${secret}`);

/** Every file below the place but the directory that passwords are written to. */
async function texts(): Promise<readonly string[]> {
  const entries = await readdir(place.folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/new"));
  return Promise.all(files.map(({ parentPath, name }) => readFile(`${parentPath}/${name}`, "latin1")));
}

describe("a secret", () => {
  it("arrives where it belongs, and in no output, plan or state, --debug or not", async () => {
    await place.write(companyFiles(withPassword("{secret: {env: ANA_PASSWORD}}")));
    const env = { ANA_PASSWORD: value };
    const outputs: string[] = [];
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await place.run(args, { env });
      outputs.push(stdout, stderr);
      return code;
    };
    expect(await run("plan", "--debug", "--progress", "json", "--out", "a.plan")).toBe(0);
    expect(await run("apply", "a.plan", "--debug", "--progress", "json")).toBe(0);
    for (const command of ["status", "check", "validate"]) expect(await run(command, "--debug")).toBe(0);
    expect(await rows(place, "new/accounts.csv")).toMatchObject([{ address: "ana@example.com", password: value }, {}]);
    for (const text of [...outputs, ...(await texts())]) expect(text).not.toContain(value);
  });

  it("is not told by a command that fails while it prints it", async () => {
    await place.write({
      ...companyFiles(withPassword("{secret: {command: [sh, tell.sh]}}")),
      "manifests/tell.sh": `echo ${value}; echo ${value} >&2; exit 3\n`,
    });
    const { code, stdout, stderr } = await place.run(["apply", "--auto-approve", "--debug"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/exit code 3/u);
    expect(stdout + stderr).not.toContain(value);
  });

  it("is refused as a literal, and not shown", async () => {
    await place.write(companyFiles(withPassword(`{secret: ${value}}`)));
    const { code, stdout, stderr } = await place.run(["plan", "--debug"]);
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain(value);
    expect(stderr).toMatch(/people\.yaml:6:/u);
  });
});

describe("generated passwords", () => {
  it("are told to one new file, for its owner alone", async () => {
    await place.write({
      ...companyFiles(people),
      "manifests/people.yaml": peopleFile(
        "accounts:\n  ana: {password: {generate: true}}\n  bo: {password: {generate: true}}",
      ),
    });
    const { code, stdout, stderr } = await place.run([
      "apply",
      "--auto-approve",
      "--passwords-out",
      "told.csv",
      "--debug",
    ]);
    expect(code).toBe(0);
    const told = await rows(place, "told.csv");
    expect((await stat(place.path("told.csv"))).mode & 0o777).toBe(0o600);
    const written = await rows(place, "new/accounts.csv");
    expect(told).toEqual(written.map(({ address, password }) => ({ address, password })));
    expect(new Set(told.map(({ password }) => password)).size).toBe(2);
    for (const { password = "" } of told) {
      expect(password).toMatch(/^[A-Za-z0-9-]{24}$/u);
      expect(stdout + stderr).not.toContain(password);
    }
  });

  it("overwrite no file", async () => {
    await place.write({ ...companyFiles("accounts:\n  ana: {password: {generate: true}}"), "told.csv": "mine" });
    const { code } = await place.run(["apply", "--auto-approve", "--passwords-out", "told.csv"]);
    expect(code).toBe(1);
    expect(await readFile(place.path("told.csv"), "utf8")).toBe("mine");
    expect(await rows(place, "new/accounts.csv")).toEqual([]);
  });
});
