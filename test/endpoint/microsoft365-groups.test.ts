/** What a list is at Microsoft 365: a Microsoft 365 group, a security group, or one that Graph shows and does not write. */
import { afterEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint } from "../../src/contract/endpoint.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Observed } from "../../src/model/resource.ts";
import type { Microsoft365EndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { handlerContract } from "../contract/handler.ts";
import { type FakeGraph, startGraph } from "../servers/graph.ts";
import { addDomain, addPerson, endTenant, openTenant } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
const people = ["ana@staff.example", "bo@staff.example"] as const;
let graph: FakeGraph;

async function start(): Promise<FakeGraph> {
  const started = await startGraph();
  addDomain(started, "example.com", true);
  addDomain(started, "other.example");
  addDomain(started, "staff.example");
  for (const name of people) addPerson(started, name);
  return started;
}

const want = (name: string, fields: Readonly<Record<string, Json>>) =>
  ({ kind: "list", name, address: addressOf("list", name), labels: {}, fields }) as never;

async function make(lists: Microsoft365EndpointSpec["lists"] & string, name = "sales@example.com") {
  const tenant = await openTenant(graph, { lists });
  const fields = { displayName: "Sales", members: [people[0]] };
  const change = { key: "c", act: "create", want: want(name, fields), precondition: { absent: true } };
  await tenant.directory.list?.write?.([change as DirectoryChange<"list">], options);
  return graph.objects.groups.all();
}

const seen = async (tenant: Endpoint): Promise<readonly Observed[]> =>
  collect(tenant.directory.list?.read({}, options) as AsyncIterable<Observed>);

describe("a new list", () => {
  afterEach(() => endTenant(graph));

  it("is a security group where that is written: without mail", async () => {
    graph = await start();
    expect(await make("security")).toMatchObject([
      { displayName: "Sales", mailNickname: "sales", mailEnabled: false, securityEnabled: true, mail: null },
    ]);
    const [group] = graph.objects.groups.all();
    expect(group?.["groupTypes"] ?? []).toEqual([]);
    expect(await seen(await openTenant(graph, { lists: "security" }))).toMatchObject([
      { name: "sales@example.com", fields: { displayName: "Sales", members: [people[0]] } },
    ]);
  });

  it("is a Microsoft 365 group where that is written: with mail", async () => {
    graph = await start();
    expect(await make("microsoft365")).toMatchObject([
      {
        mailNickname: "sales",
        mailEnabled: true,
        securityEnabled: false,
        groupTypes: ["Unified"],
        mail: "sales@example.com",
      },
    ]);
  });

  it("of either kind is refused in a domain that is not the tenant's default one", async () => {
    graph = await start();
    for (const lists of ["security", "microsoft365"] as const) {
      const tenant = await openTenant(graph, { lists });
      await seen(tenant);
      const codes = (name: string) => tenant.directory.list?.assess(want(name, {})).map(({ code }) => code);
      expect(codes("sales@other.example")).toEqual(["list.domain"]);
      expect(codes("sales@example.com")).toEqual([]);
    }
  });
});

describe("a security group that is there", () => {
  afterEach(() => endTenant(graph));

  it("is a list where new ones are such, and elsewhere none, so that prune takes none away", async () => {
    graph = await start();
    await make("security");
    expect(await seen(await openTenant(graph, { lists: "security" }))).toHaveLength(1);
    expect(await seen(await openTenant(graph, { lists: "microsoft365" }))).toEqual([]);
    expect(await seen(await openTenant(graph))).toEqual([]);
  });

  it("with mail is shown, and a person's to change, for Graph writes none", async () => {
    graph = await start();
    const id = graph.objects.newId();
    graph.objects.groups.set(id, {
      id,
      displayName: "Guards",
      mail: "guards@example.com",
      mailNickname: "guards",
      mailEnabled: true,
      securityEnabled: true,
      groupTypes: [],
      proxyAddresses: ["SMTP:guards@example.com"],
    });
    const tenant = await openTenant(graph, { lists: "security" });
    const [was] = await seen(tenant);
    expect(was).toMatchObject({ name: "guards@example.com", fields: { displayName: "Guards" } });
    const fields = [{ field: "members", from: [], to: [people[1]] }];
    const change = { act: "update", want: want("guards@example.com", { members: [people[1]] }), was, fields };
    expect(tenant.directory.list?.byHand?.(change as never)).toEqual([
      "Update-DistributionGroupMember -Identity 'guards@example.com' -Members 'bo@staff.example' -Confirm:$false",
    ]);
  });
});

handlerContract(
  "microsoft365 (security groups)",
  "list",
  async () => {
    const tenant = await start();
    const reopen = async () => {
      const { list } = (await openTenant(tenant, { lists: "security" })).directory;
      if (list === undefined) throw new Error("no list");
      return list;
    };
    return { handler: await reopen(), reopen, close: () => endTenant(tenant) };
  },
  {
    runs: 3,
    many: 25,
    names: ["ana@example.com", "bo@example.com", "cy.lund@example.com", "d_e@example.com"],
    full: { displayName: "Sales, north; south", members: [...people], owners: [people[0]] },
    other: { displayName: "Verkäufe", members: [people[1]], owners: [people[1]] },
  },
);
