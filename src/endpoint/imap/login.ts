import { readFile, stat } from "node:fs/promises";
import type { OpenContext } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Owner } from "../../model/resource.ts";
import type { ImapAuth, ImapEndpointSpec, ImapOauth2Auth } from "../../model/spec.ts";
import { createServiceAccount } from "../http/service-account.ts";
import type { Tokens } from "../http/token.ts";
import { createOauthTokens } from "./token.ts";

/** What a connection logs in with; never kept, never told. */
export type Login =
  | { readonly user: string; readonly password: string; readonly authorization?: string }
  | { readonly user: string; readonly token: string; readonly mechanism: "XOAUTH2" | "OAUTHBEARER" | undefined };

/** How to log in to the mailboxes of one endpoint. */
export interface Logins {
  /** Throws `login.unknown` where nothing says how. */
  of(owner: Owner): Promise<Login>;
  /** The administrator's or master's own login, on behalf of nobody; undefined where there is none. */
  own(): Promise<Login | undefined>;
  /** Whom the file of passwords names; undefined where there is none. */
  named(): Promise<readonly string[] | undefined>;
  /** After a refusal: the login made anew, where it is another one now, as a token is that ended before its time. */
  renewed(owner: Owner, refused: Login): Promise<Login | undefined>;
}

type Method<M extends ImapAuth["method"]> = Extract<ImapAuth, { method: M }>;

export function createLogins(name: string, { auth }: ImapEndpointSpec, context: OpenContext): Logins {
  const { secret } = context;
  const passwords = createPasswords();
  const tokensOf = auth?.method === "oauth2" ? tokensBy(name, auth, context) : undefined;

  const methods: { readonly [M in ImapAuth["method"]]: (user: string, auth: Method<M>) => Promise<Login> } = {
    user: async (user, by) => ({ user, password: await passwordOf(user, by) }),
    admin: async (user, by) => ({ user: by.user, password: await secret(by.password), authorization: user }),
    master: async (user, by) => ({
      user: `${user}${by.separator ?? "*"}${by.user}`,
      password: await secret(by.password),
    }),
    oauth2: async (user, by) => ({ user, token: (await tokensOf?.(user).get()) ?? "", mechanism: by.mechanism }),
  };

  async function passwordOf(user: string, by: Method<"user">): Promise<string> {
    if (by.password !== undefined) return secret(by.password);
    const found = by.passwords && (await passwords(by.passwords.file)).get(user.toLowerCase());
    if (found === undefined) throw unknown(name, user, by.passwords?.file);
    return found;
  }

  async function loginOf({ user, credentials }: Owner, anew?: "anew"): Promise<Login> {
    if (credentials?.password !== undefined) return { user, password: await secret(credentials.password) };
    if (credentials?.accessToken !== undefined) {
      const mechanism = auth?.method === "oauth2" ? auth.mechanism : undefined;
      return { user, token: await secret(credentials.accessToken, anew), mechanism };
    }
    if (auth === undefined) throw unknown(name, user, undefined);
    return (methods[auth.method] as (user: string, auth: ImapAuth) => Promise<Login>)(user, auth);
  }

  return {
    of: (owner) => loginOf(owner),
    own: async () =>
      auth?.method === "admin" || auth?.method === "master"
        ? { user: auth.user, password: await secret(auth.password) }
        : undefined,
    named: async () =>
      auth?.method === "user" && auth.passwords !== undefined
        ? [...(await passwords(auth.passwords.file)).keys()]
        : undefined,
    renewed: async (owner, refused) => {
      if (!("token" in refused)) return undefined;
      await tokensOf?.(owner.user).drop(refused.token);
      const next = await loginOf(owner, "anew");
      return "token" in next && next.token !== refused.token ? next : undefined;
    },
  };
}

/** Whose tokens: a client's are everybody's, a Google service account has its own for each user. */
function tokensBy(name: string, auth: ImapOauth2Auth, context: OpenContext): (user: string) => Tokens {
  const { serviceAccount: key, scope = "https://mail.google.com/" } = auth;
  if (key === undefined) {
    const shared = createOauthTokens(name, auth, context);
    return () => shared;
  }
  const { secret, clock, signal } = context;
  const account = createServiceAccount({ about: name, key: () => secret(key), clock, signal });
  return (user) => account.tokens(user, scope);
}

function unknown(name: string, user: string, file: string | undefined): Fault {
  return new Fault({
    code: "login.unknown",
    message: `Nothing says how to log in as ${user}${file === undefined ? "" : `: ${file} has no row of it`}`,
    spoils: "mailbox",
    about: name,
    remedy: "write `auth` in the endpoint, `credentials` in the mailbox, or a row in the passwords' file",
  });
}

type PasswordFile = ReadonlyMap<string, string>;

/** Reads each file of passwords once. */
function createPasswords(): (path: string) => Promise<PasswordFile> {
  const files = new Map<string, Promise<PasswordFile>>();
  return (path) => {
    const known = files.get(path) ?? readPasswords(path);
    files.set(path, known);
    return known;
  };
}

function unfit(path: string, message: string, remedy: string): Fault {
  return new Fault({ code: "passwords.unfit", message, spoils: "endpoint", about: path, remedy });
}

/** Columns address and password. Throws `passwords.unfit` for a file that others may read, or that is none. */
async function readPasswords(path: string): Promise<PasswordFile> {
  const facts = await stat(path).catch((thrown: unknown) => {
    throw unfit(path, `The file of passwords cannot be read (${(thrown as NodeJS.ErrnoException).code})`, "write it");
  });
  if ((facts.mode & 0o077) !== 0)
    throw unfit(path, "The file of passwords is open to others on this machine", `chmod 600 ${path}`);
  const { parse } = await import("csv-parse/sync");
  let rows: Record<string, string>[];
  try {
    rows = parse(await readFile(path, "utf8"), { bom: true, columns: true, skip_empty_lines: true, trim: false });
  } catch {
    // What the parser says may quote a line, and with it a password.
    throw unfit(
      path,
      "The file of passwords is no CSV file",
      "write the columns address,password; quote what holds a comma",
    );
  }
  const first = rows[0];
  if (first !== undefined && !("address" in first && "password" in first))
    throw unfit(path, "The file of passwords lacks a column", "name the columns address,password in its first line");
  return new Map(rows.map(({ address = "", password = "" }) => [address.trim().toLowerCase(), password]));
}
