import { Fault, type FaultFacts } from "../../model/fault.ts";

/** What an API answered in place of what was asked for. */
export class Refused extends Error {
  readonly status: number;
  /** Google's word for it: `notFound`, `duplicate`, `conditionNotMet`; empty where it says none. */
  readonly reason: string;
  readonly what: string;

  constructor(what: string, { status, reason, message }: Said) {
    super(message);
    this.name = "Refused";
    this.what = what;
    this.status = status;
    this.reason = reason;
  }
}

export interface Said {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly status?: string;
    readonly errors?: readonly { readonly reason?: string }[];
    readonly details?: readonly { readonly reason?: string }[];
  };
}

/** Reads `{"error": {"code", "message", "status", "errors": [{"reason"}], "details": [{"reason"}]}}`, or what stands in its place. */
export function saidOf(status: number, body: unknown): Said {
  const { error } = (typeof body === "object" && body !== null ? body : {}) as ErrorBody;
  const { message = "", status: word = "", errors = [], details = [] } = typeof error === "object" ? error : {};
  return { status, reason: errors[0]?.reason ?? details[0]?.reason ?? word, message: oneLine(message) };
}

/** A server's words, short and on one line. */
const oneLine = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex
    .replace(/[\s\u0000-\u001f\u007f]+/gu, " ")
    .trim()
    .slice(0, 300);

type Facts = Pick<FaultFacts, "code" | "spoils"> & { readonly says: string; readonly remedy: string };

const delegation =
  "grant the scope: Admin console > Security > Access and data control > API controls > Domain-wide delegation (https://admin.google.com/ac/owl/domainwidedelegation)";
const enabling = "enable it in the Cloud console: APIs & Services > Library";

const missingScope: Facts = {
  code: "scope.missing",
  spoils: "endpoint",
  says: "needs a scope that was not granted",
  remedy: delegation,
};
const disabled: Facts = { code: "api.disabled", spoils: "endpoint", says: "is not enabled", remedy: enabling };

/** By reason first, then by status. */
const table: Readonly<Record<string, Facts>> = {
  insufficientPermissions: missingScope,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: missingScope,
  accessNotConfigured: disabled,
  SERVICE_DISABLED: disabled,
  dailyLimitExceeded: {
    code: "quota.day",
    spoils: "endpoint",
    says: "is over the project's limit for a day",
    remedy: "run again tomorrow, or have the limit raised: Cloud console > APIs & Services > Quotas",
  },
  failedPrecondition: {
    code: "mail.disabled",
    spoils: "mailbox",
    says: "finds no mailbox",
    remedy: "turn Gmail on for the user (Admin console > Apps > Gmail), and look whether the account is suspended",
  },
  "401": {
    code: "token.refused",
    spoils: "endpoint",
    says: "does not take the token",
    remedy: "look whether the service account's key was revoked",
  },
  "403": {
    code: "rights.missing",
    spoils: "endpoint",
    says: "is not allowed",
    remedy: "give the administrator of `admin` a role that allows it: Admin console > Account > Admin roles",
  },
  "404": { code: "thing.missing", spoils: "item", says: "finds nothing there", remedy: "plan again" },
  "413": {
    code: "item.tooLarge",
    spoils: "item",
    says: "finds it too large",
    remedy: "leave it out by messages.maxSize",
  },
};
const other: Facts = { code: "request.refused", spoils: "item", says: "was refused", remedy: "correct what it names" };

/** What a refusal means for whoever is not prepared for it. */
export function faultOf(refused: Refused, about: string): Fault {
  const { status, reason, message, what } = refused;
  const { code, spoils, says, remedy } = table[reason] ?? table[String(status)] ?? other;
  const words = message === "" ? "" : `: ${message}`;
  const named = reason === "" ? `status ${status}` : `${status} ${reason}`;
  return new Fault({ code, spoils, about, retry: "later", message: `${what} ${says} (${named})${words}`, remedy });
}

export const isRefused = (thrown: unknown, ...statuses: readonly number[]): thrown is Refused =>
  thrown instanceof Refused && statuses.includes(thrown.status);
