import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/endpoint/clock.ts";
import { openEndpoint } from "../../../src/endpoint/index.ts";
import { loadManifests } from "../../../src/manifest/load.ts";
import { expand } from "../../../src/plan/expand.ts";

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "expand-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** Who each mailbox is at the source, by its name, with a CloudM list whose rows are all accounts. */
async function sources(domain: string, ...more: readonly string[]): Promise<Readonly<Record<string, string>>> {
  await writeFile(
    join(folder, "users.csv"),
    "ExportName,ImportName,GivenName,MigrateMail\nana.old@old.example,ana@x.example,Ana,\nbo.old@old.example,bo@x.example,Bo,False\n",
  );
  const mail = (name: string) => document("Endpoint", name, `{type: archive, path: ${name}, format: maildir}`);
  const ends = "{source: {directory: rows, mail: old}, destination: {directory: rows, mail: new}}";
  await writeFile(
    join(folder, "all.yaml"),
    [
      document("Endpoint", "rows", "{type: csv, path: ., profile: cloudm}"),
      mail("old"),
      mail("new"),
      document("Migration", "move", ends),
      document("Domain", "x.example", domain),
      ...more,
    ].join("---\n"),
  );
  const spec = { type: "csv", path: folder, profile: "cloudm" } as const;
  const surroundings = { secret: async () => "", clock: systemClock, signal, emit: () => {} };
  const { resources } = await expand(await loadManifests([folder]), {
    connect: () => openEndpoint("rows", spec, surroundings),
    emit: () => {},
    signal,
  });
  return Object.fromEntries(
    [...resources.values()].flatMap((each) => (each.kind === "mailbox" ? [[each.name, each.source.user]] : [])),
  );
}

describe("who an account is at the source", () => {
  const ana = "ana@x.example";

  it("is what its row says, also where the account is written beside the row", async () => {
    const said = { [ana]: "ana.old@old.example" };
    expect(await sources("{accountsFrom: {}}")).toEqual(said);
    expect(await sources("{accountsFrom: {}, accounts: {ana: {displayName: A}, bo: {displayName: B}}}")).toEqual(said);
  });

  it("is what the manifests say where they say it", async () => {
    expect(
      await sources(
        "{accountsFrom: {}, accounts: {ana: {source: {user: a@old.example}}, bo: {source: {user: bo@x.example}}}}",
      ),
    ).toEqual({ [ana]: "a@old.example", "bo@x.example": "bo@x.example" });
    expect(await sources("{accountsFrom: {}, accounts: {ana: {source: false}}}")).toEqual({});
  });

  it("is what its row says where a Mailbox document leaves it open", async () => {
    const box = (spec: string) => document("Mailbox", ana, spec);
    expect(await sources("{accountsFrom: {}}", box("{mode: mirror}"))).toEqual({ [ana]: "ana.old@old.example" });
    expect(await sources("{accountsFrom: {}}", box("{source: {user: a@old.example}}"))).toEqual({
      [ana]: "a@old.example",
    });
  });
});
