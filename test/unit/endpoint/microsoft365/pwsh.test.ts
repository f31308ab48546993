/** Cmdlets by a PowerShell: a stand-in for it that speaks the same lines, for none runs here. What PowerShell itself makes of the script is not shown. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Exchange } from "../../../../src/endpoint/microsoft365/exchange/exchange.ts";
import { createPwsh } from "../../../../src/endpoint/microsoft365/exchange/pwsh.ts";
import { script } from "../../../../src/endpoint/microsoft365/exchange/script.ts";

const options = { signal: new AbortController().signal };
let folder: string;
const open: Exchange[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pwsh-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Answers by a function of the question; notes what it was started with, and what it was told. */
async function standIn(name: string, answer: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const answer = ${answer};
appendFileSync(${JSON.stringify(`${path}.log`)}, JSON.stringify(process.argv.slice(2)) + "\\n");
let first = true;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  appendFileSync(${JSON.stringify(`${path}.log`)}, line + "\\n");
  const asked = JSON.parse(line);
  const said = first ? (answer.connect ?? { value: [] }) : answer.run(asked);
  first = false;
  if (said === "end") process.exit(1);
  if (said !== undefined) process.stdout.write("a word of a module\\n" + JSON.stringify({ id: asked.id ?? 0, ...said }) + "\\n");
});
`,
  );
  await chmod(path, 0o755);
  return path;
}

const certificate = async () => ({ certificate: "CERTIFICATE", privateKey: "PRIVATE KEY" });

function connect(program: string): Exchange {
  const made = createPwsh({
    about: "cloud",
    program,
    client: "app",
    organization: "contoso.onmicrosoft.com",
    certificate,
  });
  open.push(made);
  return made;
}

const set = {
  name: "Set-Mailbox",
  parameters: { Identity: "o'neil@x.example", EmailAddresses: { add: ["smtp:a@x.example"] } },
};
const get = { name: "Get-Recipient", parameters: { ResultSize: "Unlimited" } };

describe("a PowerShell", () => {
  it("connects once, runs one cmdlet after the other, and is told no secret on its command line", async () => {
    const program = await standIn("good", "{ run: (asked) => ({ value: [{ Name: asked.name, id: asked.id }] }) }");
    const exchange = connect(program);
    const rows = await Promise.all([exchange.run(get, options), exchange.run(set, options)]);
    expect(rows).toEqual([[{ Name: "Get-Recipient", id: 1 }], [{ Name: "Set-Mailbox", id: 2 }]]);
    const [args = "", how = "", ...asked] = (await readFile(`${program}.log`, "utf8")).trim().split("\n");
    expect(args).not.toContain("PRIVATE KEY");
    expect(JSON.parse(args)).toEqual(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script]);
    expect(JSON.parse(how)).toMatchObject({
      privateKey: "PRIVATE KEY",
      appId: "app",
      organization: "contoso.onmicrosoft.com",
    });
    expect(JSON.parse(asked[1] ?? "")).toMatchObject({ name: "Set-Mailbox", parameters: set.parameters });
  });

  it("tells a refusal by what it means, and goes on", async () => {
    const answer = `{ run: ({ id }) => id === 1 ? { error: "[x] The operation couldn't be performed because object 'o' couldn't be found on 'server'." } : { value: [] } }`;
    const exchange = connect(await standIn("refusing", answer));
    await expect(exchange.run(set, options)).rejects.toMatchObject({
      code: "item.missing",
      about: "cloud",
      spoils: "item",
    });
    expect(await exchange.run(set, options)).toEqual([]);
  });

  it("that ends tells whether anything may have been done", async () => {
    const exchange = connect(await standIn("ending", "{ run: () => 'end' }"));
    await expect(exchange.run(set, options)).rejects.toMatchObject({ code: "outcome.unknown" });
    await expect(exchange.run(get, options)).rejects.toMatchObject({ code: "server.failed" });
  });

  it("that is not there, or does not connect, spoils the endpoint", async () => {
    await expect(connect(join(folder, "none")).run(get, options)).rejects.toMatchObject({
      code: "exchange.unconnected",
      spoils: "endpoint",
      message: expect.stringContaining("there is no "),
    });
    const refusing = await standIn("unconnected", `{ connect: { error: "No module" }, run: () => undefined }`);
    await expect(connect(refusing).run(get, options)).rejects.toMatchObject({
      message: expect.stringContaining("No module"),
    });
  });

  it("is ended with the run", async () => {
    const stop = new AbortController();
    const exchange = connect(
      await standIn("hanging", "{ run: () => { process.stdout.write('hanging\\\\n'); return undefined; } }"),
    );
    const hanging = exchange.run(set, { signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(hanging).rejects.toMatchObject({ code: "run.interrupted" });
  });
});
