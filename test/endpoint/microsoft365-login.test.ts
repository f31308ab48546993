/** How an application logs in to Microsoft 365: by a secret or a certificate, and what is told where it is refused. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Options } from "../../src/contract/options.ts";
import { collect } from "../contract/collect.ts";
import { writeApplicationCertificate } from "../servers/certificates.ts";
import { fakeClient, type FakeGraph, type FakeGraphOptions, startGraph } from "../servers/graph.ts";
import { addDomain, endTenant, openTenant } from "./microsoft365.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const options: Options = { signal: new AbortController().signal };
let folder: string;
let files: Awaited<ReturnType<typeof writeApplicationCertificate>>;
let graph: FakeGraph | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "certificate-"));
  files = await writeApplicationCertificate(folder);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  if (graph !== undefined) await endTenant(graph);
  graph = undefined;
});

async function start(more: FakeGraphOptions = {}): Promise<FakeGraph> {
  graph = await startGraph(more);
  addDomain(graph, "example.com", true);
  return graph;
}

type Tenant = Awaited<ReturnType<typeof openTenant>>;
const domainsOf = async (tenant: Tenant) =>
  (await collect(tenant.directory.domain?.read({}, options))).map(({ name }) => name);

async function faultOf(trying: Promise<unknown>): Promise<unknown> {
  return trying.then(
    () => "it went well",
    (thrown: unknown) => thrown,
  );
}

describe("an application", () => {
  it("logs in by a certificate, whose key never leaves it", async () => {
    const server = await start({ certificate: await readFile(files.certificate, "utf8") });
    const auth = {
      clientId: fakeClient,
      certificate: files.certificate,
      privateKey: { file: files.key },
    };
    const secret = async () => readFile(files.key, "utf8");
    expect(await domainsOf(await openTenant(server, { auth }, { secret }))).toEqual(["example.com"]);
  });

  it("is told which file is none, and not what is in it", async () => {
    const server = await start();
    await writeFile(join(folder, "bad.pem"), "no certificate");
    const bad = join(folder, "bad.pem");
    for (const [certificate, key] of [
      [bad, files.key],
      [files.certificate, bad],
      [join(folder, "gone.pem"), files.key],
    ] as const) {
      const auth = { clientId: fakeClient, certificate, privateKey: { file: "key" } };
      const secret = async () => readFile(key, "utf8");
      const fault = await faultOf(domainsOf(await openTenant(server, { auth }, { secret })));
      expect(fault).toMatchObject({ code: "certificate.unreadable", spoils: "endpoint" });
      expect(String(fault)).not.toContain("BEGIN");
    }
  });

  it("that is not known is told so, without its secret", async () => {
    const server = await start();
    const fault = await faultOf(domainsOf(await openTenant(server, {}, { secret: async () => "wrong secret" })));
    expect(fault).toMatchObject({ code: "token.refused", message: expect.stringContaining("invalid_client") });
    expect(JSON.stringify(fault) + String(fault)).not.toContain("wrong secret");
  });
});

describe("a token", () => {
  it("is had once, anew before its end, and anew where it was revoked", async () => {
    const server = await start({ expiresIn: 600 });
    const clock = createVirtualClock();
    const tenant = await openTenant(server, {}, { clock });
    await domainsOf(tenant);
    await domainsOf(tenant);
    expect(server.tokens).toHaveLength(1);
    clock.pass(541_000);
    await domainsOf(tenant);
    expect(server.tokens).toHaveLength(2);
    server.revoke();
    expect(await domainsOf(tenant)).toEqual(["example.com"]);
    expect(server.tokens).toHaveLength(3);
  });

  it("that is refused though it is new spoils the endpoint", async () => {
    const server = await start();
    server.faults.next(() => true, { status: 401 }, 9);
    expect(await faultOf(domainsOf(await openTenant(server)))).toMatchObject({
      code: "login.refused",
      spoils: "endpoint",
    });
  });
});
