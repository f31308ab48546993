/** The directory of a tenant by the suite that every directory passes, against the stand-in for Graph. */
import type { DirectoryKind } from "../../src/model/address.ts";
import type { Microsoft365EndpointSpec } from "../../src/model/spec.ts";
import { handlerContract } from "../contract/handler.ts";
import { type FakeGraph, fakeTenant, startGraph } from "../servers/graph.ts";
import { createExchange } from "../servers/graph/exchange.ts";
import { addDomain, addPerson, addSkus, endTenant, openTenant } from "./microsoft365.ts";

function underTest<K extends DirectoryKind>(
  kind: K,
  prepare: (graph: FakeGraph) => void,
  more: Partial<Microsoft365EndpointSpec> = {},
) {
  return async () => {
    const graph = await startGraph();
    prepare(graph);
    const reopen = async () => {
      const handler = (await openTenant(graph, more)).directory[kind];
      if (handler === undefined) throw new Error(`no ${kind}`);
      return handler;
    };
    return { handler: await reopen(), reopen, close: () => endTenant(graph) };
  };
}

const names = ["ana@example.com", "bo@example.com", "cy.lund@example.com", "d_e@example.com"] as const;
const runs = 5;

handlerContract(
  "microsoft365",
  "domain",
  underTest("domain", ({ objects }) => void objects.published.add("*")),
  { runs },
);

handlerContract(
  "microsoft365",
  "account",
  underTest("account", (graph) => {
    addDomain(graph, "example.com", true);
    addSkus(graph);
  }),
  {
    runs,
    names,
    full: {
      displayName: 'Ana "Anita" Ruiz, Dr.',
      givenName: "Ana",
      familyName: "Ruiz",
      enabled: true,
      class: "EXCHANGESTANDARD",
      recovery: { email: "ana@home.example", mobile: "+49 170 1234567" },
    },
    other: {
      displayName: "Änne Ruíz 😀",
      givenName: "Änne",
      familyName: "Ruíz",
      enabled: false,
      class: "EXCHANGESTANDARD,SPE_E3",
      recovery: { email: "x@home.example" },
    },
  },
);

handlerContract(
  "microsoft365 (mailboxes)",
  "account",
  underTest(
    "account",
    (graph) => {
      withExchange(graph, { userType: "Guest" });
      addSkus(graph);
    },
    { exchange: "invokeCommand" },
  ),
  {
    runs: 3,
    many: 25,
    names,
    full: {
      displayName: "Sales",
      enabled: true,
      class: "EXCHANGESTANDARD",
      mailbox: "user",
      forwarding: { to: ["ana@home.example"], keepCopy: true },
      fullAccess: ["ana@staff.example"],
      sendAs: ["ana@staff.example"],
      sendOnBehalf: ["ana@staff.example", "bo@staff.example"],
    },
    other: {
      displayName: "Verkauf",
      enabled: false,
      class: "EXCHANGESTANDARD,SPE_E3",
      mailbox: "shared",
      forwarding: { to: ["bo@home.example"], keepCopy: false },
      fullAccess: ["bo@staff.example"],
      sendAs: ["ana@staff.example", "bo@staff.example"],
      sendOnBehalf: ["bo@staff.example"],
    },
  },
);

/** People who can be in a list. */
function addPeople(graph: FakeGraph, more = {}): void {
  for (const local of ["ana", "bo"]) addPerson(graph, `${local}@staff.example`, more);
}

/** `more`: guests are nobody's account, and can have rights all the same. */
function withExchange(graph: FakeGraph, more = {}): void {
  addDomain(graph, "example.com", true);
  addPeople(graph, more);
  graph.route(createExchange(graph.objects, fakeTenant, () => graph.url, 3).route);
}

handlerContract(
  "microsoft365 (groups)",
  "list",
  underTest(
    "list",
    (graph) => {
      addDomain(graph, "example.com", true);
      addPeople(graph);
    },
    { lists: "microsoft365" },
  ),
  {
    runs,
    many: 60,
    names,
    full: {
      displayName: "Sales, north; south",
      members: ["ana@staff.example", "bo@staff.example"],
      owners: ["ana@staff.example"],
    },
    other: { displayName: "Verkäufe", members: ["bo@staff.example"], owners: ["bo@staff.example"] },
  },
);

handlerContract(
  "microsoft365 (distribution lists)",
  "list",
  underTest("list", withExchange, { exchange: "invokeCommand" }),
  {
    runs,
    many: 30,
    names,
    full: {
      displayName: "Sales, 'north'; south",
      members: ["ana@staff.example", "partner@elsewhere.example"],
      owners: ["ana@staff.example"],
      senders: ["ana@staff.example", "bo@staff.example"],
      hidden: false,
    },
    other: {
      displayName: "Verkäufe",
      members: ["bo@staff.example"],
      owners: ["bo@staff.example"],
      senders: ["bo@staff.example"],
      hidden: true,
    },
  },
);

handlerContract("microsoft365", "alias", underTest("alias", withExchange, { exchange: "invokeCommand" }), {
  runs,
  many: 60,
  names,
  full: { target: "ana@staff.example" },
  other: { target: "bo@staff.example" },
});
