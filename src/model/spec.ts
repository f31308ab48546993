// Generated from schemas/ by `npm run gen`. Do not edit.

/**
 * Text on one line, without control characters.
 */
export type Text = string;
/**
 * A size in bytes: a whole number, or a number with a unit such as 50GB. K, M, G and T are powers of 1024, as mail servers count quotas: 50GB is 53,687,091,200 bytes.
 */
export type Size = number | string;
/**
 * A short name (ana), which belongs to the Domain around it and must be declared there, or a full address (ana@example.com), which may be declared, external, or found at the destination.
 */
export type NameOrAddress = string;
/**
 * A mail address in full, such as ana@example.com. Case does not count, and a domain may be written in its own script or in punycode.
 */
export type EmailAddress = string;
/**
 * How the password comes to be. It is written at create only, and again when issue rises.
 */
export type PasswordSpec =
  | {
      /**
       * The directory, or single sign-on, checks passwords: none is written.
       */
      external: true;
      /**
       * The person must change it at the first login.
       */
      mustChange?: boolean;
      /**
       * Raise this number to write the password again; otherwise it is written at create only.
       */
      issue?: number;
    }
  | {
      /**
       * The password, by reference.
       */
      secret: SecretReference;
      /**
       * The person must change it at the first login.
       */
      mustChange?: boolean;
      /**
       * Raise this number to write the password again; otherwise it is written at create only.
       */
      issue?: number;
    }
  | {
      /**
       * source: the hash is carried from the source's directory, or from where the account's row is, where the destination takes its scheme. Or a hash, by reference.
       */
      hash: "source" | SecretReference;
      /**
       * The person must change it at the first login.
       */
      mustChange?: boolean;
      /**
       * Raise this number to write the password again; otherwise it is written at create only.
       */
      issue?: number;
    }
  | {
      /**
       * A random password is made up, and told once, in the new file that --passwords-out names.
       */
      generate: true;
      /**
       * The person must change it at the first login.
       */
      mustChange?: boolean;
      /**
       * Raise this number to write the password again; otherwise it is written at create only.
       */
      issue?: number;
      /**
       * How many characters it has. It holds letters of both cases, digits and hyphens, and none that is taken for another.
       */
      length?: number;
    };
/**
 * A secret, by reference and never as a literal: {env: NAME}, {file: path} or {command: [program, argument]}. It is resolved when it is needed, and again on renewal; the value is never shown, stored or logged.
 */
export type SecretReference =
  | {
      /**
       * Name of the environment variable.
       */
      env: string;
    }
  | {
      /**
       * Path of the file, relative to the file that says it; the last newline is dropped.
       */
      file: FilePath;
    }
  | {
      /**
       * Program and arguments, run without a shell; standard output is the secret, the last newline is dropped. Never run from a saved plan.
       *
       * @minItems 1
       * @maxItems 64
       *
       * Items: The program, then each argument.
       */
      command: string[];
    };
/**
 * A path on disk, relative to the file that says it.
 */
export type FilePath = string;
/**
 * Text on one line that is not empty.
 */
export type Word = string;
/**
 * A mail domain, such as example.com. Case does not count; it may be written in its own script or in punycode.
 */
export type DomainName = string;
/**
 * The part of an address before the @; the Domain around it adds the rest.
 */
export type LocalPart = string;
/**
 * A name that others refer to: letters, digits, dot, hyphen and underscore, up to 63 characters, beginning with a letter or a digit.
 */
export type Name = string;
/**
 * A day in UTC, as YYYY-MM-DD.
 */
export type Day = string;
/**
 * A pattern for folder names: * is any run of characters inside one level, ** any levels, ? one character. Levels are parted by /.
 */
export type Glob = string;
/**
 * copy brings what is new and never removes; mirror also removes what it brought once it left the source.
 */
export type MailboxMode = "copy" | "mirror";
/**
 * A mail system we read from or write to.
 */
export type EndpointSpec =
  | MemoryEndpointSpec
  | CsvEndpointSpec
  | ArchiveEndpointSpec
  | ImapEndpointSpec
  | LdapEndpointSpec
  | Microsoft365EndpointSpec
  | GoogleEndpointSpec;
/**
 * How to log in to every mailbox: as its user, as an administrator or master on its behalf, or by an OAuth 2.0 token.
 */
export type ImapAuth = ImapUserAuth | ImapAdminAuth | ImapMasterAuth | ImapOauth2Auth;
/**
 * As whom to bind.
 */
export type LdapBind = LdapSimpleBind | LdapExternalBind;
/**
 * Name of an attribute, as the directory's schema has it.
 */
export type LdapAttribute = string;
/**
 * As an application: by a client secret, or by a certificate, which is what Exchange Online wants.
 */
export type Microsoft365Auth = Microsoft365SecretAuth | Microsoft365CertificateAuth;
/**
 * An organisational unit by its path, from / on.
 */
export type GoogleOrgUnit = string;
/**
 * A document of a manifest: the envelope that every kind shares.
 */
export type ManifestDocument =
  | EndpointManifest
  | MigrationManifest
  | DomainManifest
  | AccountManifest
  | DistributionListManifest
  | AliasManifest
  | MailboxManifest;

/**
 * A person's or a role's account. A field that is not written is not managed.
 */
export interface AccountSpec {
  /**
   * The name that others see.
   */
  displayName?: Text;
  /**
   * First name.
   */
  givenName?: Text;
  /**
   * Last name.
   */
  familyName?: Text;
  /**
   * Whether its person can log in. Mail of a disabled account is still copied.
   */
  enabled?: boolean;
  /**
   * How much mail it may hold; 0 for no limit.
   */
  quota?: Size;
  /**
   * Class of service, plan or licence, in the destination's own word.
   */
  class?: Text;
  /**
   * Further addresses that deliver here. Each is a resource of its own.
   */
  aliases?: NameOrAddress[];
  /**
   * Where incoming mail is sent on to.
   */
  forwarding?: {
    /**
     * Addresses that get the mail; an empty list ends the forwarding.
     */
    to: NameOrAddress[];
    /**
     * Whether the mailbox keeps a copy.
     */
    keepCopy?: boolean;
  };
  /**
   * What its mailbox is: a person's own (user), one that several share and nobody logs in to (shared), or that of a room or a thing (room, equipment).
   */
  mailbox?: "user" | "shared" | "room" | "equipment";
  /**
   * Who may open the mailbox and everything in it. Once written, this is the whole set.
   */
  fullAccess?: NameOrAddress[];
  /**
   * Who may send mail that comes from it and nobody else. Once written, this is the whole set.
   */
  sendAs?: NameOrAddress[];
  /**
   * Who may send mail on its behalf, with their own name beside it. Once written, this is the whole set.
   */
  sendOnBehalf?: NameOrAddress[];
  /**
   * How its person is reached when the password is lost.
   */
  recovery?: {
    /**
     * Another address of the person.
     */
    email?: EmailAddress;
    /**
     * A mobile number in international form.
     */
    mobile?: string;
  };
  /**
   * How the password comes to be. It is written at create only, and again when issue rises.
   */
  password?: PasswordSpec;
  /**
   * Its mailbox at the source; false when there is nothing to copy.
   */
  source?: false | AccountSide;
  /**
   * Its mailbox at the destination.
   */
  destination?: AccountSide;
  /**
   * The wave it moves with: a whole number, for --wave.
   */
  wave?: number;
  /**
   * Mailboxes with a higher number go first.
   */
  priority?: number;
  /**
   * Names it had before: a rename, never a delete and a create. The first one found at the destination is renamed.
   */
  formerly?: NameOrAddress[];
  /**
   * Never delete it, even once this line is gone; taking the protection off takes a plan that shows it.
   */
  protect?: boolean;
  /**
   * It must not be there: it is deleted, within the safety limits.
   */
  absent?: boolean;
}
/**
 * The account's mailbox at one end.
 */
export interface AccountSide {
  /**
   * The login name at the end; the address by default.
   */
  user?: Word;
  /**
   * Credentials of this mailbox, where it has its own.
   */
  credentials?: Credentials;
}
/**
 * Credentials of one mailbox, where it has its own: a password or an access token.
 */
export interface Credentials {
  /**
   * The password, by reference.
   */
  password?: SecretReference;
  /**
   * An OAuth 2.0 access token, by reference.
   */
  accessToken?: SecretReference;
}
/**
 * A further address that delivers to one target; several targets are a list.
 */
export interface AliasSpec {
  /**
   * Where its mail goes. Not needed where absent is true.
   */
  target?: NameOrAddress;
  /**
   * Never delete it, even once this line is gone; taking the protection off takes a plan that shows it.
   */
  protect?: boolean;
  /**
   * It must not be there: it is deleted, within the safety limits.
   */
  absent?: boolean;
}
/**
 * Free words to select by, with --label name=value.
 */
export interface Labels {
  [k: string]: Text;
}
/**
 * Limits of ours for this endpoint, shared by all mailboxes; what the server asks for is obeyed as well. 0 means no limit of ours.
 */
export interface Limits {
  /**
   * Connections open at one time.
   */
  connections?: number;
  /**
   * Messages read or written a second.
   */
  messagesPerSecond?: number;
  /**
   * Bytes read or written a second, as a number or a size such as 10MB.
   */
  bytesPerSecond?: Size;
}
/**
 * Which folders are taken, and what they are called at the destination.
 */
export interface FolderRules {
  /**
   * Folders that are taken, and no others; every folder without it. What exclude names is left out all the same.
   *
   * @minItems 1
   */
  only?: Glob[];
  /**
   * Folders that are left out.
   */
  exclude?: Glob[];
  /**
   * New names for folders, by old name; ** on both sides carries the levels below. Several folders may be merged into one. Folders that show what is elsewhere too (all mail, flagged mail) or are somebody else's (shared ones) come only by a name or pattern here that fits no other folder.
   */
  map?: {
    [k: string]: Glob;
  };
  /**
   * Match Sent, Drafts, Junk, Trash and Archive by their role, whatever their name.
   */
  specialUse?: boolean;
}
/**
 * Which messages are taken. What lies outside is not managed, and never removed.
 */
export interface MessageRules {
  /**
   * First day that is taken, by internal date.
   */
  since?: Day;
  /**
   * First day that is no longer taken, by internal date.
   */
  before?: Day;
  /**
   * Larger messages are skipped and counted.
   */
  maxSize?: Size;
  /**
   * Messages marked \Deleted: keep copies them with their mark, leave leaves them out.
   */
  deleted?: "keep" | "leave";
  /**
   * Messages that are left behind knowingly, so that they are no longer pending.
   *
   * Items: One message, and why it stays behind.
   */
  skip?: {
    /**
     * Its Message-ID, with the angle brackets.
     */
    id: string;
    /**
     * Why it stays behind.
     */
    reason: Text;
  }[];
}
/**
 * A distribution list: one address, several receivers. A field that is not written is not managed.
 */
export interface DistributionListSpec {
  /**
   * The name that others see.
   */
  displayName?: Text;
  /**
   * Who gets the mail. Once written, this is the whole set.
   */
  members?: NameOrAddress[];
  /**
   * Who looks after it. Once written, this is the whole set.
   */
  owners?: NameOrAddress[];
  /**
   * Who alone may write to it. Once written, this is the whole set.
   */
  senders?: NameOrAddress[];
  /**
   * Further addresses that deliver here. Each is a resource of its own.
   */
  aliases?: NameOrAddress[];
  /**
   * Left out of the address book.
   */
  hidden?: boolean;
  /**
   * Names it had before: a rename, never a delete and a create. The first one found at the destination is renamed.
   */
  formerly?: NameOrAddress[];
  /**
   * Never delete it, even once this line is gone; taking the protection off takes a plan that shows it.
   */
  protect?: boolean;
  /**
   * It must not be there: it is deleted, within the safety limits.
   */
  absent?: boolean;
}
/**
 * A mail domain, and in compact form the accounts, lists and aliases in it.
 */
export interface DomainSpec {
  /**
   * Sets that are complete over all documents: what is not written in them is deleted, within the safety limits.
   *
   * @maxItems 3
   */
  prune?: ("accounts" | "lists" | "aliases")[];
  /**
   * How this domain looks at the source.
   */
  source?: {
    /**
     * The domain that the addresses end in at the source, where it differs.
     */
    domain?: DomainName;
  };
  /**
   * Accounts, by the part of the address before the @.
   */
  accounts?: {
    [k: string]: AccountSpec;
  };
  /**
   * Distribution lists, by the part of the address before the @.
   */
  lists?: {
    [k: string]: DistributionListSpec;
  };
  /**
   * Aliases, by the part of the address before the @: the target, or a map.
   */
  aliases?: {
    /**
     * The target, or a map with the target and more.
     */
    [k: string]: NameOrAddress | AliasSpec;
  };
  /**
   * Accounts that an endpoint's rows declare.
   */
  accountsFrom?: AccountsFrom;
  /**
   * Lists that an endpoint's rows declare.
   */
  listsFrom?: ListsFrom;
}
/**
 * Accounts that an endpoint's rows declare, beside those written here. The rows found are shown in the plan.
 */
export interface AccountsFrom {
  /**
   * The endpoint that is read; the Migration's source directory by default.
   */
  endpoint?: Name;
  /**
   * Which rows are taken: a map of column to pattern (* is any run of characters, ? is one, case does not count; all must fit), or a text in the endpoint's own language, such as an LDAP filter.
   */
  filter?:
    | string
    | {
        /**
         * The pattern that the column must fit.
         */
        [k: string]: Text;
      };
  /**
   * Which column or attribute each field is read from, where it is not the usual one.
   */
  map?: {
    /**
     * Where the address is read from.
     */
    address?: Word;
    /**
     * Where the displayed name is read from.
     */
    displayName?: Word;
    /**
     * Where the first name is read from.
     */
    givenName?: Word;
    /**
     * Where the last name is read from.
     */
    familyName?: Word;
    /**
     * Where it is read whether the account is enabled.
     */
    enabled?: Word;
    /**
     * Where the quota is read from.
     */
    quota?: Word;
    /**
     * Where the class is read from.
     */
    class?: Word;
  };
  /**
   * What holds for every row that does not say otherwise.
   */
  defaults?: AccountDefaults;
  /**
   * What happens to the account of a row that was there at an earlier apply and no longer is: it left the filter, or the directory. leave: the account stays as it is, and the plan says so. disable: it is disabled, within safety.maxDisables, and enabled again when its row returns. It is deleted by absent: true alone, or by prune where leavers is not written. A reading that was not complete makes nobody a leaver.
   */
  leavers?: "leave" | "disable";
}
/**
 * What holds for every row that does not say otherwise.
 */
export interface AccountDefaults {
  /**
   * Whether its person can log in. Mail of a disabled account is still copied.
   */
  enabled?: boolean;
  /**
   * How much mail it may hold; 0 for no limit.
   */
  quota?: Size;
  /**
   * Class of service, plan or licence, in the destination's own word.
   */
  class?: Text;
  /**
   * The wave it moves with: a whole number, for --wave.
   */
  wave?: number;
  /**
   * Mailboxes with a higher number go first.
   */
  priority?: number;
  /**
   * Never delete it, even once this line is gone; taking the protection off takes a plan that shows it.
   */
  protect?: boolean;
  /**
   * How the password comes to be. It is written at create only, and again when issue rises.
   */
  password?: PasswordSpec;
}
/**
 * Lists that an endpoint's rows declare, beside those written here. The rows found are shown in the plan.
 */
export interface ListsFrom {
  /**
   * The endpoint that is read; the Migration's source directory by default.
   */
  endpoint?: Name;
  /**
   * Which rows are taken: a map of column to pattern (* is any run of characters, ? is one, case does not count; all must fit), or a text in the endpoint's own language, such as an LDAP filter.
   */
  filter?:
    | string
    | {
        /**
         * The pattern that the column must fit.
         */
        [k: string]: Text;
      };
  /**
   * Which column or attribute each field is read from, where it is not the usual one.
   */
  map?: {
    /**
     * Where the address is read from.
     */
    address?: Word;
    /**
     * Where the displayed name is read from.
     */
    displayName?: Word;
    /**
     * Where the members are read from.
     */
    members?: Word;
    /**
     * Where the owners are read from.
     */
    owners?: Word;
    /**
     * Where the senders are read from.
     */
    senders?: Word;
    /**
     * Where it is read whether the list is hidden.
     */
    hidden?: Word;
  };
  /**
   * What holds for every row that does not say otherwise.
   */
  defaults?: ListDefaults;
}
/**
 * What holds for every row that does not say otherwise.
 */
export interface ListDefaults {
  /**
   * Left out of the address book.
   */
  hidden?: boolean;
  /**
   * Never delete it, even once this line is gone; taking the protection off takes a plan that shows it.
   */
  protect?: boolean;
}
/**
 * A mail system in memory: nothing outlives the process. For trying and for tests.
 */
export interface MemoryEndpointSpec {
  /**
   * A mail system in memory.
   */
  type: "memory";
  /**
   * A JSON file that says what it holds at the start; empty without.
   */
  seed?: FilePath;
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * A directory on disk: a folder with accounts.csv, lists.csv, members.csv and aliases.csv.
 */
export interface CsvEndpointSpec {
  /**
   * A directory of CSV files.
   */
  type: "csv";
  /**
   * The folder with accounts.csv, lists.csv, members.csv and aliases.csv, or with the profile's files, relative to this file.
   */
  path: FilePath;
  /**
   * Whose files and columns these are: the product's own (generic, also where nothing is said), CloudM Migrate's user list (cloudm: users.csv), Carbonio's bulk files (carbonio: accounts.csv and lists.csv) or Mithi SkyConnect's (skyconnect: users-1.csv and on, 100 rows each).
   */
  profile?: "generic" | "cloudm" | "carbonio" | "skyconnect";
  /**
   * The domain of names that stand without one. For the profiles cloudm and skyconnect; skyconnect must have it.
   */
  domain?: DomainName;
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * A folder of mail on disk: one sub-folder or file tree a mailbox.
 */
export interface ArchiveEndpointSpec {
  /**
   * A folder of mail on disk.
   */
  type: "archive";
  /**
   * The folder that holds the mailboxes, relative to this file.
   */
  path: FilePath;
  /**
   * How messages are kept: maildir (a file a message, with flags and keywords), mbox (a file a folder), eml (a tree of message files).
   */
  format: "maildir" | "mbox" | "eml";
  /**
   * How an mbox file quotes lines that begin with From: mboxrd (reversible), mboxo (not reversible) or mboxcl2 (by Content-Length, nothing is quoted). For format mbox only.
   */
  dialect?: "mboxrd" | "mboxo" | "mboxcl2";
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * A mail server spoken to by IMAP (RFC 3501, RFC 9051). Without auth, every mailbox has credentials of its own. host may be left out where the provider's profile knows it.
 */
export interface ImapEndpointSpec {
  /**
   * A mail server spoken to by IMAP.
   */
  type: "imap";
  /**
   * The server's name or address; certificates are verified against it.
   */
  host?: string;
  /**
   * The port; by default 993, or 143 with starttls and none.
   */
  port?: number;
  /**
   * How the line is secured: implicit (TLS from the first octet), starttls, or none, which is for loopback alone unless allowPlaintext is true.
   */
  tls?: "implicit" | "starttls" | "none";
  /**
   * Allows tls: none to a server that is not on loopback: passwords and mail then travel readable.
   */
  allowPlaintext?: boolean;
  /**
   * A PEM file with a trust anchor beside those of the system, relative to this file. Certificates are always verified.
   */
  ca?: FilePath;
  /**
   * The profile of a provider or a server: defaults only, what the server says wins.
   */
  provider?:
    | "bluehost"
    | "carbonio"
    | "courier"
    | "cyrus"
    | "domino"
    | "dovecot"
    | "dreamhost"
    | "fasthosts"
    | "fastmail"
    | "gmail"
    | "hostinger"
    | "icloud"
    | "ionos"
    | "mdaemon"
    | "microsoft365"
    | "scalahosting"
    | "skyconnect"
    | "titan"
    | "workmail"
    | "yahoo"
    | "zimbra"
    | "zoho";
  /**
   * How to log in.
   */
  auth?: ImapAuth;
  /**
   * Seconds without a word from the server after which a line counts as dead.
   */
  timeout?: number;
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * Every mailbox by its own password.
 */
export interface ImapUserAuth {
  /**
   * Every mailbox by its own password.
   */
  method: "user";
  /**
   * A CSV file with the columns address and password, readable for its owner alone (mode 0600).
   */
  passwords?: {
    /**
     * The CSV file, relative to this file.
     */
    file: FilePath;
  };
  /**
   * One password for every mailbox, by reference: for servers that are emptied or tried out.
   */
  password?: SecretReference;
}
/**
 * As an administrator, with the mailbox as SASL PLAIN's authorization identity (RFC 4616).
 */
export interface ImapAdminAuth {
  /**
   * As an administrator on behalf of each user.
   */
  method: "admin";
  /**
   * The administrator's login name.
   */
  user: string;
  /**
   * The administrator's password, by reference.
   */
  password: SecretReference;
}
/**
 * As a master user: the login name is USER, the separator and the master's name, as Dovecot has it.
 */
export interface ImapMasterAuth {
  /**
   * As a master user: user*master.
   */
  method: "master";
  /**
   * The master's login name.
   */
  user: string;
  /**
   * The master's password, by reference.
   */
  password: SecretReference;
  /**
   * What stands between the user and the master in the login name.
   */
  separator?: string;
}
/**
 * By an OAuth 2.0 access token: one by reference, or got from a token endpoint by a refresh token or by client credentials, or by a Google service account on behalf of each user, and renewed in the run.
 */
export interface ImapOauth2Auth {
  /**
   * By an OAuth 2.0 access token.
   */
  method: "oauth2";
  /**
   * The SASL mechanism; by default OAUTHBEARER (RFC 7628) where the server offers it, else XOAUTH2.
   */
  mechanism?: "XOAUTH2" | "OAUTHBEARER";
  /**
   * An access token, by reference; asked for again when the server refuses it.
   */
  accessToken?: SecretReference;
  /**
   * The token endpoint (RFC 6749, 3.2); https, or http on loopback.
   */
  tokenUrl?: string;
  /**
   * The client's id.
   */
  clientId?: string;
  /**
   * The client's secret, by reference.
   */
  clientSecret?: SecretReference;
  /**
   * A refresh token, by reference; without one the grant is client_credentials. Of tokens that are good for one use, only the run knows those that follow: nothing secret is kept.
   */
  refreshToken?: SecretReference;
  /**
   * The scopes asked for, separated by blanks; of a service account https://mail.google.com/ by default.
   */
  scope?: string;
  /**
   * A Google service account's key, by reference: a token for each user is had by its domain-wide delegation.
   */
  serviceAccount?: SecretReference;
}
/**
 * A directory spoken to by LDAP (RFC 4511): people, lists and aliases. Referrals are never followed.
 */
export interface LdapEndpointSpec {
  /**
   * A directory spoken to by LDAP.
   */
  type: "ldap";
  /**
   * Where the server is: ldap://HOST[:PORT], ldaps://HOST[:PORT], or ldapi://PATH with the socket's path percent-encoded. Certificates are verified against the host.
   */
  url: string;
  /**
   * How the line of an ldap:// URL is secured: starttls (by default), or none, which is for loopback alone unless allowPlaintext is true. ldaps:// is TLS from the first octet.
   */
  tls?: "starttls" | "none";
  /**
   * Allows tls: none to a server that is not on loopback: passwords and people's data then travel readable.
   */
  allowPlaintext?: boolean;
  /**
   * A PEM file with a trust anchor beside those of the system, relative to this file. Certificates are always verified.
   */
  ca?: FilePath;
  /**
   * What we show of ourselves over TLS, for bind: {mechanism: external}.
   */
  clientCertificate?: {
    /**
     * The certificate, with its chain, as PEM, relative to this file.
     */
    certificate: FilePath;
    /**
     * Its private key as PEM without a passphrase, relative to this file.
     */
    key: FilePath;
  };
  /**
   * As whom we read and write; without it nobody in particular (anonymously).
   */
  bind?: LdapBind;
  /**
   * Where people and lists are looked for, with everything below.
   */
  base: string;
  /**
   * Whose habits the directory has: what entries, attributes and groups look like where nothing else is written.
   */
  flavour?: "openldap" | "activeDirectory";
  /**
   * Added to an address that has no @, where groups or people are known by a short name.
   */
  domain?: DomainName;
  /**
   * Where accounts are, and how they look.
   */
  accounts?: LdapAccounts;
  /**
   * Where lists are, and how they look.
   */
  lists?: LdapLists;
  /**
   * Where aliases are that are entries of their own, and how they look.
   */
  aliases?: LdapAliases;
  /**
   * Entries a page, where the server knows pages; what it allows at most wins.
   */
  pageSize?: number;
  /**
   * Seconds without a word from the server after which a line counts as dead.
   */
  timeout?: number;
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * By name and password.
 */
export interface LdapSimpleBind {
  /**
   * The name; Active Directory also takes user@domain.
   */
  dn: string;
  /**
   * Its password, by reference.
   */
  password: SecretReference;
}
/**
 * By what the line itself says of us (SASL EXTERNAL): the client certificate, or the user that opens an ldapi:// socket.
 */
export interface LdapExternalBind {
  /**
   * SASL EXTERNAL.
   */
  mechanism: "external";
}
/**
 * Where accounts are, and how they look.
 */
export interface LdapAccounts {
  /**
   * Where they are, with everything below, and where new ones are made; the endpoint's base by default.
   */
  base?: string;
  /**
   * A filter that only they pass (RFC 4515); the flavour's own by default.
   */
  filter?: string;
  /**
   * Object classes of a new account; the flavour's own by default.
   *
   * @minItems 1
   *
   * Items: Name of an object class, as the directory's schema has it.
   */
  objectClasses?: string[];
  /**
   * The attribute that names a new account among its neighbours.
   */
  rdn?: LdapAttribute;
  /**
   * Schemes of password hashes that the directory checks beside its own (SSHA, SHA, SMD5, MD5 and crypt's), by modules of its server: hashes of these are carried there too.
   *
   * @minItems 1
   *
   * Items: A scheme's name.
   */
  passwordSchemes?: (
    | "SHA256"
    | "SSHA256"
    | "SHA384"
    | "SSHA384"
    | "SHA512"
    | "SSHA512"
    | "ARGON2I"
    | "ARGON2ID"
    | "PBKDF2"
    | "PBKDF2-SHA256"
    | "PBKDF2-SHA512"
  )[];
  /**
   * Attribute by field, where the flavour's own is not the one.
   */
  attributes?: {
    /**
     * Its address.
     */
    address?: LdapAttribute;
    /**
     * Its further addresses.
     */
    aliases?: LdapAttribute;
    /**
     * The name that others see.
     */
    displayName?: LdapAttribute;
    /**
     * First name.
     */
    givenName?: LdapAttribute;
    /**
     * Last name.
     */
    familyName?: LdapAttribute;
    /**
     * Whether its person can log in.
     */
    enabled?: LdapAttribute;
    /**
     * How much mail it may hold.
     */
    quota?: LdapAttribute;
    /**
     * Class of service.
     */
    class?: LdapAttribute;
    /**
     * Where its mail is sent on to.
     */
    forwarding?: LdapAttribute;
    /**
     * Another address of the person.
     */
    recoveryEmail?: LdapAttribute;
    /**
     * A mobile number of the person.
     */
    recoveryMobile?: LdapAttribute;
    /**
     * The password or its hash.
     */
    password?: LdapAttribute;
  };
}
/**
 * Where lists are, and how they look.
 */
export interface LdapLists {
  /**
   * Where they are, with everything below, and where new ones are made; the endpoint's base by default.
   */
  base?: string;
  /**
   * A filter that only they pass (RFC 4515); the flavour's own by default.
   */
  filter?: string;
  /**
   * Object classes of a new list; the flavour's own by default.
   *
   * @minItems 1
   *
   * Items: Name of an object class, as the directory's schema has it.
   */
  objectClasses?: string[];
  /**
   * The attribute that names a new list among its neighbours.
   */
  rdn?: LdapAttribute;
  /**
   * Attribute by field, where the flavour's own is not the one.
   */
  attributes?: {
    /**
     * Its address.
     */
    address?: LdapAttribute;
    /**
     * Its further addresses.
     */
    aliases?: LdapAttribute;
    /**
     * The name that others see.
     */
    displayName?: LdapAttribute;
    /**
     * Who gets the mail: names of entries, or addresses, as the attribute's syntax is.
     */
    members?: LdapAttribute;
    /**
     * Members that are no entries, by address.
     */
    externalMembers?: LdapAttribute;
    /**
     * Who looks after it.
     */
    owners?: LdapAttribute;
    /**
     * Who alone may write to it.
     */
    senders?: LdapAttribute;
    /**
     * Whether it is left out of the address book.
     */
    hidden?: LdapAttribute;
  };
}
/**
 * Where aliases are that are entries of their own, and how they look.
 */
export interface LdapAliases {
  /**
   * Where they are, with everything below, and where new ones are made; the endpoint's base by default.
   */
  base?: string;
  /**
   * A filter that only they pass (RFC 4515); the flavour's own by default.
   */
  filter?: string;
  /**
   * Object classes of a new alias; the flavour's own by default.
   *
   * @minItems 1
   *
   * Items: Name of an object class, as the directory's schema has it.
   */
  objectClasses?: string[];
  /**
   * The attribute that names a new alias among its neighbours.
   */
  rdn?: LdapAttribute;
  /**
   * Attribute by field, where the flavour's own is not the one.
   */
  attributes?: {
    /**
     * Its address.
     */
    address?: LdapAttribute;
    /**
     * Where its mail goes.
     */
    target?: LdapAttribute;
  };
}
/**
 * A tenant of Microsoft 365: people and lists by Microsoft Graph, mail by IMAP, all as an application.
 */
export interface Microsoft365EndpointSpec {
  /**
   * A tenant of Microsoft 365.
   */
  type: "microsoft365";
  /**
   * The tenant: one of its domains, such as contoso.onmicrosoft.com, or its id.
   */
  tenant: string;
  /**
   * How the application logs in: by a secret, or by a certificate.
   */
  auth: Microsoft365Auth;
  /**
   * Where new people are, as ISO 3166-1 has it; a licence is given to nobody without one.
   */
  usageLocation?: string;
  /**
   * What a new list becomes: a distribution list, a Microsoft 365 group with a mailbox of its own, or a security group, whose members get no mail. Lists that are there stay what they are.
   */
  lists?: "distribution" | "microsoft365" | "security";
  /**
   * Who runs the cmdlets of Exchange Online that aliases, distribution lists and forwarding take: invokeCommand (the admin API that Microsoft's own PowerShell module speaks, and that is documented for nobody else) or pwsh (PowerShell 7 with the module ExchangeOnlineManagement on this machine; with a certificate alone). Without it a plan names them as steps for a person.
   */
  exchange?: "invokeCommand" | "pwsh";
  /**
   * How mailboxes are reached: imap; transfer, from one tenant to another, messages as Exchange keeps them, by the mailbox export and import of Microsoft Graph, where both endpoints say so; or, where IMAP is closed, graph, by which they can be read and not written.
   */
  mail?: "imap" | "graph" | "transfer";
  /**
   * With mail: graph, whether mail is written all the same, where IMAP is closed: each message is made anew of what Graph has words for, and loses its octets, and with them signatures, encryption and most header fields. A plan says so of every mailbox.
   */
  reducedFidelity?: boolean;
  /**
   * Whether keywords of mail that is written become categories, and flags say when they are due and were done, by Graph (Mail.ReadWrite), for Exchange Online keeps neither by IMAP. They are written and not read back.
   */
  categories?: boolean;
  /**
   * Where the services are, for a national cloud; the global cloud's by default.
   */
  services?: {
    /**
     * Microsoft Graph.
     */
    graph?: string;
    /**
     * Microsoft Entra's login.
     */
    login?: string;
    /**
     * Exchange Online.
     */
    outlook?: string;
    /**
     * Exchange Online's IMAP.
     */
    imap?: string;
  };
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * By a client secret.
 */
export interface Microsoft365SecretAuth {
  /**
   * Application (client) id of the registration in Microsoft Entra.
   */
  clientId: string;
  /**
   * The client secret, by reference.
   */
  clientSecret: SecretReference;
}
/**
 * By a certificate of the application's registration.
 */
export interface Microsoft365CertificateAuth {
  /**
   * Application (client) id of the registration in Microsoft Entra.
   */
  clientId: string;
  /**
   * The certificate, a PEM file, relative to this file.
   */
  certificate: FilePath;
  /**
   * Its private key in PEM, not encrypted, by reference.
   */
  privateKey: SecretReference;
}
/**
 * Google Workspace: its directory by the Admin SDK, its mail by the Gmail API, both as a service account with domain-wide delegation.
 */
export interface GoogleEndpointSpec {
  /**
   * Google Workspace.
   */
  type: "google";
  /**
   * The service account's key, a JSON text as the Cloud console gives it out, by reference. Its client id must be granted the scopes in the Admin console, under Security > Access and data control > API controls > Domain-wide delegation.
   */
  serviceAccount: SecretReference;
  /**
   * The administrator on whose behalf the directory is read and written. Without one there is mail alone.
   */
  admin?: EmailAddress;
  /**
   * The customer whose directory it is.
   */
  customer?: string;
  /**
   * Asks for read-only scopes: it can then be a source alone.
   */
  readOnly?: boolean;
  /**
   * The organisational unit of accounts that it makes, where they name no class; one that is not there is made.
   */
  orgUnit?: GoogleOrgUnit;
  /**
   * Domains that are aliases of another: every account and list there has its address in them too. Domain to the one that it is an alias of.
   */
  domainAliases?: {
    /**
     * The domain that it is an alias of.
     */
    [k: string]: DomainName;
  };
  /**
   * Settings of the groups that it makes; those that are there keep theirs.
   */
  groups?: GoogleGroupSettings;
  /**
   * How mail goes in and out.
   */
  mail?: GoogleMail;
  /**
   * Where the APIs are, in place of Google's own hosts; https, or http on loopback.
   */
  apiUrl?: string;
  /**
   * Limits of ours for this endpoint.
   */
  limits?: Limits;
}
/**
 * Settings of new groups, in the words of the Groups Settings API.
 */
export interface GoogleGroupSettings {
  /**
   * Who can write to it.
   */
  whoCanPostMessage?:
    | "NONE_CAN_POST"
    | "ALL_MANAGERS_CAN_POST"
    | "ALL_MEMBERS_CAN_POST"
    | "ALL_OWNERS_CAN_POST"
    | "ALL_IN_DOMAIN_CAN_POST"
    | "ANYONE_CAN_POST";
  /**
   * Who can join it.
   */
  whoCanJoin?: "ANYONE_CAN_JOIN" | "ALL_IN_DOMAIN_CAN_JOIN" | "INVITED_CAN_JOIN" | "CAN_REQUEST_TO_JOIN";
  /**
   * Who can read its messages.
   */
  whoCanViewGroup?:
    | "ANYONE_CAN_VIEW"
    | "ALL_IN_DOMAIN_CAN_VIEW"
    | "ALL_MEMBERS_CAN_VIEW"
    | "ALL_MANAGERS_CAN_VIEW"
    | "ALL_OWNERS_CAN_VIEW";
  /**
   * Who can see its members.
   */
  whoCanViewMembership?:
    "ALL_IN_DOMAIN_CAN_VIEW" | "ALL_MEMBERS_CAN_VIEW" | "ALL_MANAGERS_CAN_VIEW" | "ALL_OWNERS_CAN_VIEW";
  /**
   * Which messages wait for a moderator.
   */
  messageModerationLevel?: "MODERATE_ALL_MESSAGES" | "MODERATE_NON_MEMBERS" | "MODERATE_NEW_MEMBERS" | "MODERATE_NONE";
  /**
   * Whether members may be from outside.
   */
  allowExternalMembers?: boolean;
  /**
   * Whether its messages are kept for reading on the web.
   */
  isArchived?: boolean;
}
/**
 * How mail goes in and out.
 */
export interface GoogleMail {
  /**
   * The Gmail API (api), or IMAP with the service account's tokens (imap), which also carries \Answered and dates other than a message's own, within IMAP's limits on bandwidth.
   */
  by?: "api" | "imap";
  /**
   * How the API takes a message: insert stores it as IMAP's APPEND does; import passes it through the checks for delivered mail. For by: api only.
   */
  method?: "insert" | "import";
}
/**
 * One mailbox, where it differs from what its Account and the Migration say. Its name is the destination address.
 */
export interface MailboxSpec {
  /**
   * Where it is read from; false when there is nothing to copy.
   */
  source?: false | MailboxSideSpec;
  /**
   * Where it is written to.
   */
  destination?: MailboxSideSpec;
  /**
   * Whether what left the source is removed.
   */
  mode?: MailboxMode;
  /**
   * In mirror mode: bring back what its user deleted at the destination.
   */
  restore?: boolean;
  /**
   * Which folders are taken, and what they are called at the destination.
   */
  folders?: FolderRules;
  /**
   * Which messages are taken.
   */
  messages?: MessageRules;
  /**
   * The wave it moves with: a whole number, for --wave.
   */
  wave?: number;
  /**
   * Mailboxes with a higher number go first.
   */
  priority?: number;
}
/**
 * The mailbox at one end.
 */
export interface MailboxSideSpec {
  /**
   * The endpoint; the Migration's by default.
   */
  endpoint?: Name;
  /**
   * The login name at the end; the address by default.
   */
  user?: Word;
  /**
   * Credentials of this mailbox, where it has its own.
   */
  credentials?: Credentials;
}
/**
 * A mail system we read from or write to.
 */
export interface EndpointManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Endpoint";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The endpoint's name, which Migration, Mailbox and accountsFrom refer to.
     */
    name: Name;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: EndpointSpec;
}
/**
 * From where, to where, and how: one per environment.
 */
export interface MigrationManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Migration";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The Migration's name, for -e; the state's rows are keyed by it.
     */
    name: Name;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: MigrationSpec;
}
/**
 * From where, to where, and how: one per environment.
 */
export interface MigrationSpec {
  /**
   * Where things come from. Without it, one system is kept in order.
   */
  source?: {
    /**
     * The endpoint that accountsFrom and listsFrom read by default, and where carried password hashes are read. Nothing else is copied from it.
     */
    directory?: Name;
    /**
     * The endpoint that mailboxes are read from.
     */
    mail?: Name;
  };
  /**
   * Where things go.
   */
  destination: {
    /**
     * The endpoint whose accounts, lists and aliases are managed. Without it, accounts only name mailboxes.
     */
    directory?: Name;
    /**
     * The endpoint that mailboxes are written to.
     */
    mail?: Name;
  };
  /**
   * Defaults for every mailbox; an Account or a Mailbox may say otherwise.
   */
  mailboxes?: {
    /**
     * Whether what left the source is removed.
     */
    mode?: MailboxMode;
    /**
     * In mirror mode: bring back what its user deleted at the destination.
     */
    restore?: boolean;
    /**
     * Which folders are taken, and what they are called at the destination.
     */
    folders?: FolderRules;
    /**
     * Which messages are taken.
     */
    messages?: MessageRules;
  };
  /**
   * What a run may destroy before it is refused.
   */
  safety?: {
    /**
     * How much may be deleted of each kind; the lower of the two counts. A kind may have limits of its own.
     */
    maxDeletes?: {
      /**
       * At most this share of what is there, in per cent.
       */
      percent?: number;
      /**
       * At most this many.
       */
      count?: number;
      /**
       * Limits of domains. What it does not say, maxDeletes says.
       */
      domains?: DeleteLimit;
      /**
       * Limits of accounts. What it does not say, maxDeletes says.
       */
      accounts?: DeleteLimit;
      /**
       * Limits of lists. What it does not say, maxDeletes says.
       */
      lists?: DeleteLimit;
      /**
       * Limits of aliases. What it does not say, maxDeletes says.
       */
      aliases?: DeleteLimit;
      /**
       * Limits of members, owners and senders that leave lists. What it does not say, maxDeletes says.
       */
      members?: DeleteLimit;
      /**
       * Limits of messages that mode: mirror removes. What it does not say, maxDeletes says.
       */
      messages?: DeleteLimit;
    };
    /**
     * How many accounts that are there may be disabled; the lower of the two counts. The share is of those whom rows, or their absence, disable; whom a line of the manifests disables counts by number alone.
     */
    maxDisables?: {
      /**
       * At most this share of what is there, in per cent.
       */
      percent?: number;
      /**
       * At most this many.
       */
      count?: number;
    };
  };
  /**
   * How `verify` proves what it found.
   */
  verification?: {
    /**
     * The private Ed25519 key that signs what `verify --manifest-out` writes: PKCS#8 PEM without a passphrase, by reference.
     */
    signingKey?: SecretReference;
  };
  /**
   * Where the state is kept; .reconcile/state.db beside this file by default.
   */
  state?:
    | {
        /**
         * Path of the database, relative to this file.
         */
        sqlite: FilePath;
      }
    | {
        /**
         * The connection's URL, by reference.
         */
        postgres: SecretReference;
      };
}
/**
 * The limits of one kind.
 */
export interface DeleteLimit {
  /**
   * At most this share of what is there, in per cent.
   */
  percent?: number;
  /**
   * At most this many.
   */
  count?: number;
}
/**
 * A mail domain, and in compact form the accounts, lists and aliases in it.
 */
export interface DomainManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Domain";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The domain.
     */
    name: DomainName;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: DomainSpec;
}
/**
 * A person's or a role's account. A field that is not written is not managed.
 */
export interface AccountManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Account";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The account's address.
     */
    name: EmailAddress;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: AccountSpec;
}
/**
 * A distribution list: one address, several receivers. A field that is not written is not managed.
 */
export interface DistributionListManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "DistributionList";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The list's address.
     */
    name: EmailAddress;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: DistributionListSpec;
}
/**
 * A further address that delivers to one target; several targets are a list.
 */
export interface AliasManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Alias";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The alias's address.
     */
    name: EmailAddress;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: AliasSpec;
}
/**
 * One mailbox, where it differs from what its Account and the Migration say. Its name is the destination address.
 */
export interface MailboxManifest {
  /**
   * Version of the manifest language.
   */
  apiVersion: "reconcile/v1";
  /**
   * Which kind of thing this document declares.
   */
  kind: "Mailbox";
  /**
   * Name and labels.
   */
  metadata: {
    /**
     * The mailbox's address at the destination.
     */
    name: EmailAddress;
    /**
     * Free words to select by, with --label name=value.
     */
    labels?: Labels;
  };
  /**
   * What is wanted.
   */
  spec: MailboxSpec;
}
