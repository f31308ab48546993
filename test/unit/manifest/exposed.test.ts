import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { exposedSecrets } from "../../../src/manifest/exposed.ts";
import { loadManifests } from "../../../src/manifest/load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconcile-exposed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const manifest = `
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: corp}
spec:
  type: ldap
  url: ldaps://ldap.example.com
  base: dc=example,dc=com
  clientCertificate: {certificate: open, key: key}
  bind: {dn: cn=x, password: {file: bind}}
---
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {password: {secret: {file: ana}}}
    bo: {password: {hash: {file: bo}}}
    cy: {password: {secret: {file: missing}}}
    di: {password: {secret: {env: DI}}}
`;

it("tells of files that everybody may read or write, whatever names them, and of no others", async () => {
  const modes = { bind: 0o644, key: 0o606, ana: 0o602, bo: 0o640, open: 0o644 };
  for (const [name, mode] of Object.entries(modes)) {
    await writeFile(join(folder, name), "open sesame");
    await chmod(join(folder, name), mode);
  }
  await writeFile(join(folder, "all.yaml"), manifest);
  const { endpoints, resources } = await loadManifests([folder], { folder });
  const found = await exposedSecrets(endpoints.values(), resources);
  expect(found.map(({ about }) => about)).toEqual(["key", "bind", "ana"].map((name) => join(folder, name)));
  expect(found[1]).toMatchObject({
    code: "secret.exposed",
    severity: "warning",
    remedy: `chmod 600 ${join(folder, "bind")}`,
  });
  expect(JSON.stringify(found)).not.toContain("sesame");
});
