import type { Fault } from "../../../model/fault.ts";
import type { Finding } from "../../../model/finding.ts";
import type { ImapAuth } from "../../../model/spec.ts";

type Method = ImapAuth["method"] | "own";

interface Reading {
  /** What the server said, by code (RFC 5530) or in words. */
  readonly said: RegExp;
  readonly reason: string;
  readonly remedy: string;
}

/** The first that fits what the server said to a login. */
const readings: readonly Reading[] = [
  {
    said: /\bCONTACTADMIN\b|\blocked\b|\bdisabled\b|\bsuspended\b|\bblocked\b/i,
    reason: "the account is locked or may not use IMAP",
    remedy: "have it unlocked, and IMAP allowed, for the time of the move",
  },
  {
    said: /\bEXPIRED\b|password (?:has )?expired/i,
    reason: "the password has expired",
    remedy: "set a new one",
  },
  {
    said: /\bPRIVACYREQUIRED\b|plain ?text.*(?:disabled|disallowed)/i,
    reason: "no password is taken without TLS",
    remedy: "write tls: implicit or starttls",
  },
  {
    said: /\bAUTHORIZATIONFAILED\b|authorization (?:failed|denied)|not authorized/i,
    reason: "the login may not act for this user, or there is no such user",
    remedy: "allow the administrator or master user to act for it, or mend the user's name in the manifest",
  },
];

const otherwise: Readonly<Record<Method, Omit<Reading, "said">>> = {
  user: { reason: "the password is wrong, or there is no such user", remedy: "mend the password or the user's name" },
  own: {
    reason: "the credentials are wrong, or there is no such user",
    remedy: "mend the mailbox's credentials or the user's name",
  },
  admin: {
    reason: "the administrator's password is wrong, it may not act for this user, or there is no such user",
    remedy: "try the administrator's login by itself, then its right to act for others",
  },
  master: {
    reason: "the master user's password is wrong, or there is no such user",
    remedy: "try the master user with a user that is there, then the user's name",
  },
  oauth2: {
    reason: "the access token was refused for this user",
    remedy: "look at the token's scope, and whether the client may act for this user",
  },
};

/** Words of the server in a fault, without Dovecot's stamps of host and time, so that equal ones are equal. */
function wordsOf({ message }: Fault): string | undefined {
  const quoted = /the server said ("(?:[^"\\]|\\.)*")/s.exec(message)?.[1];
  return quoted === undefined
    ? undefined
    : (JSON.parse(quoted) as string).replace(/ \[[^\]]*\d{4}-\d\d-\d\d[^\]]*\]/g, "");
}

const blind =
  "is let in, and shown INBOX by name alone: it is judged by its own rights, not by those of the mailbox's owner (ACL)";

/** Why nobody got in, or got in and sees nothing, in words that are the same for everybody with the same reason. */
export function loginFinding(fault: Fault, method: Method, name: string): Omit<Finding, "about"> {
  const { code } = fault;
  const words = wordsOf(fault);
  const said = (what: string, remedy = fault.remedy): Omit<Finding, "about"> => ({
    code,
    severity: "error",
    message: what,
    ...(remedy === undefined ? {} : { remedy }),
  });
  const quoted = words === undefined ? "" : `; the server said ${JSON.stringify(words)}`;
  if (code === "look.denied") return said(`The login at ${name} ${blind}`);
  if (code === "server.busy" && words !== undefined)
    return said(`No login at ${name} for now${quoted}`, "check again later; lower limits.connections if it stays so");
  if (code !== "login.refused") return said(fault.message);
  if (words === undefined)
    return said(`Login refused at ${name}: ${fault.message.replace(/^Logging in as .*?: /s, "")}`);
  const means = readings.find((each) => each.said.test(words)) ?? otherwise[method];
  return said(`Login refused at ${name}: ${means.reason}${quoted}`, means.remedy);
}
