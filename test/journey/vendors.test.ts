/** A vendor's package is loaded by whoever speaks to that vendor, and by nobody else: it costs more than a small plan. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/endpoint/clock.ts";
import { type FakeGoogle, startFakeGoogle } from "../servers/google/fake.ts";
import { companyFiles } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

/** Words that only the package's own code has. */
const vendors = { googleapis: "google-api-nodejs-client" } as const;

const recorder = `const { writeFileSync } = require("node:fs");
process.on("exit", () => writeFileSync(process.env.LOADED, Object.keys(require.cache).join("\\n")));
`;

const google = (url: string) => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: google}
spec: {type: google, serviceAccount: {file: key.json}, admin: admin@example.com, apiUrl: "${url}"}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: tidy}
spec: {destination: {directory: google}}
---
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec: {accounts: {ana: {displayName: Ana Ruiz}}}
`;

describe("the packages of vendors", { timeout: 60_000 }, () => {
  let place: Place;
  let fake: FakeGoogle;
  beforeAll(async () => {
    [place, fake] = await Promise.all([openPlace(), startFakeGoogle({ clock: systemClock })]);
    fake.directory.domains.set("example.com", true);
    await place.write({
      ...companyFiles("accounts: {ana: {displayName: Ana Ruiz}}"),
      "recorder.cjs": recorder,
      "google/all.yaml": google(fake.url),
      "google/key.json": fake.key,
    });
  });
  afterAll(() => Promise.all([place?.remove(), fake?.stop()]));

  /** Vendors whose code a command loaded. */
  async function loaded(code: number, ...args: readonly string[]): Promise<readonly string[]> {
    const list = place.path("loaded");
    const env = { NODE_OPTIONS: `--require ${place.path("recorder.cjs")}`, LOADED: list };
    expectCode(await place.run(args, { env }), code);
    const files = (await readFile(list, "utf8")).split("\n").filter((file) => file.endsWith("js"));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return Object.entries(vendors).flatMap(([name, word]) => (texts.some((text) => text.includes(word)) ? [name] : []));
  }

  it("are not loaded to tell the version, nor for a plan without them", async () => {
    expect(await loaded(0, "--version")).toEqual([]);
    expect(await loaded(2, "plan", "--detailed-exitcode", "-f", "manifests")).toEqual([]);
  });

  it("are loaded for a plan with them", async () => {
    expect(await loaded(2, "plan", "--detailed-exitcode", "-f", "google")).toEqual(["googleapis"]);
  });
});
