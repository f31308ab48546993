import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlace, type Place } from "./run.ts";

const manifests = join(import.meta.dirname, "../../manifests");

/** Which folders of an example are read together: each environment of its own. */
const environments: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "bulk-files": [["."]],
  quickstart: [["."]],
  "openldap-to-csv": [["."]],
  "active-directory-to-openldap": [["."]],
  "imap-to-microsoft365": [["."]],
  "tenant-to-tenant": [["."]],
  "google-to-microsoft365": [["."]],
  "imap-to-google": [["."]],
  "imap-to-imap": [
    ["company", "move"],
    ["company", "late"],
  ],
};

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

describe("the examples", () => {
  it("are all here", () => {
    expect(readdirSync(manifests).toSorted()).toEqual(Object.keys(environments).toSorted());
  });

  const all = Object.entries(environments).flatMap(([name, each]) => each.map((parts) => [name, parts] as const));
  it.each(all)("%s is valid as it stands: %j", async (name, parts) => {
    const folders = parts.flatMap((part) => ["-f", join(manifests, name, part)]);
    const { code, stderr } = await place.run(["validate", ...folders]);
    expect(stderr.split("\n").filter((line) => line.startsWith("error"))).toEqual([]);
    expect(code).toBe(0);
  });
});
