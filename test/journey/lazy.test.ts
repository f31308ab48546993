/** What a command loads: the code of a cloud, and its vendor's, only where the manifests name it. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeSecret, startGraph } from "../servers/graph.ts";
import { endTenant, specOf } from "../endpoint/microsoft365.ts";
import { openPlace, type Place } from "./run.ts";

/** A word of each vendor's code that nothing else says. */
const vendors = { "@microsoft/microsoft-graph-client": "GraphRequest", googleapis: "GoogleApis" };

let place: Place;
beforeAll(async () => {
  place = await openPlace();
  await place.write({
    "trace.cjs": `process.on("exit", () => require("node:fs").writeFileSync(process.env.TRACE, Object.keys(require.cache).join("\\n")));`,
  });
});
afterAll(() => place.remove());

/** The vendors whose code a command loads. */
async function loaded(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const trace = place.path("trace.txt");
  const { stderr } = await place.run(args, {
    env: { NODE_OPTIONS: `--require=${place.path("trace.cjs")}`, TRACE: trace, ...env },
  });
  expect(stderr).not.toContain("Cannot find");
  const files = (await readFile(trace, "utf8")).split("\n").filter((file) => file.includes("/dist/"));
  expect(files.length).toBeGreaterThan(0);
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return Object.entries(vendors).flatMap(([name, word]) => (texts.some((text) => text.includes(word)) ? [name] : []));
}

const endpoint = (spec: object): string =>
  `apiVersion: reconcile/v1\nkind: Endpoint\nmetadata: {name: there}\nspec: ${JSON.stringify(spec)}\n---\n` +
  `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: move}\nspec: {destination: {directory: there}}\n---\n` +
  "apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com}\nspec: {}\n";

describe("a vendor's code for a cloud", () => {
  it("is loaded by no command that does not need it", async () => {
    expect(await loaded(["--version"])).toEqual([]);
    await place.write({ "plain/all.yaml": endpoint({ type: "memory" }) });
    expect(await loaded(["plan", "-f", "plain"])).toEqual([]);
  });

  it("is loaded where a manifest names its cloud", async () => {
    const graph = await startGraph();
    const spec = { ...specOf(graph), auth: { ...specOf(graph).auth, clientSecret: { env: "CLOUD_SECRET" } } };
    await place.write({ "cloud/all.yaml": endpoint(spec) });
    expect(await loaded(["plan", "-f", "cloud"], { CLOUD_SECRET: fakeSecret })).toEqual([
      "@microsoft/microsoft-graph-client",
    ]);
    await endTenant(graph);
  });
});
