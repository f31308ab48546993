import type { Endpoint, Open, OpenContext, OwnerSight, UseOptions } from "../../contract/endpoint.ts";
import type { ItemStore } from "../../contract/item-store.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Microsoft365EndpointSpec } from "../../model/spec.ts";
import { type Answer, createRounds, type Rounds, type Verdict } from "../http/round.ts";
import { createThrottle } from "../http/throttle.ts";
import type { Tokens } from "../http/token.ts";
import { allowanceOf } from "./allowances.ts";
import { createHandlers } from "./directory/handlers.ts";
import { readPeople } from "./directory/people.ts";
import type { Tenant } from "./directory/tenant.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { createInvokeCommand } from "./exchange/invoke-command.ts";
import { createPwsh } from "./exchange/pwsh.ts";
import { openGraph } from "./graph.ts";
import { certificateOf, createLogin } from "./login.ts";
import { withCategories } from "./mail/categories.ts";
import { createGraphStore, unwritten } from "./mail/graph-store.ts";
import { createImapWay } from "./mail/imap.ts";
import { createMailbox } from "./mail/mailbox.ts";
import { createReducedStore } from "./mail/reduced-store.ts";
import { createTransferStore, type TransferSettings } from "./mail/transfer-store.ts";
import { servicesOf } from "./settings.ts";

/** Opens a tenant. Asks it for nothing: a token is had with the first request. */
export const open: Open = async (name, given, context) => {
  const spec = given as Microsoft365EndpointSpec;
  const { clock, emit, budget } = context;
  const services = servicesOf(spec);
  const throttle = createThrottle(allowanceOf, clock);
  const tokens = {
    graph: createLogin(name, spec, "graph", context),
    outlook: createLogin(name, spec, "outlook", context),
  };
  const roundsWith = (by: Tokens): Rounds => createRounds({ about: name, tokens: by, throttle, clock, emit });
  const tokenless = createRounds({ about: name, tokens: noTokens, throttle, clock, emit, judge: importVerdict });
  const graph = await openGraph({ about: name, url: services.graph, rounds: roundsWith(tokens.graph) });
  const make = spec.exchange === undefined ? undefined : exchanges[spec.exchange];
  const exchange = make?.(name, spec, roundsWith(tokens.outlook), context);
  const tenant: Tenant = { about: name, spec, graph, clock, emit, ...(exchange !== undefined && { exchange }) };
  const mail = createImapWay({ url: services.imap, tokens: tokens.outlook }, context);
  const endpoint: Endpoint = {
    directory: createHandlers(tenant),
    items: {
      message: async (owner, options) => {
        const { user } = owner;
        const byGraph = { about: name, user, graph, clock, budget, emit, outlook: services.outlook, rounds: tokenless };
        const reduced = spec.mail === "graph" && spec.reducedFidelity === true && options.use === "destination";
        if (spec.mail === "graph" || spec.mail === "transfer")
          return openByGraph(reduced ? "reduced" : spec.mail, { ...byGraph, use: options.use }, options);
        const store = await messagesOf(await mail.endpoint())(owner, options);
        if (spec.categories !== true || options.use === "source") return store;
        return withCategories(store, { about: name, mailbox: createMailbox(name, user, graph, clock), emit });
      },
    },
    owners: (options) => ownersOf(tenant, options),
    async *check(request, options) {
      const { checkMailboxes, checkTenant } = await import("./check.ts");
      yield* checkTenant({ tenant, tokens }, request, options);
      if (spec.mail === "graph" || spec.mail === "transfer") yield* checkMailboxes(tenant, request, options);
      else if (request.mailboxes.length > 0) yield* (await mail.endpoint()).check(request, options);
    },
    rates: budget.rates,
    close: async () => {
      await mail.close();
      await exchange?.close();
    },
  };
  return endpoint;
};

/** Mailboxes by Graph: to be read, from tenant to tenant, and with messages that are made anew. */
const makers = {
  graph: (settings: TransferSettings) => createGraphStore(settings),
  transfer: createTransferStore,
  reduced: createReducedStore,
} as const;

/** A mailbox is a connection as long as it is open, as elsewhere. */
async function openByGraph(
  way: keyof typeof makers,
  settings: TransferSettings,
  { use, signal, admitted }: UseOptions,
): Promise<ItemStore> {
  if (way === "graph" && use === "destination") throw unwritten(settings.about);
  const release = await settings.budget.connection(signal);
  admitted?.();
  const store = makers[way](settings);
  return {
    ...store,
    close: async () => {
      await store.close();
      release();
    },
  };
}

/** No session any more, and no room (RFC 4918, 11.5): nothing was done. */
const importVerdict = ({ status }: Answer): Verdict | undefined =>
  status === 401 || status === 507 ? "done" : undefined;

/** Who sends to a URL that lets anybody in shows no token. */
const noTokens: Tokens = { get: async () => "", drop: async () => {} };

type OpenMessages = NonNullable<Endpoint["items"]["message"]>;

function messagesOf({ items }: Endpoint): OpenMessages {
  if (items.message === undefined) throw new Error("an IMAP endpoint holds messages");
  return items.message;
}

type MakeExchange = (about: string, spec: Microsoft365EndpointSpec, rounds: Rounds, context: OpenContext) => Exchange;

/** Who runs cmdlets, by the manifest's word. */
const exchanges: Readonly<Record<NonNullable<Microsoft365EndpointSpec["exchange"]>, MakeExchange>> = {
  invokeCommand: (about, spec, rounds) =>
    createInvokeCommand({ about, url: servicesOf(spec).outlook, tenant: spec.tenant, rounds }),
  pwsh: (about, { auth, tenant }, _, { secret }) => {
    if ("certificate" in auth)
      return createPwsh({
        about,
        client: auth.clientId,
        organization: tenant,
        certificate: () => certificateOf(about, auth, secret),
      });
    throw new Fault({
      code: "exchange.certificate",
      message: "PowerShell logs in to Exchange Online by a certificate alone, and auth has a secret",
      spoils: "endpoint",
      about,
      remedy: "write certificate and privateKey in auth, or exchange: invokeCommand",
    });
  },
};

/** Whoever has a licence may have a mailbox. */
async function* ownersOf(tenant: Tenant, options: Options): AsyncGenerator<OwnerSight> {
  for (const { observed, user } of await readPeople(tenant, [], options)) {
    const licensed = Array.isArray(user["assignedLicenses"]) && user["assignedLicenses"].length > 0;
    yield { user: observed.name, ...(!licensed && { flaw: "nobody gave them a licence, and so no mailbox" }) };
  }
}
