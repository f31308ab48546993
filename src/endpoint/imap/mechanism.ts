import type { ImapFlow } from "imapflow";
import type { Login } from "./login.ts";

/** What stands against a login before anything of it is sent. */
export interface Obstacle {
  readonly message: string;
  readonly remedy: string;
}

/** SASL mechanisms that carry an access token, the standard first (RFC 7628). */
const tokenMechanisms = ["OAUTHBEARER", "XOAUTH2"] as const;

interface Offer {
  has(capability: string): boolean;
  keys(): Iterable<string>;
}

function offeredOf(offer: Offer): string {
  const names = [...offer.keys()].flatMap((each) => /^AUTH=(.+)$/i.exec(each)?.[1] ?? []);
  return names.length === 0 ? "it names no mechanism" : `it offers ${names.join(", ")}`;
}

/** SASL's messages are made of fields between controls (RFC 4616, 2; RFC 7628, 3.1): a value that holds one would make fields of its own. */
function oddCharacters(login: Login): Obstacle | undefined {
  // oxlint-disable-next-line no-control-regex -- what must not be there
  const controls = "token" in login ? /[\x00-\x1f\x7f]/ : /\x00/;
  const values = "token" in login ? [login.user, login.token] : [login.user, login.password, login.authorization ?? ""];
  if (!values.some((value) => controls.test(value))) return undefined;
  return {
    message: "its name or its secret holds a control character, which cannot be sent",
    remedy: "look at where the secret comes from: it may hold a line end or a second line",
  };
}

function tokenObstacle(offer: Offer, wanted: readonly string[]): Obstacle | undefined {
  if (wanted.some((each) => offer.has(`AUTH=${each}`))) return undefined;
  return {
    message: `the server takes no access token by ${wanted.join(" or ")}; ${offeredOf(offer)}`,
    remedy: "write another `mechanism` or another `method` in `auth`; many servers offer mechanisms over TLS alone",
  };
}

function passwordObstacle(
  offer: Offer,
  { password, authorization }: Extract<Login, { password: string }>,
): Obstacle | undefined {
  if (password === "")
    return { message: "its password is empty", remedy: "write the password where the manifest looks for it" };
  // Only SASL PLAIN carries an authorization identity; anything else would log in as the administrator himself.
  if (authorization !== undefined && !offer.has("AUTH=PLAIN"))
    return {
      message: `the server offers no AUTH=PLAIN, which alone can log in on behalf of a user; ${offeredOf(offer)}`,
      remedy: "write method: master, or let the server offer PLAIN; many do so over TLS alone",
    };
  if (offer.has("LOGINDISABLED") && !offer.has("AUTH=PLAIN") && !offer.has("AUTH=LOGIN"))
    return {
      message: `the server takes no password on this line (LOGINDISABLED); ${offeredOf(offer)}`,
      remedy: "write tls: implicit or starttls; where that is written, the server wants method: oauth2",
    };
  return undefined;
}

/** What stands against this login on a line with these capabilities; undefined where it can be tried. */
function obstacleOf(offer: Offer, login: Login): Obstacle | undefined {
  const odd = oddCharacters(login);
  if (odd !== undefined) return odd;
  if (!("token" in login)) return passwordObstacle(offer, login);
  return tokenObstacle(offer, login.mechanism === undefined ? tokenMechanisms : [login.mechanism]);
}

/** The parts of imapflow that its types keep to themselves. */
interface Inner {
  authenticate(): Promise<boolean>;
  readonly options: { readonly auth: { loginMethod?: string } };
}

/**
 * Looks before imapflow logs in, once it knows what the server offers; `refuse` makes what is thrown. imapflow takes OAUTHBEARER where it
 * is offered, though a manifest may want the other, and LOGIN for a name with a slash, though LOGIN may be disabled.
 */
export function guardLogin(client: ImapFlow, login: Login, refuse: (obstacle: Obstacle) => Error): void {
  const inner = client as unknown as Inner;
  const authenticate = inner.authenticate.bind(client);
  inner.authenticate = async () => {
    const { capabilities } = client;
    if (client.state !== client.states.NOT_AUTHENTICATED)
      throw refuse({
        message: "the server let us in before a login (PREAUTH), so that nobody knows whose mail it shows",
        remedy: "write a port where the server asks for a login",
      });
    const obstacle = obstacleOf(capabilities, login);
    if (obstacle !== undefined) throw refuse(obstacle);
    if ("token" in login) {
      const others = login.mechanism === undefined ? [] : tokenMechanisms.filter((each) => each !== login.mechanism);
      for (const other of others) capabilities.delete(`AUTH=${other}`);
    } else if (capabilities.has("LOGINDISABLED") && capabilities.has("AUTH=PLAIN")) {
      inner.options.auth.loginMethod = "AUTH=PLAIN";
    }
    return authenticate();
  };
}
