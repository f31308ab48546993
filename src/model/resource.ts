import type { Address, DirectoryKind } from "./address.ts";
import type { Json } from "./json.ts";

/** Where a line of a manifest stands; lines and columns count from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A secret by reference: resolved when it is needed, never stored. `at` says which manifest line asked for it. */
export type SecretRef = (
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] }
) & { readonly at?: Origin };

export interface Forwarding {
  readonly to: readonly string[];
  readonly keepCopy: boolean;
}

export interface Recovery {
  readonly email?: string;
  readonly mobile?: string;
}

/** A person's own, one that several share, a room's or a thing's. */
export type MailboxType = "user" | "shared" | "room" | "equipment";

/**
 * Fields in normal form, by kind. An absent key is not managed. Sets (members, owners, senders, who has rights) are sorted and hold
 * full addresses; a quota is in bytes, 0 for none.
 */
export interface FieldsOf {
  domain: Record<never, never>;
  account: {
    readonly displayName?: string;
    readonly givenName?: string;
    readonly familyName?: string;
    readonly enabled?: boolean;
    readonly quota?: number;
    readonly class?: string;
    readonly forwarding?: Forwarding;
    readonly mailbox?: MailboxType;
    readonly fullAccess?: readonly string[];
    readonly sendAs?: readonly string[];
    readonly sendOnBehalf?: readonly string[];
    readonly recovery?: Recovery;
  };
  list: {
    readonly displayName?: string;
    readonly members?: readonly string[];
    readonly owners?: readonly string[];
    readonly senders?: readonly string[];
    readonly hidden?: boolean;
  };
  alias: { readonly target?: string };
}

/** How an account's password comes to be; written at create, and again when `issue` rises. */
export interface PasswordWish {
  readonly from: "external" | "secret" | "hash" | "generate";
  /** The reference behind `secret` and `hash`; it never enters a plan. */
  readonly ref?: SecretRef;
  readonly mustChange?: boolean;
  readonly issue?: number;
  /** Characters of a generated one; 24 by default. */
  readonly length?: number;
}

/** The row of an endpoint that declares a resource. */
export interface RowOrigin {
  readonly endpoint: string;
  /** That endpoint's immutable id of it, where it has one: a row with another name is the same one still. */
  readonly id?: string;
}

interface Declared {
  readonly name: string;
  readonly address: Address;
  readonly labels: Readonly<Record<string, string>>;
  /** The first place that declares it; in a plan made without manifests, absent. */
  readonly origin?: Origin;
  readonly wave?: number;
}

/** What a directory should hold. */
export interface DirectoryResource<K extends DirectoryKind = DirectoryKind> extends Declared {
  readonly kind: K;
  readonly fields: FieldsOf[K];
  readonly absent?: boolean;
  readonly protect?: boolean;
  /** Names it had before; a rename, never a delete and a create. */
  readonly formerly?: readonly string[];
  readonly password?: PasswordWish;
  /** Absent where no row of `accountsFrom` or `listsFrom` declares it. */
  readonly row?: RowOrigin;
  /** A domain's sets that are complete: what is not written in them goes. */
  readonly prune?: readonly ("accounts" | "lists" | "aliases")[];
}

/** Credentials of one mailbox, by reference. */
export interface Credentials {
  readonly password?: SecretRef;
  readonly accessToken?: SecretRef;
}

/** Whose items: the login name, and credentials where the mailbox has its own. */
export interface Owner {
  readonly user: string;
  readonly credentials?: Credentials;
}

export interface MailboxSide extends Owner {
  readonly endpoint: string;
}

export interface FolderRules {
  /** Absent for every folder. */
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
  readonly specialUse?: boolean;
}

export interface MessageRules {
  /** First UTC day that is taken, inclusive: `YYYY-MM-DD`. */
  readonly since?: string;
  /** First UTC day that is no longer taken. */
  readonly before?: string;
  /** Octets; larger messages are skipped and counted. */
  readonly maxSize?: number;
  readonly deleted?: "keep" | "leave";
  readonly skip?: readonly { readonly id: string; readonly reason: string }[];
}

export type MailboxMode = "copy" | "mirror";

/** A mailbox whose items are to arrive; one step of a plan, whatever its size. */
export interface MailboxResource extends Declared {
  readonly kind: "mailbox";
  readonly source: MailboxSide;
  readonly destination: MailboxSide;
  readonly mode: MailboxMode;
  readonly folders: FolderRules;
  readonly messages: MessageRules;
  readonly restore?: boolean;
  readonly priority?: number;
}

export type Resource = DirectoryResource | MailboxResource;

/** What an endpoint was seen to hold. `revision` changes when the thing does; writes carry it back. */
export interface Observed<K extends DirectoryKind = DirectoryKind> {
  readonly kind: K;
  readonly name: string;
  /** The endpoint's own immutable id, where it has one. */
  readonly id?: string;
  readonly revision?: string;
  readonly fields: FieldsOf[K];
  /** Who an account is where its mail comes from, or that none is taken, where the endpoint says so; it is no field. */
  readonly source?: { readonly user: string } | false;
  /** What deleting it destroys, where the endpoint can tell. */
  readonly holds?: { readonly messages: number; readonly bytes: number };
  /** Attributes the product does not know, kept for filters and maps of `accountsFrom`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One field's difference; `undefined` stands for "not there". */
export interface FieldChange {
  readonly field: string;
  readonly from?: Json;
  readonly to?: Json;
  /** What the last apply left, where something else is there by now: another hand changed it. */
  readonly applied?: Json;
}
