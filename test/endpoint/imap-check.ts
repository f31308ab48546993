/** Runs a check between real servers, as the command line does. */
import { checkEndpoints } from "../../src/check/run.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import { type Address, addressOf } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { MailboxResource } from "../../src/model/resource.ts";
import type { ImapEndpointSpec } from "../../src/model/spec.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";
import { contextOf, type Reach } from "./imap.ts";

/** A message of about so many octets. */
export function letterOf(octets: number, subject = "letter"): Buffer {
  const head = `Subject: ${subject}\r\nDate: Fri, 17 May 2019 08:30:15 +0000\r\n\r\n`;
  const line = `${"x".repeat(76)}\r\n`;
  return Buffer.from(head + line.repeat(Math.max(1, Math.ceil((octets - head.length) / line.length))));
}

export async function as(
  server: Reach,
  user: string,
  work: (client: ImapClient) => Promise<void>,
  password = "secret",
): Promise<void> {
  const client = await connectImap(server);
  const { status, text } = await client.login(user, password);
  if (status !== "OK") throw new Error(`${user} cannot log in: ${text}`);
  await work(client);
  await client.close();
}

export const addressFor = (user: string): Address => addressOf("mailbox", `${user}@example.com`);

export function mailboxFor(user: string, more: Partial<MailboxResource> = {}): MailboxResource {
  return {
    kind: "mailbox",
    name: `${user}@example.com`,
    address: addressFor(user),
    labels: {},
    source: { endpoint: "old", user },
    destination: { endpoint: "new", user },
    mode: "copy",
    folders: {},
    messages: {},
    ...more,
  };
}

export interface Checked {
  readonly all: readonly Finding[];
  /** Findings of a code, each as `about: message`. */
  said(code: string): readonly string[];
  of(code: string): readonly Finding[];
}

export async function check(
  specs: Readonly<Record<string, ImapEndpointSpec>>,
  mailboxes: readonly MailboxResource[],
): Promise<Checked> {
  const report = await checkEndpoints({
    endpoints: Object.keys(specs),
    resources: new Map(mailboxes.map((mailbox) => [mailbox.address, mailbox])),
    makesAccounts: false,
    signal: new AbortController().signal,
    connect: (name) => open(name, specs[name] as ImapEndpointSpec, contextOf()),
  });
  const all = report.flat();
  const of = (code: string) => all.filter((each) => each.code === code);
  return { all, of, said: (code) => of(code).map(({ about, message }) => `${about}: ${message}`) };
}
