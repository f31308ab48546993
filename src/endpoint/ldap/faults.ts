import { Fault, type FaultFacts, type Spoils } from "../../model/fault.ts";
import { reasonIn } from "./subcodes.ts";
import type { Result } from "./wire/decode.ts";

interface Reading {
  readonly code: string;
  /** What it comes to, as the end of the sentence that says what was tried. */
  readonly words: string;
  readonly remedy: string;
  readonly retry?: FaultFacts["retry"];
  /** Where it reaches further than what was tried. */
  readonly spoils?: Spoils;
}

const unfit = "schema.unfit";
const refused = "entry.refused";
const busy = { afterMs: 5000 } as const;
const limits =
  'raise the server\'s limits for this login (OpenLDAP: `limits dn.exact="…" size.pr=unlimited size.prtotal=unlimited time=unlimited`; Active Directory: MaxPageSize and MaxQueryDuration)';

/** What a result code means to who reads the message (RFC 4511, A.2). */
const readings: Readonly<Record<number, Reading>> = {
  1: {
    code: "server.failed",
    words: "the server failed, or wants a login first",
    remedy: "look at `bind`, and at the server's log",
    retry: "later",
  },
  2: {
    code: "server.refused",
    words: "the server does not understand the request",
    remedy: "look at the server's log",
  },
  3: {
    code: "read.incomplete",
    words: "the server's time limit was over before the end",
    remedy: limits,
    retry: "later",
  },
  4: {
    code: "read.incomplete",
    words: "the server's size limit was reached before the end",
    remedy: limits,
    retry: "later",
  },
  7: {
    code: "login.refused",
    words: "the server knows no such way to log in",
    remedy: "write another `bind`",
    spoils: "endpoint",
  },
  8: {
    code: "login.refused",
    words: "the server wants a stronger login",
    remedy: "use ldaps:// or tls: starttls, and a `bind`",
    spoils: "endpoint",
  },
  10: {
    code: "directory.referral",
    words: "the server has it elsewhere and refers us there; referrals are not followed",
    remedy: "name the server that holds it in `url`, or a `base` that this one holds",
  },
  11: {
    code: "read.incomplete",
    words: "a limit of the server's administrator was reached",
    remedy: limits,
    retry: "later",
  },
  12: {
    code: "server.unable",
    words: "the server cannot do what this needs",
    remedy: "see `reconcile check` for what the server offers",
  },
  13: {
    code: "tls.required",
    words: "the server wants the line to be secured",
    remedy: "use ldaps:// or tls: starttls",
    spoils: "endpoint",
  },
  14: {
    code: "login.refused",
    words: "the login takes more steps than are known",
    remedy: "write another `bind`",
    spoils: "endpoint",
  },
  16: {
    code: refused,
    words: "the entry has no such attribute any more",
    remedy: "plan again: it was changed meanwhile",
  },
  17: {
    code: unfit,
    words: "the directory's schema has no such attribute",
    remedy: "map the field to an attribute that it has (`attributes`), or add the schema to the server",
  },
  18: { code: unfit, words: "the attribute cannot be compared so", remedy: "write another `filter`" },
  19: {
    code: refused,
    words: "a rule of the directory forbids the value",
    remedy: "see what the server said: its schema, its password policy or its constraints",
  },
  20: { code: refused, words: "the value is there already", remedy: "plan again: it was changed meanwhile" },
  21: {
    code: "value.unfit",
    words: "a value has not the form that the attribute takes",
    remedy: "correct the value, or map the field to an attribute that takes it (`attributes`)",
  },
  32: {
    code: "entry.missing",
    words: "there is no such entry",
    remedy: "look at `base` and at the bases of accounts and lists, and whether the login may see them",
  },
  33: { code: refused, words: "an alias entry leads nowhere", remedy: "look at the alias entry in the directory" },
  34: {
    code: "dn.invalid",
    words: "the server cannot read the name",
    remedy: "correct the names in the manifest (`base`, `bind.dn`)",
  },
  36: { code: refused, words: "an alias entry cannot be followed", remedy: "look at the alias entry in the directory" },
  48: {
    code: "login.refused",
    words: "this entry cannot log in so",
    remedy: "look at `bind`: the entry may have no password, or the server may want a login",
    spoils: "endpoint",
  },
  49: {
    code: "login.refused",
    words: "the server does not know this name with this password",
    remedy: "look at the name and the password of `bind`",
    retry: "later",
    spoils: "endpoint",
  },
  50: {
    code: "entry.denied",
    words: "the login may not do that",
    remedy: "give the login the right in the server's access rules",
    retry: "later",
  },
  51: {
    code: "server.busy",
    words: "the server is busy",
    remedy: "run again later, or lower `limits`",
    retry: busy,
    spoils: "endpoint",
  },
  52: {
    code: "server.busy",
    words: "the server, or a part of it, is not available",
    remedy: "run again later",
    retry: busy,
    spoils: "endpoint",
  },
  53: { code: refused, words: "the server is not willing to do that", remedy: "see what the server said" },
  54: {
    code: "directory.loop",
    words: "the server went in a circle",
    remedy: "look at the referrals and aliases in the directory",
  },
  64: { code: unfit, words: "the schema lets no entry be named so", remedy: "look at `rdn` and `objectClasses`" },
  65: {
    code: unfit,
    words: "the entry would not fit its object classes",
    remedy: "name the classes that have these attributes (`objectClasses`), or map the fields to others (`attributes`)",
  },
  66: {
    code: refused,
    words: "the entry has entries below it",
    remedy: "take those away first: they are none of ours",
  },
  67: { code: refused, words: "the attribute names the entry", remedy: "rename the account or list with `formerly`" },
  68: {
    code: "entry.taken",
    words: "an entry of that name is there already",
    remedy: "rename or remove the entry that is there; it has no address, or another one",
  },
  69: { code: unfit, words: "the classes of an entry cannot be changed so", remedy: "look at `objectClasses`" },
  71: { code: refused, words: "it would touch more servers than one", remedy: "do it on the server by hand" },
  80: { code: "server.failed", words: "the server failed", remedy: "look at the server's log", retry: "later" },
};

const otherwise: Reading = { code: "server.refused", words: "the server refused", remedy: "see what the server said" };

/** What was tried. */
export interface Attempt {
  /** As the beginning of a sentence: `Reading accounts`. */
  readonly what: string;
  /** The entry, or where a search began. */
  readonly dn?: string;
  /** The endpoint's name, or an address. */
  readonly about: string;
  readonly spoils: Spoils;
  /** What must not be told, should the server say it back to us. */
  readonly secrets?: readonly string[];
  /** A password is in it, as a hash. */
  readonly hashed?: boolean;
}

/** slapo-ppolicy, pwdCheckQuality 2: what cannot be looked into is refused as what is weak is, with the same words. The root is bound by no policy. */
const hashRefused = {
  words: "the directory's password policy takes no hash, for it cannot look into one (OpenLDAP: pwdCheckQuality 2)",
  remedy:
    "let the policy take what it cannot check (pwdCheckQuality 1), or bind as the database's rootdn, whom no policy binds; or write password: {external: true} and let people set theirs elsewhere",
};

const reasonOf = ({ code, words }: Pick<Result, "code" | "words">, { hashed = false }: Attempt) =>
  hashed && code === 19 && /quality/i.test(words) ? hashRefused : reasonIn(code, words);

/** A result that is no success, as a Fault. */
export function resultFault(result: Pick<Result, "code" | "words" | "referrals">, attempt: Attempt): Fault {
  const means = { ...(readings[result.code] ?? otherwise), ...reasonOf(result, attempt) };
  const at = attempt.dn === undefined || attempt.dn === "" ? "" : ` at ${attempt.dn}`;
  const said = hide(result.words, attempt.secrets ?? [])
    .replaceAll("\0", "")
    .trim()
    .slice(0, 300);
  const whither = result.referrals.length === 0 ? "" : `: ${result.referrals.slice(0, 3).join(", ").slice(0, 300)}`;
  const words = said === "" ? `code ${result.code}` : `code ${result.code}, ${JSON.stringify(said)}`;
  return new Fault({
    code: means.code,
    message: `${attempt.what}${at}: ${means.words}${whither} (${words})`,
    spoils: means.spoils ?? attempt.spoils,
    retry: means.retry ?? "never",
    about: attempt.about,
    remedy: means.remedy,
  });
}

/** Shorter ones are no secrets, and their absence from a text would tell more than it hides. */
const shortest = 4;

const hide = (text: string, secrets: readonly string[]): string =>
  secrets.filter((secret) => secret.length >= shortest).reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
