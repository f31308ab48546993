/** Why Active Directory refuses, which it tells among its words by error codes of Windows (MS-ERREF 2.2). */

interface Reason {
  readonly words: string;
  readonly remedy: string;
}

const byPassword = "look at the name and the password of `bind`";
const inDirectory = "let the directory's administrator look at the login's account";

/** Of a login, as `data 533`. */
const logins: Readonly<Record<string, Reason>> = {
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

/** Of a write, at the beginning. */
const writes: Readonly<Record<string, Reason>> = {
  "0000052D": {
    words: "the password does not meet the domain's rules, or the account has none",
    remedy: "give the account a password that is long and mixed enough, and was not used before",
  },
  "000021C8": {
    words: "another account has that login name (userPrincipalName)",
    remedy: "look who has it in the directory; perhaps it is the same person, who has no mail address there",
  },
};

/** Undefined where the server's words name no reason that is known. */
export const reasonIn = (code: number, words: string): Reason | undefined =>
  code === 49
    ? logins[/\bdata ([0-9a-f]+)\b/i.exec(words)?.[1]?.toLowerCase() ?? ""]
    : writes[/^\s*([0-9a-f]{8}):/i.exec(words)?.[1]?.toUpperCase() ?? ""];
