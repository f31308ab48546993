import type { Endpoint, Open } from "../../contract/endpoint.ts";
import type { GoogleEndpointSpec } from "../../model/spec.ts";
import { createServiceAccount } from "../http/service-account.ts";
import { createAdmin } from "./admin.ts";
import { createApis } from "./apis.ts";
import { checkGoogle } from "./check.ts";
import { createDirectory } from "./directory/index.ts";
import { createWire } from "./wire.ts";

/** Opens a Google Workspace. Nothing is asked before it is needed, and of googleapis only what is asked is loaded. */
export const open: Open = async (name, spec, context) => {
  const google = spec as GoogleEndpointSpec;
  const { secret, clock, signal, emit } = context;
  const account = createServiceAccount({ about: name, key: () => secret(google.serviceAccount), clock, signal });
  const wire = createWire(name, account, context);
  const apis = createApis(google.apiUrl);
  const admin =
    google.admin === undefined
      ? undefined
      : createAdmin({ name, spec: google, apis, clock, emit, wire, subject: google.admin });
  const endpoint: Endpoint = {
    directory: admin === undefined ? {} : createDirectory(admin),
    items: {},
    check: (request, options) => checkGoogle({ name, spec: google, account, admin }, request, options),
    close: async () => {},
  };
  return endpoint;
};
