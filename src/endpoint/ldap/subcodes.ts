/** Why Active Directory refuses a login, which it tells as `data 533` among its words (error codes of Windows, MS-ERREF 2.2). */

interface Reason {
  readonly words: string;
  readonly remedy: string;
}

const byPassword = "look at the name and the password of `bind`";
const inDirectory = "let the directory's administrator look at the login's account";

const reasons: Readonly<Record<string, Reason>> = {
  "525": { words: "there is no such login", remedy: byPassword },
  "52e": { words: "the name or the password is wrong", remedy: byPassword },
  "52f": { words: "a restriction of its account forbids the login", remedy: inDirectory },
  "530": { words: "it may not log in at this hour", remedy: inDirectory },
  "531": { words: "it may not log in from this machine", remedy: inDirectory },
  "532": { words: "its password has expired", remedy: "give the login a new password, or one that does not expire" },
  "533": { words: "its account is disabled", remedy: inDirectory },
  "568": { words: "it is in too many groups", remedy: inDirectory },
  "701": { words: "its account has expired", remedy: inDirectory },
  "773": { words: "it must change its password first", remedy: "log in by hand once and change the password" },
  "775": {
    words: "its account is locked, after wrong passwords as a rule",
    remedy: "wait until the lock ends, or have it taken away; and look at the password of `bind`",
  },
  "80090346": {
    words: "the server wants logins to be bound to the TLS line (channel binding)",
    remedy: "let the server take logins without channel binding (LdapEnforceChannelBinding 0 or 1)",
  },
};

/** Undefined where the server's words name no reason that is known. */
export const reasonIn = (words: string): Reason | undefined =>
  reasons[/\bdata ([0-9a-f]+)\b/i.exec(words)?.[1]?.toLowerCase() ?? ""];
