import type { gmail_v1 } from "googleapis/build/src/apis/gmail/index.js";
import type { Budget, Clock } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { asFault, type Fault, type Spoils } from "../../../model/fault.ts";
import type { Emit } from "../../../model/event.ts";
import type { GoogleEndpointSpec } from "../../../model/spec.ts";
import type { Apis } from "../apis.ts";
import { mailCharges, type MailMethod } from "../quota.ts";
import { faultOf, Refused } from "../refused.ts";
import { scopeOf } from "../scopes.ts";
import type { Call, Wire } from "../wire.ts";

export type Message = gmail_v1.Schema$Message;
export type Label = gmail_v1.Schema$Label;

/** One user's mailbox, on his behalf. */
export interface Mailbox {
  readonly user: string;
  readonly spec: GoogleEndpointSpec;
  readonly apis: Apis;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly emit: Emit;
  call(method: MailMethod, options: Options, how?: { readonly once?: true; readonly spoils?: Spoils }): Call;
  /** For `auth` of a method. */
  auth(method: MailMethod, options: Options): string;
}

interface Parts extends Pick<Mailbox, "user" | "spec" | "apis" | "wire" | "clock" | "budget" | "emit"> {}

export function createMailbox(parts: Parts): Mailbox {
  const { user, spec, wire } = parts;
  const scope = scopeOf("mail", spec.readOnly === true);
  const call: Mailbox["call"] = (method, { signal }, { once, spoils = "mailbox" } = {}) => ({
    subject: user,
    scope,
    charges: mailCharges(user, method),
    repeatable: once !== true,
    spoils,
    signal,
  });
  return { ...parts, call, auth: (method, options) => wire.auth(call(method, options)) };
}

/** What was thrown, as a fault about this mailbox. */
export function asMailFault(thrown: unknown, { user }: Pick<Mailbox, "user">): Fault {
  if (thrown instanceof Refused) return faultOf(thrown, user);
  return asFault(thrown, { code: "google.failed", spoils: "mailbox", retry: "later", about: user });
}

/** Every page of a reading, with what it throws as a fault of the mailbox. */
export async function* told<T>(pages: AsyncIterable<T>, mailbox: Pick<Mailbox, "user">): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (thrown) {
    throw asMailFault(thrown, mailbox);
  }
}

/** A message as far as an entry needs it; undefined where it is gone. */
export async function glance(mailbox: Mailbox, id: string, options: Options): Promise<Message | undefined> {
  const gmail = await mailbox.apis.gmail();
  const fields = "id,labelIds,internalDate,sizeEstimate,historyId";
  const auth = mailbox.auth("get", options);
  return unlessGone(gmail.users.messages.get({ userId: "me", id, format: "minimal", fields, auth }));
}

export async function unlessGone<T>(asked: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return (await asked).data;
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.status === 404) return undefined;
    throw thrown;
  }
}
