import type { Endpoint, Open, OpenContext } from "../../contract/endpoint.ts";
import type { GoogleEndpointSpec, ImapEndpointSpec } from "../../model/spec.ts";
import { createServiceAccount } from "../http/service-account.ts";
import { createAdmin } from "./admin.ts";
import { createApis } from "./apis.ts";
import { checkGoogle } from "./check.ts";
import { createDirectory } from "./directory/index.ts";
import { createMailbox, type Mailbox } from "./mail/mailbox.ts";
import { openMailbox } from "./mail/open.ts";
import { owners } from "./owners.ts";
import { scopeOf } from "./scopes.ts";
import { createWire } from "./wire.ts";

/** Opens a Google Workspace. Nothing is asked before it is needed, and of googleapis only what is asked is loaded. */
export const open: Open = async (name, spec, context) => {
  const google = spec as GoogleEndpointSpec;
  const { secret, clock, signal, emit, budget } = context;
  const account = createServiceAccount({ about: name, key: () => secret(google.serviceAccount), clock, signal });
  const wire = createWire(name, account, context);
  const apis = createApis(google.apiUrl);
  const admin =
    google.admin === undefined
      ? undefined
      : createAdmin({ name, spec: google, apis, clock, emit, wire, subject: google.admin });
  const mailbox = (user: string): Mailbox => createMailbox({ user, spec: google, apis, wire, clock, budget, emit });
  const endpoint: Endpoint = {
    directory: admin === undefined ? {} : createDirectory(admin),
    items: {
      message: ({ user }, options) => openMailbox(mailbox(user), admin, options),
    },
    ...(admin === undefined ? {} : { owners: (options) => owners(admin, options) }),
    check: (request, options) => checkGoogle({ name, spec: google, account, admin, mailbox }, request, options),
    close: async () => {},
  };
  return (google.mail?.by ?? "api") === "api" ? endpoint : withImap(endpoint, google, context);
};

/** The mail by IMAP, with the service account's tokens; what the directory tells of it stays. */
async function withImap(
  endpoint: Endpoint,
  google: GoogleEndpointSpec,
  { open: other }: OpenContext,
): Promise<Endpoint> {
  const { serviceAccount, limits } = google;
  const imap: ImapEndpointSpec = {
    type: "imap",
    provider: "gmail",
    auth: { method: "oauth2", serviceAccount, scope: scopeOf("mail", false) },
    ...(limits === undefined ? {} : { limits }),
  };
  const mail = await other(imap);
  return {
    ...endpoint,
    items: mail.items,
    check: async function* (request, options) {
      yield* endpoint.check({ ...request, mailboxes: [] }, options);
      yield* mail.check(request, options);
    },
    close: async () => {
      await mail.close();
      await endpoint.close();
    },
  };
}
