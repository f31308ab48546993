import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { asFault, Fault } from "../../model/fault.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";

/** Where a server is and how its line is secured. */
export interface Server {
  /** The endpoint's name, for faults. */
  readonly about: string;
  /** As people name it: `ldap.example.com:636`, or a socket's path. */
  readonly name: string;
  readonly at: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly tls: "implicit" | "starttls" | "none";
  /** A trust anchor beside the system's, PEM. */
  readonly ca?: string;
  /** What we show of ourselves, PEM. */
  readonly own?: { readonly cert: string; readonly key: string };
  /** Milliseconds of silence after which a line counts as dead. */
  readonly silence: number;
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/;
/** Where OpenLDAP listens when nothing is said. */
const usualSocket = "/var/run/slapd/ldapi";

/** Throws `url.invalid`, `tls.required` and what is unreadable. */
export async function serverOf(about: string, spec: LdapEndpointSpec): Promise<Server> {
  const { scheme, at } = placeOf(about, spec.url);
  const tls = scheme === "ldaps" ? "implicit" : scheme === "ldapi" ? "none" : (spec.tls ?? "starttls");
  if (scheme !== "ldap" && spec.tls !== undefined) throw contrary(about, scheme);
  if (tls === "none" && "host" in at && spec.allowPlaintext !== true && !loopback.test(at.host))
    throw new Fault({
      code: "tls.required",
      message: `${at.host} would be spoken to without TLS: passwords and people's data would travel readable`,
      spoils: "endpoint",
      about,
      remedy: "write an ldaps:// URL or tls: starttls, or allowPlaintext: true if the network is your own",
    });
  const own = spec.clientCertificate;
  return {
    about,
    at,
    tls,
    name: "path" in at ? at.path : `${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`,
    silence: (spec.timeout ?? 60) * 1000,
    ...(spec.ca === undefined ? {} : { ca: await certificateAt(spec.ca, "ca.unreadable", "authority's certificate") }),
    ...(own === undefined
      ? {}
      : {
          own: {
            cert: await certificateAt(own.certificate, "certificate.unreadable", "client certificate"),
            key: await textAt(own.key, "certificate.unreadable", "client certificate's key"),
          },
        }),
  };
}

function placeOf(about: string, url: string): { readonly scheme: string; readonly at: Server["at"] } {
  try {
    const [, scheme = "", rest = ""] = /^(ldaps?|ldapi):\/\/([^/?#]*)\/?$/i.exec(url) ?? [];
    if (scheme.toLowerCase() === "ldapi")
      return { scheme: "ldapi", at: { path: rest === "" ? usualSocket : decodeURIComponent(rest) } };
    // Node's URL knows the parts of an authority for schemes of the web alone.
    const { hostname, port, username } = new URL(`http://${rest}`);
    if (scheme === "" || hostname === "" || username !== "") throw new SyntaxError(url);
    const secure = scheme.toLowerCase() === "ldaps";
    // The web's own port is left out by URL.
    const written = port === "" && rest.endsWith(":80") ? "80" : port;
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    return {
      scheme: scheme.toLowerCase(),
      at: { host, port: written === "" ? (secure ? 636 : 389) : Number(written) },
    };
  } catch (cause) {
    throw new Fault({
      code: "url.invalid",
      message: `${JSON.stringify(url)} is no LDAP URL of a server`,
      spoils: "endpoint",
      about,
      remedy:
        "write ldaps://HOST, ldap://HOST or ldapi://PATH with each / of the path as %2F; the rest goes into base and filter",
      cause,
    });
  }
}

function contrary(about: string, scheme: string): Fault {
  return new Fault({
    code: "url.invalid",
    message: `tls says how the line of an ldap:// URL is secured, and this is ${scheme}://`,
    spoils: "endpoint",
    about,
    remedy: "take tls away, or write an ldap:// URL",
  });
}

async function certificateAt(path: string, code: string, what: string): Promise<string> {
  const pem = await textAt(path, code, what);
  try {
    // Node passes over what is no certificate, and then trusts nobody without a word.
    void new X509Certificate(pem);
    return pem;
  } catch (thrown) {
    throw unreadable(thrown, path, code, what);
  }
}

async function textAt(path: string, code: string, what: string): Promise<string> {
  return readFile(path, "utf8").catch((thrown: unknown) => {
    throw unreadable(thrown, path, code, what);
  });
}

function unreadable(thrown: unknown, path: string, code: string, what: string): Fault {
  return asFault(thrown, {
    code,
    message: `The ${what} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? "no PEM"})`,
    spoils: "endpoint",
    about: path,
    remedy: "name a PEM file: a text that begins with -----BEGIN",
  });
}
