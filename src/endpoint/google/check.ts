import type { CheckRequest } from "../../contract/check.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { GoogleEndpointSpec } from "../../model/spec.ts";
import type { ServiceAccount } from "../http/service-account.ts";
import { type Admin, asGoogleFault } from "./admin.ts";
import { domains, unverified } from "./directory/domains.ts";
import { userAt } from "./directory/users.ts";
import { checkMail } from "./mail/check.ts";
import type { Mailbox } from "./mail/mailbox.ts";
import { type Need, scopeOf } from "./scopes.ts";

interface Checked {
  readonly name: string;
  readonly spec: GoogleEndpointSpec;
  readonly account: ServiceAccount;
  readonly admin: Admin | undefined;
  /** Opens somebody's mailbox. */
  readonly mailbox: (user: string) => Mailbox;
}

/** Asks for each scope by itself, so that each that is missing is told by its name; then looks at what they open. */
export async function* checkGoogle(
  { name, spec, account, admin, mailbox }: Checked,
  request: CheckRequest,
  { signal }: Options,
): AsyncGenerator<Finding> {
  const options = { signal };
  const granted = new Set<Need>();
  const [first] = request.mailboxes;
  // Scopes are granted to the service account, whoever it acts for.
  const subject = spec.admin ?? first?.owner.user;
  const needs: readonly Need[] = [
    ...(admin === undefined ? [] : directoryNeeds),
    ...(first === undefined ? [] : ["mail" as const]),
  ];
  for (const need of subject === undefined ? [] : needs) {
    const finding = await missing(account, subject ?? "", need, spec.readOnly === true, name);
    if (finding === undefined) granted.add(need);
    else yield finding;
  }
  if (admin !== undefined && granted.has("domains")) yield* domainFindings(admin, options);
  const isAbsent = async (user: string): Promise<boolean> =>
    admin !== undefined && granted.has("users") && (await userAt(admin, user, options)) === undefined;
  if (granted.has("mail")) yield* checkMail(name, request, mailbox, isAbsent, options);
  if (granted.size > 0) yield { code: "scope.granted", severity: "info", about: name, message: grantedText(granted) };
}

const directoryNeeds = ["users", "groups", "settings", "domains", "orgUnits"] as const;

const grantedText = (granted: ReadonlySet<Need>): string => `Scopes that are granted: ${[...granted].join(", ")}`;

/** What is wrong with a scope; undefined where it is granted, or where that cannot be told: a user of the mail may not be there. */
async function missing(
  account: ServiceAccount,
  subject: string,
  need: Need,
  reads: boolean,
  about: string,
): Promise<Finding | undefined> {
  try {
    await account.tokens(subject, scopeOf(need, reads)).get();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const { code, message, remedy } = thrown;
    if (code === "token.refused" && need === "mail") return undefined;
    if (code !== "scope.missing") throw thrown;
    return { code, severity: "error", about, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

async function* domainFindings(admin: Admin, options: Options): AsyncGenerator<Finding> {
  try {
    for (const domain of await domains(admin, options)) if (!domain.verified) yield unverified(domain.name);
  } catch (thrown) {
    throw asGoogleFault(thrown, admin.name);
  }
}
