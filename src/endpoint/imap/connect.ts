import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { ImapFlow, type ImapFlowOptions, type NamespaceObject } from "imapflow";
import { interrupted, Fault, type FaultFacts } from "../../model/fault.ts";
import { abilitiesOf, type Abilities } from "./abilities.ts";
import { refusal } from "./faults.ts";
import type { Login } from "./login.ts";
import { textOf } from "./wire/response.ts";
import { createWire, type Wire } from "./wire/wire.ts";

/** Where a server is and how its line is secured. */
export interface Server {
  /** The endpoint's name, for faults. */
  readonly about: string;
  readonly host: string;
  readonly port: number;
  readonly tls: "implicit" | "starttls" | "none";
  /** A trust anchor beside the system's, PEM. */
  readonly ca: string | undefined;
  /** Milliseconds of silence after which a line counts as dead. */
  readonly silence: number;
}

export interface Namespace {
  readonly prefix: string;
  readonly separator: string;
}

/** An authenticated line and what the server said of itself on the way. */
export interface Line {
  readonly wire: Wire;
  readonly abilities: Abilities;
  /** What was enabled on this line (RFC 5161). */
  readonly enabled: { readonly condstore: boolean; readonly qresync: boolean };
  /** In upper case. */
  readonly capabilities: ReadonlySet<string>;
  readonly namespaces: { readonly personal: Namespace; readonly others: readonly Namespace[] };
  /** What the server calls itself (RFC 2971). */
  readonly id: Readonly<Record<string, string>>;
  readonly greeting: string;
}

/** Milliseconds for a connection, and for its greeting, at most. */
const openingTime = 30_000;

const tlsCodes =
  /^(?:ERR_TLS_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|STARTTLS_INJECTION|UPGRADE_TIMEOUT)/;

/** What imapflow throws, as far as it is read here. */
interface Trouble extends Error {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly response?: unknown;
  readonly responseText?: string;
  readonly reason?: string;
  readonly oauthError?: { readonly status?: string };
}

/**
 * Connects, secures the line and logs in, all by imapflow; then the line is ours. Throws `tls.refused`, `login.refused`,
 * `server.unreachable`, `server.busy`, and `run.interrupted`.
 */
export async function connect(server: Server, login: Login, signal: AbortSignal): Promise<Line> {
  if (signal.aborted) throw interrupted();
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.tls === "implicit",
    ...(server.tls === "implicit" ? {} : { doSTARTTLS: server.tls === "starttls" }),
    ...(server.ca === undefined ? {} : { tls: { ca: [...rootCertificates, server.ca] } }),
    auth: authOf(login),
    clientInfo: { name: "reconcile" },
    logger: false,
    disableCompression: true,
    disableAutoEnable: true,
    disableAutoIdle: true,
    connectionTimeout: Math.min(openingTime, server.silence),
    greetingTimeout: Math.min(openingTime, server.silence),
    socketTimeout: server.silence,
  });
  client.on("error", () => undefined);
  if ("token" in login) preferMechanism(client, login.mechanism);
  const stop = (): void => client.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
  } catch (thrown) {
    client.close();
    if (signal.aborted) throw interrupted();
    throw troubleOf(thrown as Trouble, server, login);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const line = lineOf(client, server, login, signal);
  return { ...line, enabled: await enable(line) };
}

/** Modification sequences are kept for certain only once they were asked for (RFC 7162, 3.1). */
async function enable({ wire, abilities, capabilities }: Omit<Line, "enabled">): Promise<Line["enabled"]> {
  const { condstore, qresync, utf8 } = abilities;
  const wanted = [qresync ? "QRESYNC" : condstore ? "CONDSTORE" : "", utf8 ? "UTF8=ACCEPT" : ""].filter(
    (each) => each !== "",
  );
  if (!capabilities.has("ENABLE") || wanted.length === 0) return { condstore: false, qresync: false };
  const enabled = new Set<string>();
  await wire.run([`ENABLE ${wanted.join(" ")}`], ({ name, values }) => {
    if (name === "ENABLED") for (const value of values) enabled.add((textOf(value) ?? "").toUpperCase());
  });
  return { condstore: enabled.has("CONDSTORE") || enabled.has("QRESYNC"), qresync: enabled.has("QRESYNC") };
}

function authOf(login: Login): NonNullable<ImapFlowOptions["auth"]> {
  if ("token" in login) return { user: login.user, accessToken: login.token };
  const { user, password, authorization } = login;
  // Only SASL PLAIN carries an authorization identity; anything else would log in as the administrator himself.
  return authorization === undefined
    ? { user, pass: password }
    : { user, pass: password, authzid: authorization, loginMethod: "AUTH=PLAIN" };
}

/** imapflow takes OAUTHBEARER where it is offered; a manifest may want the other. */
function preferMechanism(client: ImapFlow, mechanism: string | undefined): void {
  if (mechanism === undefined) return;
  const others = ["AUTH=OAUTHBEARER", "AUTH=XOAUTH2", "AUTH=XOAUTH"].filter((each) => each !== `AUTH=${mechanism}`);
  const inner = client as unknown as { authenticate(): Promise<boolean> };
  const authenticate = inner.authenticate.bind(client);
  inner.authenticate = () => {
    for (const other of others) client.capabilities.delete(other);
    return authenticate();
  };
}

function lineOf(client: ImapFlow, server: Server, login: Login, signal: AbortSignal): Omit<Line, "enabled"> {
  const asked = "authorization" in login && login.authorization !== undefined;
  if (
    asked &&
    (client as unknown as { readonly authCapabilities: ReadonlyMap<string, boolean> }).authCapabilities.get(
      "AUTH=PLAIN",
    ) !== true
  ) {
    client.close();
    throw loginRefused("The server offers no AUTH=PLAIN, which alone can log in on behalf of a user", server, login);
  }
  const capabilities = new Set(
    [...client.capabilities].map(([name, value]) =>
      (typeof value === "number" ? `${name}=${value}` : name).toUpperCase(),
    ),
  );
  const id = Object.fromEntries(
    Object.entries(client.serverInfo ?? {}).flatMap(([key, value]) =>
      value ? [[key.toLowerCase(), String(value)]] : [],
    ),
  );
  const { greeting = "" } = client;
  const namespaces = namespacesOf(client);
  const abilities = abilitiesOf(capabilities, `${id["name"] ?? ""} ${id["version"] ?? ""}`);
  const { socket } = client.unbind();
  const wire = createWire({
    socket: socket as unknown as Socket,
    about: server.about,
    announcing: abilities.announcing,
    silence: server.silence,
  });
  const stop = (): void => wire.destroy(interrupted());
  signal.addEventListener("abort", stop, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", stop));
  return { wire, abilities, capabilities, namespaces, id, greeting };
}

const plainNamespace = (each: Partial<NamespaceObject>): Namespace => ({
  prefix: each.prefix ?? "",
  separator: each.delimiter ?? "",
});

function namespacesOf({ namespace, namespaces }: ImapFlow): Line["namespaces"] {
  const { other, shared } = namespaces ?? { other: false, shared: false };
  return {
    personal: plainNamespace(namespace || {}),
    others: [...(other || []), ...(shared || [])].map(plainNamespace),
  };
}

function loginRefused(message: string, { about }: Server, { user }: Login): Fault {
  return new Fault({
    code: "login.refused",
    message: `Logging in as ${user}: ${message}`,
    spoils: "mailbox",
    retry: "later",
    about,
    remedy: "look at the login that the manifest names; `reconcile check` tries every mailbox",
  });
}

function troubleOf(trouble: Trouble, server: Server, login: Login): Fault {
  const said = [trouble.reason, trouble.responseText, trouble.response, trouble.oauthError?.status]
    .filter((each) => typeof each === "string" && each !== "")
    .join("; ");
  const code = trouble.serverResponseCode ?? /^\[?([A-Z-]+)\]/.exec(said)?.[1];
  const words = said === "" ? trouble.message : said;
  if (trouble.authenticationFailed === true || trouble.name === "AuthenticationFailure") {
    const fault = refusal({ code, text: words }, `Logging in as ${login.user}`, server.about, "mailbox");
    return fault.code === "server.busy"
      ? fault
      : loginRefused(`the server said ${JSON.stringify(words)}`, server, login);
  }
  if (trouble.code !== undefined && tlsCodes.test(trouble.code)) return tlsRefused(trouble, server);
  if (said !== "") {
    const fault = refusal({ code, text: words }, "The server let nobody in", server.about, "mailbox");
    if (fault.code === "server.busy") return fault;
  }
  return unreachable(trouble, words, server);
}

function tlsRefused(trouble: Trouble, { about, host, port }: Server): Fault {
  return new Fault({
    code: "tls.refused",
    message: `The line to ${host}:${port} cannot be trusted: ${trouble.message}`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: "name the host as its certificate does, or the certificate's authority by `ca`; nothing was sent",
    cause: trouble,
  });
}

/** What a server that is not there, or dumb, is told as; a server may come back, so that the pass is tried again. */
function unreachable(trouble: Trouble, words: string, { about, host, port, tls }: Server): Fault {
  const facts: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections",
    ENOTFOUND: "has no address",
    EAI_AGAIN: "could not be looked up",
    CONNECT_TIMEOUT: "did not answer in time",
    GREETING_TIMEOUT: "sent no greeting in time",
    ECONNRESET: "broke the line while it was opened",
  };
  const what = facts[trouble.code ?? ""] ?? `did not let us in: ${words}`;
  const retry: FaultFacts["retry"] = trouble.code === "ENOTFOUND" ? "later" : { afterMs: 2000 };
  return new Fault({
    code: "server.unreachable",
    message: `${host}:${port} ${what}`,
    spoils: "mailbox",
    retry,
    about,
    remedy: `look at host, port and tls (${tls}), and whether the server is up`,
    cause: trouble,
  });
}
