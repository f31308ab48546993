/** A tenant of the stand-in for Microsoft 365, and the endpoint that speaks to it. */
import type { Endpoint, OpenContext } from "../../src/contract/endpoint.ts";
import { open } from "../../src/endpoint/microsoft365/index.ts";
import type { Event } from "../../src/model/event.ts";
import type { Microsoft365EndpointSpec } from "../../src/model/spec.ts";
import { fakeClient, type FakeGraph, fakeSecret, fakeTenant } from "../servers/graph.ts";
import { contextOf } from "./imap.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const skus = {
  EXCHANGESTANDARD: "4b9405b0-7788-4568-add1-99614e613b69",
  SPE_E3: "05e9a617-0261-4cee-bb44-138d3ef5d965",
};

export const licence = (name: keyof typeof skus): string => skus[name];

export const specOf = (
  { url }: Pick<FakeGraph, "url">,
  more: Partial<Microsoft365EndpointSpec> = {},
): Microsoft365EndpointSpec => ({
  type: "microsoft365",
  tenant: fakeTenant,
  auth: { clientId: fakeClient, clientSecret: { env: fakeSecret } },
  usageLocation: "DE",
  services: { graph: url, login: url, outlook: url },
  ...more,
});

export const openTenant = (
  graph: FakeGraph,
  more: Partial<Microsoft365EndpointSpec> = {},
  context: Partial<OpenContext> = {},
  events: Event[] = [],
): Promise<Endpoint> =>
  open("cloud", specOf(graph, more), contextOf({ clock: createVirtualClock(Date.now()), ...context }, events));

/** A domain that people can have addresses in. */
export function addDomain({ objects }: Pick<FakeGraph, "objects">, name: string, isDefault = false): void {
  objects.domains.set(name, {
    id: name,
    authenticationType: "Managed",
    isAdminManaged: true,
    isDefault,
    isInitial: false,
    isRoot: true,
    isVerified: true,
    supportedServices: ["Email"],
  });
}

/** Licences enough for a test. */
export function addSkus({ objects }: Pick<FakeGraph, "objects">, seats = 1000): void {
  for (const [name, id] of Object.entries(skus)) objects.skus.set(id, { name, enabled: seats });
}

/** Somebody with a mailbox; gives their id. */
export function addPerson(
  { objects }: Pick<FakeGraph, "objects">,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const id = objects.newId();
  objects.users.set(id, {
    id,
    userPrincipalName: name,
    mail: name,
    displayName: name,
    accountEnabled: true,
    userType: "Member",
    usageLocation: "DE",
    otherMails: [],
    assignedLicenses: [{ skuId: skus.EXCHANGESTANDARD, disabledPlans: [] }],
    proxyAddresses: [`SMTP:${name}`],
    ...more,
  });
  return id;
}

/** Stops the stand-in. Throws where Microsoft's descriptions had something against what came or was answered. */
export async function endTenant(graph: FakeGraph): Promise<void> {
  await graph.stop();
  if (graph.complaints.length > 0) throw new Error(graph.complaints.slice(0, 5).join("\n"));
}
