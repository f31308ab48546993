/** What a check of a tenant says: each permission by its name, by the token and by trying, and what is there. */
import { afterEach, describe, expect, it } from "vitest";
import type { CheckRequest } from "../../src/contract/check.ts";
import type { Finding } from "../../src/model/finding.ts";
import { collect } from "../contract/collect.ts";
import { allRoles, fakeClient, type FakeGraph, startGraph } from "../servers/graph.ts";
import { addDomain, addSkus, endTenant, openTenant } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
let graph: FakeGraph;
afterEach(() => endTenant(graph));

async function check(
  roles: readonly string[],
  more: Parameters<typeof openTenant>[1] = {},
): Promise<readonly Finding[]> {
  graph = await startGraph({ roles });
  addDomain(graph, "example.com", true);
  graph.objects.domains.set("new.example", {
    ...graph.objects.domains.get("example.com"),
    id: "new.example",
    isVerified: false,
  });
  addSkus(graph, 7);
  return look(more);
}

async function look(more: Parameters<typeof openTenant>[1] = {}): Promise<readonly Finding[]> {
  const request: CheckRequest = { use: "source", mailboxes: [], seen: () => {} };
  return collect((await openTenant(graph, more)).check(request, options));
}

const missing = (found: readonly Finding[]) =>
  found
    .filter(({ code }) => code === "permission.missing")
    .map(({ detail, severity }) => [(detail as { permission: string }).permission, severity]);

describe("a check", () => {
  it("has nothing against an application that may do all", async () => {
    const found = await check(allRoles, { exchange: "invokeCommand" });
    expect(found.filter(({ severity }) => severity !== "info").map(({ code, about }) => [code, about])).toEqual([
      ["domain.unverified", "domain/new.example"],
    ]);
    expect(found.map(({ message }) => message)).toContain("SPE_E3 has 7 free seats");
    expect(JSON.stringify(found.find(({ about }) => about === "domain/example.com")?.detail)).toContain(
      "example-com.mail.protection.outlook.com",
    );
  });

  it("names each permission that is missing, and where it is granted", async () => {
    const found = await check(["User.Read.All", "Domain.Read.All"], { exchange: "invokeCommand" });
    expect(missing(found)).toEqual([
      ["Group.Read.All", "error"],
      ["LicenseAssignment.Read.All", "error"],
      ["User.ReadWrite.All", "warning"],
      ["Group.ReadWrite.All", "warning"],
      ["Domain.ReadWrite.All", "warning"],
      ["OrgContact.Read.All", "warning"],
      ["Exchange.ManageAsApp", "error"],
    ]);
    const remedies = found.filter(({ code }) => code === "permission.missing").map(({ remedy }) => remedy);
    expect(remedies.every((remedy) => remedy?.includes(`appId/${fakeClient}`))).toBe(true);
  });

  it("tries too: what the token grants may not be in force yet", async () => {
    await check(allRoles);
    const body = {
      error: { code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
    };
    graph.faults.next((method, path) => method === "GET" && path === "/groups", { status: 403, body }, 9);
    const found = await look();
    expect(missing(found)).toEqual([["Group.Read.All", "error"]]);
    expect(found.find(({ code }) => code === "permission.missing")?.remedy).toContain("wait some minutes");
  });

  it("writes nothing", async () => {
    await check(allRoles);
    expect(graph.requests.filter((each) => !each.startsWith("GET "))).toEqual([]);
  });
});
