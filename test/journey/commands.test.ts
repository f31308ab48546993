import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

const commands = [
  "init",
  "validate",
  "schema",
  "check",
  "plan",
  "show",
  "apply",
  "status",
  "explain",
  "graph",
  "unlock",
];

describe("the command line", () => {
  it.each(commands)("explains %s, with an example", async (command) => {
    const { code, stdout, stderr } = await place.run([command, "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Usage: reconcile /u);
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ reconcile /u);
  });

  it.each(["list", "show", "mv", "forget"])("explains state %s, with an example", async (command) => {
    const { code, stdout } = await place.run(["state", command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: reconcile state /u);
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ reconcile state /u);
  });

  it.each([["plan", "--help"], ["--help"], ["schema", "Account"], ["plot"]])(
    "ends in silence when nobody reads on: %s %s",
    async (...args) => {
      const { child, ended } = place.start(args);
      child.stdout?.destroy();
      if (args[0] === "plot") child.stderr?.destroy();
      const { code, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: args[0] === "plot" ? 1 : 0, stderr: "" });
    },
  );

  it("names every command and every exit code in its own help", async () => {
    const { stdout } = await place.run(["--help"]);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "mu"));
    for (const code of [130, 6, 3, 5, 1, 4, 2, 0]) expect(stdout).toMatch(new RegExp(`^ +${code} {2}\\S`, "mu"));
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8")) as {
      version: string;
    };
    expect(await place.run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a command that is none", ["plot"], /unknown command 'plot'/u],
    ["a flag that is none", ["plan", "--bogus"], /unknown option '--bogus'/u],
    ["a wave that is no number", ["plan", "--wave", "first"], /whole number/u],
    ["a phase that is none", ["plan", "--phase", "later"], /directory, content, cutover/u],
    ["a format that is none", ["plan", "--format", "html"], /text, json, markdown/u],
    ["a time that is none", ["apply", "--max-duration", "soon"], /90s, 45m/u],
    ["a bound of what has none", ["plan", "--max-size", "100"], /--max-size cannot apply/u],
    ["a selection of a saved plan", ["apply", "a.plan", "--target", "account/*"], /--target cannot apply/u],
    ["several flags of a saved plan", ["apply", "a.plan", "--recopy", "--wave", "1"], /--wave, --recopy cannot apply/u],
    ["manifests beside a plan that is only shown", ["show", "a.plan", "-f", "x"], /--file cannot apply/u],
    ["a missing argument", ["show"], /missing required argument/u],
    ["an address that is none", ["explain", "ana"], /kind\/name/u],
    ["an upkeep that is none", ["state", "sweep"], /unknown command 'sweep'/u],
    ["a schema that is none", ["schema", "Wombat"], /name one of account/u],
    ["a folder that is not there", ["validate", "-f", "nowhere"], /nowhere/u],
  ])("refuses %s", async (_, args, words) => {
    const { code, stdout, stderr } = await place.run(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(words);
  });

  it("prints schemas that need no other file", async () => {
    const { code, stdout } = await place.run(["schema", "Account"]);
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as { readonly $defs: Readonly<Record<string, { readonly $id: string }>> };
    const referred = [...stdout.matchAll(/"\$ref": "([^"#]+)/gu)].map(([, file]) => file);
    expect(referred.length).toBeGreaterThan(0);
    for (const file of referred) expect(schema.$defs[file ?? ""]?.$id).toMatch(new RegExp(`/${file}$`, "u"));
  });
});

describe("init", () => {
  it.each<[string, readonly string[]]>([
    ["directory to directory", ["--from", "csv", "--to", "csv"]],
    ["mail to mail", ["--from", "archive", "--to", "archive"]],
    ["both to both", ["--from", "csv,archive", "--to", "csv", "--to", "archive"]],
    ["memory to csv", ["--from", "memory", "--to", "csv"]],
  ])("writes manifests that are valid: %s", async (name, flags) => {
    const out = name.replaceAll(" ", "-");
    const made = await place.run(["init", ...flags, "--out", out]);
    expect(made.code).toBe(0);
    const { code, stdout, stderr } = await place.run(["validate", "-f", out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/valid/u);
    expect(made.stdout.trim().split("\n")).toContain(join(out, "migration.yaml"));
  });

  it("overwrites nothing, and then writes nothing", async () => {
    await place.write({ "kept/people.yaml": "mine" });
    const { code, stderr } = await place.run(["init", "--from", "csv", "--to", "csv", "--out", "kept"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/kept\/people\.yaml/u);
    expect(await readFile(place.path("kept/people.yaml"), "utf8")).toBe("mine");
    await expect(readFile(place.path("kept/endpoints.yaml"))).rejects.toThrow("ENOENT");
  });

  it("asks nobody where there is no terminal", async () => {
    const { code, stderr } = await place.run(["init", "--out", "unasked"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--from/u);
  });
});
