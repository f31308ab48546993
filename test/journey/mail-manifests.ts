import { mkdirSync } from "node:fs";
import type { Place } from "./run.ts";

interface Archive {
  /** The endpoint's name, and its folder's beside the manifests. */
  readonly name: string;
  readonly format: "maildir" | "mbox" | "eml";
  readonly dialect?: "mboxrd" | "mboxo" | "mboxcl2";
}

/** A mail server in the clear, each mailbox by its own login with the password `secret`. */
interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** At most so many messages a second. */
  readonly pace?: number;
}

/** From one archive or server to another; its Migration is called `FROM-to-TO`. */
export interface Hop {
  readonly from: Archive | Server;
  readonly to: Archive | Server;
  readonly mode?: "copy" | "mirror";
  /** Brings back, in mirror mode, what its user deleted. */
  readonly restore?: boolean;
  /** The file, beside the manifests, that holds the key which signs what `verify` writes. */
  readonly signingKey?: string;
}

export const maildir = (name: string): Archive => ({ name, format: "maildir" });
export const mbox = (name: string, dialect: "mboxrd" | "mboxcl2" = "mboxrd"): Archive => ({
  name,
  format: "mbox",
  dialect,
});
export const eml = (name: string): Archive => ({ name, format: "eml" });
export const imap = (name: string, { host, port }: Omit<Server, "name">, pace?: number): Server => ({
  name,
  host,
  port,
  ...(pace === undefined ? {} : { pace }),
});
export const nameOfHop = ({ from, to }: Hop): string => `${from.name}-to-${to.name}`;

/** Manifests for mail alone, and the archives' folders. */
export async function writeMailManifests(place: Place, hops: readonly Hop[], users: readonly string[]): Promise<void> {
  const ends = new Map(hops.flatMap(({ from, to }) => [from, to]).map((end) => [end.name, end]));
  for (const end of ends.values()) if ("format" in end) mkdirSync(place.path(end.name), { recursive: true });
  const documents = [...[...ends.values()].map(endpoint), ...hops.map(migration), ...users.map(mailbox)];
  await place.write({ "manifests/mail.yaml": documents.join("---\n"), "secrets/password": "secret\n" });
}

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

const endpoint = (end: Archive | Server): string =>
  document("Endpoint", end.name, "format" in end ? archiveSpec(end) : serverSpec(end));

const archiveSpec = ({ name, format, dialect }: Archive): string =>
  `{type: archive, path: ../${name}, format: ${format}${dialect === undefined ? "" : `, dialect: ${dialect}`}}`;

const serverSpec = ({ host, port, pace = 0 }: Server): string =>
  `{type: imap, host: ${host}, port: ${port}, tls: none, auth: {method: user, password: {file: ../secrets/password}}, limits: {messagesPerSecond: ${pace}}}`;

const migration = (hop: Hop): string => {
  const { from, to, mode = "copy", restore = false, signingKey } = hop;
  const mailboxes = `{mode: ${mode}${restore ? ", restore: true" : ""}}`;
  const verification = signingKey === undefined ? "" : `, verification: {signingKey: {file: ../${signingKey}}}`;
  return document(
    "Migration",
    nameOfHop(hop),
    `{source: {mail: ${from.name}}, destination: {mail: ${to.name}}, mailboxes: ${mailboxes}${verification}}`,
  );
};

const mailbox = (user: string): string => document("Mailbox", user, "{}");
