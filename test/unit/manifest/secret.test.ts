import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Fault } from "../../../src/model/fault.ts";
import { secretResolver, sharingSecrets } from "../../../src/manifest/secret.ts";
import { withFolder } from "./folder.ts";

const at = { file: "manifests/old.yaml", line: 12, column: 17 };
const resolve = secretResolver({ environment: { SET: "hunter2\n", EMPTY: "" } });
const node = process.execPath;
const print = (text: string): readonly string[] => [node, "-e", `process.stdout.write(${JSON.stringify(text)})`];

async function refusal(ref: Parameters<typeof resolve>[0]): Promise<Fault> {
  const thrown: unknown = await resolve(ref).catch((error: unknown) => error);
  if (!(thrown instanceof Fault)) throw new Error("no fault");
  expect(thrown.message).not.toContain("hunter2");
  return thrown;
}

describe("secrets", () => {
  test("a variable is taken as it is", async () => expect(await resolve({ env: "SET" })).toBe("hunter2\n"));

  test("a file without its last newline", async () => {
    await withFolder({ a: "hunter2\n", b: "hunter2\r\n", c: "two\nlines\n\n", d: "none" }, async (folder) => {
      const values = await Promise.all(["a", "b", "c", "d"].map((name) => resolve({ file: join(folder, name) })));
      expect(values).toEqual(["hunter2", "hunter2", "two\nlines\n", "none"]);
    });
  });

  test("what a command prints, without a shell", async () => {
    expect(await resolve({ command: print("hunter2\n") })).toBe("hunter2");
    expect(await resolve({ command: [node, "-e", "process.stdout.write(process.argv[1])", "$HOME `x` *"] })).toBe(
      "$HOME `x` *",
    );
  });

  test("a command runs in the folder of its manifest, and is given nothing to read", async () => {
    await withFolder({ "m.yaml": "" }, async (folder) => {
      const ref = {
        command: [node, "-e", "process.stdin.on('end', () => console.log(process.cwd())).resume()"],
        at: { ...at, file: join(folder, "m.yaml") },
      };
      expect(await resolve(ref)).toMatch(new RegExp(`${folder.split("/").at(-1)}$`, "u"));
    });
  });

  test("what is missing is told by its reference and its line", async () => {
    const fault = await refusal({ env: "UNSET", at });
    expect(fault).toMatchObject({
      code: "secret.missing",
      message: "The secret {env: UNSET} is not set",
      about: "manifests/old.yaml:12:17",
      spoils: "endpoint",
    });
    expect(await refusal({ env: "EMPTY", at })).toMatchObject({
      code: "secret.missing",
      message: "The secret {env: EMPTY} is empty",
    });
    expect(await refusal({ file: "/nowhere/at/all" })).toMatchObject({
      code: "secret.missing",
      message: "The secret {file: /nowhere/at/all} has no such file",
    });
    expect(await refusal({ command: ["/nowhere/at/all", "x"] })).toMatchObject({
      code: "secret.unreadable",
      message: "The secret {command: [/nowhere/at/all, …]} has no such program",
    });
  });

  test("a command that fails is not quoted", async () => {
    const noisy = [node, "-e", "console.error('hunter2'); console.log('hunter2'); process.exit(3)"];
    expect((await refusal({ command: noisy })).message).toMatch(/ ended with exit code 3$/u);
    expect((await refusal({ command: [node, "-e", ""] })).message).toMatch(/ is empty$/u);
    const endless = [node, "-e", "process.stdout.write('hunter2'.repeat(20_000))"];
    expect((await refusal({ command: endless })).message).toMatch(/ is too large to be one$/u);
    expect((await refusal({ command: print("hunter2".repeat(20_000)) })).message).toMatch(/ could not be run$/u);
  });

  test("a folder is no secret, nor is a file too large to be one", async () => {
    await withFolder({ big: "x".repeat(70_000) }, async (folder) => {
      expect((await refusal({ file: folder })).code).toBe("secret.unreadable");
      expect((await refusal({ file: join(folder, "big") })).code).toBe("secret.unreadable");
    });
  });

  test("is asked again each time", async () => {
    const environment: Record<string, string> = { TOKEN: "one" };
    const ask = secretResolver({ environment });
    expect(await ask({ env: "TOKEN" })).toBe("one");
    environment["TOKEN"] = "two";
    expect(await ask({ env: "TOKEN" })).toBe("two");
  });

  test("is shared for half a minute, unless it was refused or not found", async () => {
    const found: string[] = [];
    let now = 1000;
    const ask = sharingSecrets(
      async (ref) => {
        found.push("env" in ref ? ref.env : "");
        if (found.length === 1) throw new Error("not yet");
        return String(found.length);
      },
      { now: () => now },
    );
    await expect(ask({ env: "A" })).rejects.toThrow("not yet");
    expect(await Promise.all([ask({ env: "A" }), ask({ env: "A" }), ask({ env: "B" })])).toEqual(["2", "2", "3"]);
    now += 29_999;
    expect(await ask({ env: "A" })).toBe("2");
    expect(await ask({ env: "A" }, "anew")).toBe("4");
    expect(await ask({ env: "A" })).toBe("4");
    expect(await ask({ env: "B" })).toBe("3");
    now += 1;
    expect(await ask({ env: "B" })).toBe("5");
    expect(found).toEqual(["A", "A", "B", "A", "B"]);
  });

  test("a command ends with the run", async () => {
    const abort = new AbortController();
    const asked = secretResolver({ environment: {}, signal: abort.signal })({
      command: [node, "-e", "process.stdin.resume(); setInterval(() => {}, 1000)"],
    });
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: "secret.unreadable" });
  });
});
