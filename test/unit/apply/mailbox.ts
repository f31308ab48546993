import type { Step } from "../../../src/model/plan.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";

/** The mailbox of `user@from` on its way to `user.from@to`. */
export function mailbox(user: string, from: string, to: string, rest: Partial<MailboxResource> = {}): MailboxResource {
  const name = `${user}.${from}@${to}`;
  const sides = { source: { endpoint: from, user: `${user}@${from}` }, destination: { endpoint: to, user: name } };
  return {
    kind: "mailbox",
    name,
    address: `mailbox/${name}`,
    labels: {},
    ...sides,
    mode: "copy",
    folders: {},
    messages: {},
    ...rest,
  };
}

const nothing = {
  copy: 1,
  copyBytes: 0,
  folders: 0,
  adopt: 0,
  deletedByUser: 0,
  present: 0,
  marks: 0,
  move: 0,
  delete: 0,
  places: 0,
  unknown: 0,
  pending: 0,
  skipped: {},
};

export function syncStep({ address, source, destination, mode }: MailboxResource, copyBytes = 0): Step {
  const want = { source, destination, mode };
  const change = {
    act: "sync" as const,
    want,
    counts: { ...nothing, copyBytes },
    scope: { watermarks: { INBOX: { epoch: "2", watermark: { next: 1_000_000 } } } },
    deletes: [],
  };
  return {
    id: address,
    address,
    at: [source.endpoint, destination.endpoint],
    phase: "content",
    change,
    after: [],
    precondition: { none: true },
  };
}

export const body = (text: string) =>
  new TextEncoder().encode(`Message-ID: <${text}@a>\r\nSubject: ${text}\r\n\r\n${text}\r\n`);
