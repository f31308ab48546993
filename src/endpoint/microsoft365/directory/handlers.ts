import type { Endpoint } from "../../../contract/endpoint.ts";
import { accountHandler } from "./account-handler.ts";
import { aliasHandler } from "./alias-handler.ts";
import { domainHandler } from "./domain-handler.ts";
import { listHandler } from "./list-handler.ts";
import { createReadings } from "./readings.ts";
import type { Room } from "./room.ts";
import type { Tenant } from "./tenant.ts";

/** The directory of a tenant. */
export function createHandlers(tenant: Tenant): Endpoint["directory"] {
  const room: Room = {
    tenant,
    readings: createReadings(tenant),
    known: { skus: undefined, deleted: new Map(), defaultDomain: undefined, domains: new Set(), promised: new Map() },
    sorts: new Map(),
  };
  return {
    domain: domainHandler(room),
    account: accountHandler(room),
    list: listHandler(room),
    alias: aliasHandler(room),
  };
}
