import type { Endpoint, OpenContext } from "../../../contract/endpoint.ts";
import type { ImapEndpointSpec } from "../../../model/spec.ts";
import type { Tokens } from "../../http/token.ts";

/**
 * The mailboxes by IMAP, as the application (IMAP.AccessAsApp): opened when they are first asked for. Their connections count against the
 * tenant's limits: all tenants are on one host, and two of them would wait for each other's.
 */
export interface ImapWay {
  endpoint(): Promise<Endpoint>;
  close(): Promise<void>;
}

export interface ImapSettings {
  /** `imaps://HOST[:PORT]`, or `imap://` on loopback. */
  readonly url: string;
  readonly tokens: Tokens;
}

export function createImapWay(
  { url, tokens }: ImapSettings,
  { open, budget }: Pick<OpenContext, "open" | "budget">,
): ImapWay {
  let opened: Promise<Endpoint> | undefined;
  const secret = ours(tokens);
  return {
    endpoint() {
      const mine = opened ?? open(specOf(url), { secret, budget });
      opened = mine;
      mine.catch(() => {
        if (opened === mine) opened = undefined;
      });
      return mine;
    },
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

function specOf(url: string): ImapEndpointSpec {
  const { protocol, hostname, port } = new URL(url);
  return {
    type: "imap",
    host: hostname,
    provider: "microsoft365",
    tls: protocol === "imap:" ? "none" : "implicit",
    // Exchange Online offers XOAUTH2 alone.
    auth: { method: "oauth2", mechanism: "XOAUTH2", accessToken: { env: "MICROSOFT365" } },
    ...(port !== "" && { port: Number(port) }),
  };
}

/** The other endpoint asks once, and again when a server has refused what it got: then a new token is had. */
function ours(tokens: Tokens): OpenContext["secret"] {
  let given: string | undefined;
  return async () => {
    if (given !== undefined) await tokens.drop(given);
    given = await tokens.get();
    return given;
  };
}
