import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { serversOf } from "./setup.ts";

const here = (name: string) => join(import.meta.dirname, name);

/** What a process with this environment says when it starts a server. */
async function refusal(env: Record<string, string>): Promise<string> {
  const script = `import { requireServer, without } from "${here("packages.ts")}";
    console.log(without("courier")); await requireServer("courier");`;
  const options = { env: { ...process.env, ...env }, cwd: "/" };
  return promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", script], options).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}

describe("what the servers of the tests need", () => {
  it("is known from the files' imports", () => {
    expect(serversOf([here("cyrus.test.ts")])).toEqual(["cyrus"]);
    expect(serversOf([here("courier.test.ts"), here("fault-proxy.test.ts")])).toEqual(["dovecot", "courier"]);
    expect(serversOf([here("../unit/floors.test.ts")])).toEqual([]);
  });

  it("is told in a sentence where it lacks", async () => {
    const told = await refusal({ RECONCILE_TEST_CACHE: "/nonexistent", RECONCILE_TEST_SERVERS: "" });
    expect(told).toMatch(/^false\n/);
    expect(told).toMatch(/Tests of courier need Debian 12's packages .*courier-imap.*; as root, .* installs them\./);
  });

  it("is left out in so many words", async () => {
    const told = await refusal({ RECONCILE_TEST_SERVERS: "none" });
    expect(told).toMatch(/^true\n/);
    expect(told).toContain("RECONCILE_TEST_SERVERS=none: skipped what needs courier.");
  });
});
