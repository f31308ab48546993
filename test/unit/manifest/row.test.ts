import { describe, expect, test } from "vitest";
import { resourcesFromRow } from "../../../src/manifest/row.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { document, endpoint, load, migration } from "./folder.ts";

const from = `{source: {domain: old.example},
  accountsFrom: {endpoint: a, filter: {department: sales}, map: {address: mail}, defaults: {quota: 1GB, enabled: true, wave: 2, priority: 7, protect: true, password: {generate: true}}},
  listsFrom: {filter: "(objectClass=group)", defaults: {hidden: true}}}`;

const manifests =
  migration() +
  document("Domain", "example.com", from).replace(
    "{name: example.com}",
    "{name: example.com, labels: {office: berlin}}",
  );
const ana: Observed<"account"> = {
  kind: "account",
  name: "Ana@OLD.example",
  fields: { displayName: "Ana", quota: 5, forwarding: { to: ["bo@old.example"], keepCopy: false } },
};

describe("accountsFrom and listsFrom", () => {
  test("stay as data", async () => {
    const { froms } = await load(manifests);
    expect(froms).toMatchObject([
      {
        kind: "account",
        domain: "example.com",
        sourceDomain: "old.example",
        endpoint: "a",
        scope: { filter: { department: "sales" }, map: { address: "mail" } },
        origin: { line: 20, column: 3 },
      },
      { kind: "list", endpoint: "a", scope: { filter: "(objectClass=group)" }, defaults: { fields: { hidden: true } } },
    ]);
  });

  test("a row is an account and its mailbox: the row before the defaults, the source's addresses made the domain's", async () => {
    const { froms, frame } = await load(manifests);
    const [accounts] = froms;
    if (accounts === undefined) throw new Error("no froms");
    expect(resourcesFromRow(accounts, ana, frame)).toEqual([
      {
        kind: "account",
        name: "ana@example.com",
        address: "account/ana@example.com",
        labels: { office: "berlin" },
        origin: accounts.origin,
        fields: {
          displayName: "Ana",
          quota: 5,
          enabled: true,
          forwarding: { to: ["bo@example.com"], keepCopy: false },
        },
        wave: 2,
        protect: true,
        password: { from: "generate" },
        row: { endpoint: "a" },
      },
      {
        kind: "mailbox",
        name: "ana@example.com",
        address: "mailbox/ana@example.com",
        labels: { office: "berlin" },
        origin: accounts.origin,
        wave: 2,
        priority: 7,
        source: { endpoint: "a", user: "ana@old.example" },
        destination: { endpoint: "b", user: "ana@example.com" },
        mode: "copy",
        folders: {},
        messages: {},
      },
    ]);
  });

  test("a row keeps the id by which its endpoint knows it, and accounts alone have leavers", async () => {
    const { froms, frame } = await load(manifests.replace("filter: {department: sales},", "leavers: disable, $&"));
    const [accounts, lists] = froms;
    if (accounts === undefined) throw new Error("no froms");
    expect(resourcesFromRow(accounts, { ...ana, id: "7" }, frame)[0]).toMatchObject({
      row: { endpoint: "a", id: "7" },
    });
    expect([accounts.leavers, lists?.leavers]).toEqual(["disable", undefined]);
  });

  test("a list's people are moved along", async () => {
    const { froms, frame } = await load(manifests);
    const [, lists] = froms;
    if (lists === undefined) throw new Error("no froms");
    const row: Observed<"list"> = {
      kind: "list",
      name: "all@example.com",
      fields: { members: ["zoe@old.example", "p@elsewhere.example"], hidden: false },
    };
    expect(resourcesFromRow(lists, row, frame)).toMatchObject([
      {
        address: "list/all@example.com",
        fields: { members: ["p@elsewhere.example", "zoe@example.com"], hidden: false },
      },
    ]);
  });

  test("a row of another domain is nobody here", async () => {
    const { froms, frame } = await load(manifests);
    const [accounts] = froms;
    if (accounts === undefined) throw new Error("no froms");
    expect(resourcesFromRow(accounts, { ...ana, name: "ana@elsewhere.example" }, frame)).toEqual([]);
    expect(resourcesFromRow(accounts, { ...ana, name: "no address" }, frame)).toEqual([]);
  });

  test("a Mailbox document speaks for its account's mailbox", async () => {
    const { froms, frame, resources } = await load(
      manifests + endpoint("c") + document("Mailbox", "ana@example.com", "{source: {endpoint: c}}"),
    );
    const [accounts] = froms;
    if (accounts === undefined) throw new Error("no froms");
    expect(resourcesFromRow(accounts, ana, frame).map((each) => each.kind)).toEqual(["account"]);
    expect(resources.find((each) => each.kind === "mailbox")).toMatchObject({
      source: { endpoint: "c", user: "ana@old.example" },
    });
  });
});
