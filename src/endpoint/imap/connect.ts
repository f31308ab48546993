import type { Socket } from "node:net";
import { ImapFlow, type ImapFlowOptions, type NamespaceObject } from "imapflow";
import { interrupted, Fault, type FaultFacts, spoiling } from "../../model/fault.ts";
import { trusting } from "../tls/trust.ts";
import { abilitiesOf, type Abilities } from "./abilities.ts";
import { refusal } from "./faults.ts";
import type { Login } from "./login.ts";
import { type Introduction, introduce, leaveIntroduction, type Namespace, type Namespaces } from "./introduce.ts";
import { guardLogin } from "./mechanism.ts";
import { withoutSecret } from "./secrecy.ts";
import { tlsRefusal } from "./tls.ts";
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

/** An authenticated line and what the server said of itself on the way. */
export interface Line {
  readonly wire: Wire;
  readonly abilities: Abilities;
  /** What was enabled on this line (RFC 5161). */
  readonly enabled: Introduction["enabled"];
  /** In upper case. */
  readonly capabilities: ReadonlySet<string>;
  readonly namespaces: Namespaces;
  /** What the server calls itself (RFC 2971). */
  readonly id: Readonly<Record<string, string>>;
  readonly greeting: string;
  /** Milliseconds of a round trip, as the first command took. */
  readonly trip: number;
}

/** Milliseconds for a connection, and for its greeting, at most. */
const openingTime = 30_000;

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
    ...(server.ca === undefined ? {} : { tls: { secureContext: trusting(server.ca) } }),
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
  leaveIntroduction(client);
  guardLogin(client, login, ({ message, remedy }) => loginRefused(`${tryOf(login)}: ${message}`, remedy, server));
  const stop = (): void => client.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
  } catch (thrown) {
    client.close();
    if (signal.aborted) throw interrupted();
    throw thrown instanceof Fault ? thrown : troubleOf(thrown as Trouble, server, login);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const { namespace, namespaces } = client;
  const line = lineOf(client, server, signal);
  const said = await introduce(line.wire, line.capabilities, line.abilities).catch((thrown: unknown) => {
    throw thrown instanceof Fault && thrown.spoils === "item" ? spoiling(thrown, "mailbox") : thrown;
  });
  if (said.refused !== undefined && isNobody.test(said.refused.text)) {
    line.wire.destroy();
    throw loginRefused(
      `${tryOf(login)}: the server said ${JSON.stringify(said.refused.text)}`,
      remedyOf(undefined, login),
      server,
    );
  }
  return {
    ...line,
    id: said.id,
    namespaces: said.namespaces ?? plainNamespaces(namespace, namespaces),
    enabled: said.enabled,
    abilities: abilitiesOf(line.capabilities, `${said.id["name"] ?? ""} ${said.id["version"] ?? ""}`),
    trip: said.trip ?? 0,
  };
}

/** Exchange lets in whoever has a password, and says at the next command that there is no mailbox for it. */
const isNobody = /User is authenticated but not connected/i;

function authOf(login: Login): NonNullable<ImapFlowOptions["auth"]> {
  if ("token" in login) return { user: login.user, accessToken: login.token };
  const { user, password, authorization } = login;
  // Only SASL PLAIN carries an authorization identity; anything else would log in as the administrator himself.
  return authorization === undefined
    ? { user, pass: password }
    : { user, pass: password, authzid: authorization, loginMethod: "AUTH=PLAIN" };
}

/** The line, with what is known before the server says who it is. */
function lineOf(
  client: ImapFlow,
  server: Server,
  signal: AbortSignal,
): Pick<Line, "wire" | "abilities" | "capabilities" | "greeting"> {
  const capabilities = new Set(
    [...client.capabilities].map(([name, value]) =>
      (typeof value === "number" ? `${name}=${value}` : name).toUpperCase(),
    ),
  );
  const { greeting = "" } = client;
  const abilities = abilitiesOf(capabilities, "");
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
  return { wire, abilities, capabilities, greeting };
}

const plainNamespace = (each: Partial<NamespaceObject>): Namespace => ({
  prefix: each.prefix ?? "",
  separator: each.delimiter ?? "",
});

/** What imapflow found out where a server knows no NAMESPACE. */
const plainNamespaces = (personal: ImapFlow["namespace"], all: ImapFlow["namespaces"]): Namespaces => ({
  personal: plainNamespace(personal || {}),
  others: [...(all?.other || []), ...(all?.shared || [])].map(plainNamespace),
});

/** What helps, by response code (RFC 5530, section 3). */
const remedies: Readonly<Record<string, string>> = {
  CONTACTADMIN: "ask the server's administrator: the account may be locked or disabled",
  EXPIRED: "set a new password at the server",
  PRIVACYREQUIRED: "write tls: implicit or starttls",
  AUTHORIZATIONFAILED: "look whether the user exists, and let the administrator or master act for it",
};

function remedyOf(code: string | undefined, login: Login): string {
  if (code !== undefined && remedies[code] !== undefined) return remedies[code];
  if ("token" in login) return "look at the access token: its user, its scope, and whether it has ended";
  if (login.authorization !== undefined)
    return "look at the administrator's name and password in `auth`, and whether it may act for others";
  return "look at the login's name and password; `reconcile check` tries every mailbox";
}

const tryOf = (login: Login): string => {
  const behalf = "authorization" in login ? ` on behalf of ${login.authorization}` : "";
  return `Logging in as ${login.user}${behalf}`;
};

function loginRefused(message: string, remedy: string, { about }: Server): Fault {
  return new Fault({ code: "login.refused", message, spoils: "mailbox", retry: "later", about, remedy });
}

/** What says nothing of the login. */
const passing = new Set(["server.busy", "server.failed"]);

function troubleOf(trouble: Trouble, server: Server, login: Login): Fault {
  const told = [trouble.reason, trouble.responseText, trouble.response].find(
    (each): each is string => typeof each === "string" && each !== "",
  );
  const text = withoutSecret([told, trouble.oauthError?.status].filter((each) => each !== undefined).join("; "), login);
  const code = trouble.serverResponseCode ?? /^\[([A-Z-]+)[\] ]/.exec(text)?.[1];
  if (trouble.authenticationFailed === true || trouble.name === "AuthenticationFailure") {
    if (text === "") return loginRefused(`${tryOf(login)}: ${trouble.message}`, remedyOf(code, login), server);
    const fault = refusal({ code, text }, tryOf(login), server.about, "mailbox");
    return passing.has(fault.code) ? fault : loginRefused(fault.message, remedyOf(code, login), server);
  }
  const untrusted = tlsRefusal(trouble, server);
  if (untrusted !== undefined) return untrusted;
  if (text !== "") {
    const fault = refusal({ code, text }, "The server let nobody in", server.about, "mailbox");
    if (passing.has(fault.code)) return fault;
  }
  return unreachable(trouble, text === "" ? withoutSecret(trouble.message, login) : text, server);
}

/** What a server that is not there, or dumb, is told as; a server may come back, so that the pass is tried again. */
function unreachable(trouble: Trouble, words: string, { about, host, port, tls }: Server): Fault {
  const facts: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections",
    ENOTFOUND: "has no address",
    EAI_AGAIN: "could not be looked up",
    CONNECT_TIMEOUT: "did not answer in time",
    ETIMEOUT: "said nothing in time",
    GREETING_TIMEOUT: "sent no greeting in time",
    ECONNRESET: "broke the line while it was opened",
  };
  const known = facts[trouble.code ?? ""];
  const retry: FaultFacts["retry"] = trouble.code === "ENOTFOUND" ? "later" : { afterMs: 2000 };
  return new Fault({
    code: "server.unreachable",
    message: `${host}:${port} ${known ?? `did not let us in: ${words}`}`,
    spoils: "mailbox",
    retry,
    about,
    remedy: `look at host, port and tls (${tls}), and whether the server is up`,
    // Other trouble holds the server's words, and those may repeat what we logged in with.
    ...(known === undefined ? {} : { cause: trouble }),
  });
}
