import { Fault, type FaultFacts, type Spoils } from "../../model/fault.ts";
import { type Answered, errorOf } from "./answer.ts";
import { permissionsPage } from "./permissions.ts";

type Reading = Pick<FaultFacts, "code"> & {
  readonly spoils?: Spoils;
  readonly retry?: FaultFacts["retry"];
  readonly remedy: string;
};

interface Row {
  readonly status?: number;
  /** The error's code, whole; or its words. */
  readonly codes?: readonly string[];
  readonly words?: RegExp;
  readonly means: Reading;
}

/** What Graph's refusals mean; the first row that fits. Codes of Entra (Request_…, Authorization_…) and of Exchange (Error…) side by side. */
const rows: readonly Row[] = [
  {
    status: 401,
    means: {
      code: "login.refused",
      spoils: "endpoint",
      remedy: "look at tenant and auth, and whether the application was removed or its consent withdrawn",
    },
  },
  {
    codes: ["Authorization_RequestDenied", "ErrorAccessDenied", "AccessDenied", "Forbidden", "accessDenied"],
    means: {
      code: "permission.missing",
      spoils: "endpoint",
      remedy: `grant what \`reconcile check\` names as missing, at ${permissionsPage}`,
    },
  },
  {
    codes: ["MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorMailboxNotFound"],
    means: {
      code: "mailbox.missing",
      spoils: "mailbox",
      retry: { afterMs: 30_000 },
      remedy: "wait: a mailbox comes minutes after its licence; else look whether a licence with Exchange is assigned",
    },
  },
  {
    codes: ["ErrorQuotaExceeded", "ErrorMailboxStoreUnavailable"],
    status: 507,
    means: {
      code: "mailbox.full",
      spoils: "mailbox",
      retry: "later",
      remedy: "raise the mailbox's quota or make room",
    },
  },
  { status: 413, means: { code: "item.tooLarge", retry: "later", remedy: "raise the limit, or carry it by IMAP" } },
  { status: 410, means: { code: "cursor.expired", spoils: "place", remedy: "a whole reading follows" } },
  { status: 412, means: { code: "item.conflict", retry: "later", remedy: "run again: it was changed meanwhile" } },
  { status: 404, means: { code: "item.missing", retry: "later", remedy: "plan again: it is gone by now" } },
  {
    words: /already exists|conflicting object|proxy address.*in use|ObjectConflict/i,
    means: { code: "name.taken", remedy: "look for who has the name: also among contacts, groups and deleted people" },
  },
  {
    words: /license.*(?:not available|no available)|insufficient.*licen|not have.*available licen|CountViolation/i,
    means: { code: "licence.none", remedy: "buy more licences, or take them from others" },
  },
  {
    words: /usage ?location/i,
    means: { code: "licence.location", remedy: "write usageLocation in the endpoint: no licence is given without one" },
  },
  {
    words: /password.*(?:complex|policy|weak|comply)/i,
    means: { code: "password.refused", remedy: "choose a longer password, or let it be generated" },
  },
];

/** The fault of a request that was refused. Graph repeats no password, so that its words are told. */
export function refusal(answered: Answered, what: string, about: string, spoils: Spoils): Fault {
  const { code, message } = errorOf(answered);
  const fits = ({ status, codes, words }: Row): boolean =>
    status === answered.status || codes?.includes(code) === true || words?.test(`${code} ${message}`) === true;
  const means = rows.find(fits)?.means ?? { code: "request.refused", remedy: "look at what Microsoft says of it" };
  const said = [code, message].filter((each) => each !== "").join(": ");
  return new Fault({
    code: means.code,
    message: `${what} was refused with status ${answered.status}${said === "" ? "" : ` (${said})`}`,
    spoils: means.spoils ?? spoils,
    retry: means.retry ?? "never",
    about,
    remedy: means.remedy,
  });
}
