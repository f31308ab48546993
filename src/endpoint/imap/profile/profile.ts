import type { Role } from "../../../model/item.ts";

/**
 * How sure a fact is: read in the provider's own documentation or source, seen by us on a running server, told by others (a tool's
 * notes, a transcript, a published zone), or believed without any of them.
 */
type Sureness = "documented" | "measured" | "secondhand" | "unconfirmed";

/** Where a fact comes from: an address, `RFC n`, `measured on software version`; for what is unconfirmed, why it is believed. */
export interface Provenance {
  readonly source: string;
  readonly sure: Sureness;
}

export interface Fact<T> extends Provenance {
  readonly value: T;
}

/** `user`: each mailbox its own password; `app-password`: one made for programs; `admin`: an authorization identity; `master`: user*master. */
type LoginKind = "user" | "app-password" | "oauth2" | "admin" | "master";

export type Tls = "implicit" | "starttls" | "none";

/** Words that a server says of itself. All that are written must fit; a text is searched for, a capability must be there. */
export interface ServerWords {
  /** In the text of the greeting, without `* OK` and its codes. */
  readonly greeting?: RegExp;
  /** In a field of the answer to ID (RFC 2971), by the field's name in lower case. */
  readonly id?: Readonly<Record<string, RegExp>>;
  readonly capabilities?: readonly string[];
}

/** Something that a server does otherwise than one would think. */
interface Quirk extends Provenance {
  /** Stable: `domino.date-search`. */
  readonly code: string;
  readonly says: string;
  /** What follows for a move. */
  readonly means: string;
  /** True where mail stays behind, vanishes or is altered by it unless somebody acts. */
  readonly grave?: true;
  /** The side of a move that it matters on. */
  readonly matters: "source" | "destination" | "both";
}

/** Sizes in octets. */
interface ProfileLimits {
  readonly connectionsPerUser?: Fact<number>;
  /** From one IP address, over all users. */
  readonly connectionsPerAddress?: Fact<number>;
  readonly messageSize?: Fact<number>;
  /** What APPENDLIMIT (RFC 7889) says after login. */
  readonly appendLimit?: Fact<number>;
  readonly messagesPerFolder?: Fact<number>;
  readonly downloadPerDay?: Fact<number>;
  readonly uploadPerDay?: Fact<number>;
}

/**
 * What is known of a mail service, or of a server's software, before it is asked. Defaults only: what the server says wins, and no
 * code asks which profile it has.
 */
export interface Profile {
  /** Its name in manifests (`provider`). */
  readonly key: string;
  readonly title: string;
  /** A service is more particular than the software that it may run on, and is recognised first. */
  readonly kind: "service" | "software";
  /** Host names of its IMAP servers, in lower case; `*` is any run of characters. */
  readonly hosts: readonly Fact<string>[];
  readonly connection: Fact<{ readonly port: number; readonly tls: Tls }>;
  readonly server: readonly Fact<ServerWords>[];
  /** Host names of the mail exchangers of domains whose mail is kept there; patterns as for hosts. */
  readonly mx: readonly Fact<string>[];
  /** Profiles of other services that are sold under the same name; the MX tells which one a domain has. */
  readonly alsoSells?: readonly Fact<string>[];
  /** The personal namespace's prefix and separator, as NAMESPACE (RFC 2342) says them. */
  readonly namespace?: Fact<{ readonly prefix: string; readonly separator: string }>;
  /** Names of special folders, levels parted by `/`, without the namespace's prefix; any of them may be the one. */
  readonly folders: Readonly<Partial<Record<Role, readonly Fact<string>[]>>>;
  /** What it offers after login that a move makes use of. */
  readonly capabilities?: Fact<readonly string[]>;
  readonly limits: ProfileLimits;
  readonly logins: readonly Fact<LoginKind>[];
  readonly quirks: readonly Quirk[];
}

/** What a server was seen to say. */
export interface Observed {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls;
  readonly greeting: string;
  /** The answer to ID, by field name in lower case; empty where there was none. */
  readonly id: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Of the personal namespace; absent where the server did not say. */
  readonly separator?: string;
  readonly prefix?: string;
  /** Folders that the server itself marked (RFC 6154, XLIST), levels parted by `/`, without the namespace's prefix. */
  readonly special: Readonly<Partial<Record<Role, string>>>;
  readonly appendLimit?: number;
}
