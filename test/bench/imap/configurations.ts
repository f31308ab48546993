import { userOf } from "./lay.ts";
import type { End, Ends } from "./setting.ts";

const reach = ({ host, port, ca }: End): string =>
  `host: ${host}, port: ${port}, ${ca === undefined ? "tls: none" : `tls: implicit, ca: ${ca}`}`;

const endpoint = (name: string, end: End, limits: string): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: ${name}}
spec: {type: imap, ${reach(end)}, ${limits}auth: {method: user, password: {file: ../password}}}
---
`;

/** As an administrator says who knows the servers: of many mailboxes every login may be kept from plan to apply. Both are on one host. */
const limitsOf = (mailboxes: number): string =>
  mailboxes > 32 ? `limits: {connections: ${2 * mailboxes + 20}}, ` : "";

const migration = `apiVersion: reconcile/v1
kind: Migration
metadata: {name: mail}
spec: {source: {mail: old}, destination: {mail: new}}
`;

const mailbox = (user: string): string => `---
apiVersion: reconcile/v1
kind: Mailbox
metadata: {name: ${user}}
spec: {}
`;

/** Manifests for so many mailboxes, with the password in a file beside their folder. */
export const reconcileManifests = ({ source, destination }: Ends, mailboxes: number): string =>
  [
    endpoint("old", source, limitsOf(mailboxes)),
    endpoint("new", destination, limitsOf(mailboxes)),
    migration,
    ...Array.from({ length: mailboxes }, (_, at) => mailbox(userOf(at))),
  ].join("");

const store = (name: string, user: string, { host, port, ca }: End): string => `IMAPStore ${name}
Host ${host}
Port ${port}
User ${user}
Pass secret
${ca === undefined ? "SSLType None\nAuthMechs LOGIN" : `SSLType IMAPS\nSystemCertificates no\nCertificateFile ${ca}`}

`;

/** A channel `boxN` for each mailbox, with its state in `mbsync/N/`; FSync as it comes (yes), and dates, which the others keep too. */
export const mbsyncConfiguration = (
  { source, destination }: Ends,
  users: readonly { readonly source: string; readonly destination: string }[],
): string =>
  users
    .map(
      (user, at) =>
        `${store(`old${at}`, user.source, source)}${store(`new${at}`, user.destination, destination)}Channel box${at}
Far :old${at}:
Near :new${at}:
Patterns *
Create Near
Sync All
CopyArrivalDate yes
SyncState mbsync/${at}/

`,
    )
    .join("");
