import type { CertificateKind } from "./certificates.ts";

export interface DovecotUser {
  readonly password: string;
  /** Storage, such as `64K`, `10M`; the server's own limit when absent. */
  readonly quota?: string;
  /** The login is refused: `NO [CONTACTADMIN]`. */
  readonly locked?: boolean;
  /** The login fails for now: `NO [UNAVAILABLE]`. */
  readonly tempfail?: boolean;
}

export interface DovecotOptions {
  /** How mail lies on disk; maildir. */
  readonly format?: "maildir" | "mdbox" | "sdbox";
  /** `slash`: `a/b`. `dot`: `a.b`. `prefix-dot`: `INBOX.a.b`. slash. */
  readonly namespace?: "slash" | "dot" | "prefix-dot";
  /** Name → password, or more; ana and bo with the password `secret`. */
  readonly users?: Readonly<Record<string, string | DovecotUser>>;
  /** Who may log in as `user*master`, or by SASL PLAIN with an authorization identity; master with `mastersecret`. */
  readonly master?: { readonly user: string; readonly password: string };
  /**
   * The acl plugin. `owner`: the master user has the owner's rights. `own`: only those given to itself, so that its LIST
   * shows INBOX alone, and SELECT says that it does not exist. Absent: no plugin, no ACL in the capabilities.
   */
  readonly acl?: "owner" | "own";
  /** Everybody's storage, such as `100M`; without this and without a user's own there is no limit. The plugin is always there. */
  readonly quota?: string;
  /** The largest message taken, in bytes; APPENDLIMIT says so. */
  readonly appendLimit?: number;
  /** Connections of one user from one address; 100. */
  readonly maxConnections?: number;
  /** What TLS shows; `good`. */
  readonly certificate?: CertificateKind;
  /** False: neither STARTTLS nor a port for TLS. */
  readonly tls?: boolean;
  /**
   * Refuses passwords before STARTTLS: LOGINDISABLED. Dovecot takes a client of the server's own address for secure: come
   * from another (`from: "127.0.0.2"` of the raw client, or of the proxy between).
   */
  readonly tlsRequired?: boolean;
  /** Where access tokens are checked: turns XOAUTH2 and OAUTHBEARER on. See introspection.ts. */
  readonly tokensAt?: string;
  /** A token is an application's, and lets it into every mailbox: whose it is takes no part. */
  readonly tokensOpenAll?: boolean;
  /** What CAPABILITY says instead, or with a leading `+` besides. The server does not lose what it no longer tells. */
  readonly capability?: string;
  /** Each user's dialogue in files below `raw/`. */
  readonly rawlog?: boolean;
  /** When mail is synced to the disk; never. */
  readonly fsync?: "never" | "optimized" | "always";
  /** Drafts, Sent, Trash, Junk, Archive: `created`, merely `named` (marked once somebody makes them), or `none`. named. */
  readonly specialUse?: "created" | "named" | "none";
  /** COMPRESS=DEFLATE, and zlib on disk. */
  readonly compress?: boolean;
  /** Lines at the end of the configuration. */
  readonly extra?: string;
}
