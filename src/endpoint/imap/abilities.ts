import type { Announcing } from "./wire/wire.ts";

/** What a server offers, as far as it is used: each where it is offered, done without where not. */
export interface Abilities {
  readonly announcing: Announcing;
  /** Several messages in one APPEND, all or none (RFC 3502). */
  readonly multiappend: boolean;
  /** APPENDUID, COPYUID and UID EXPUNGE (RFC 4315). */
  readonly uidplus: boolean;
  readonly move: boolean;
  /** Modification sequences (RFC 7162). */
  readonly condstore: boolean;
  /** What vanished since a modification sequence (RFC 7162). */
  readonly qresync: boolean;
  readonly listExtended: boolean;
  readonly listStatus: boolean;
  readonly specialUse: boolean;
  readonly createSpecialUse: boolean;
  readonly namespace: boolean;
  readonly quota: boolean;
  /** EMAILID and MAILBOXID (RFC 8474). */
  readonly objectId: boolean;
  /** X-GM-MSGID and its kin. */
  readonly gmail: boolean;
  readonly binary: boolean;
  readonly esearch: boolean;
  readonly unselect: boolean;
  readonly idle: boolean;
  readonly notify: boolean;
  readonly acl: boolean;
  readonly metadata: boolean;
  /** Names and headers must be UTF-8 (RFC 6855, UTF8=ONLY). */
  readonly utf8: boolean;
  /** Octets that one message may have (RFC 7889); undefined where the server says none, or one for each folder. */
  readonly appendLimit: number | undefined;
}

/** Cyrus 3.6 puts the raw octets of a MAILBOXID into LIST-STATUS: what comes back is noise, and may hold anything. */
const noisyMailboxId = /^Cyrus.*\b3\.[0-6]\b/i;

/** `server` is what the server calls itself (RFC 2971), name and version. */
export function abilitiesOf(capabilities: ReadonlySet<string>, server: string): Abilities {
  const has = (name: string): boolean => capabilities.has(name);
  const valueOf = (name: string): string | undefined =>
    [...capabilities].find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  const rev2 = has("IMAP4REV2");
  const appendLimit = Number(valueOf("APPENDLIMIT") ?? Number.NaN);
  return {
    announcing: has("LITERAL+") ? "plus" : has("LITERAL-") || rev2 ? "minus" : "wait",
    multiappend: has("MULTIAPPEND"),
    uidplus: has("UIDPLUS") || rev2,
    move: has("MOVE") || rev2,
    condstore: has("CONDSTORE") || has("QRESYNC"),
    qresync: has("QRESYNC") && has("ENABLE"),
    listExtended: has("LIST-EXTENDED") || rev2,
    listStatus: has("LIST-STATUS") || rev2,
    specialUse: has("SPECIAL-USE") || rev2,
    createSpecialUse: has("CREATE-SPECIAL-USE"),
    namespace: has("NAMESPACE") || rev2,
    quota: has("QUOTA"),
    objectId: has("OBJECTID") && !noisyMailboxId.test(server),
    gmail: has("X-GM-EXT-1"),
    binary: has("BINARY") || rev2,
    esearch: has("ESEARCH") || rev2,
    unselect: has("UNSELECT") || rev2,
    idle: has("IDLE") || rev2,
    notify: has("NOTIFY"),
    acl: has("ACL"),
    metadata: has("METADATA"),
    utf8: has("UTF8=ONLY"),
    appendLimit: Number.isSafeInteger(appendLimit) && appendLimit > 0 ? appendLimit : undefined,
  };
}
