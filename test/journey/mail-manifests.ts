import { mkdirSync } from "node:fs";
import type { Place } from "./run.ts";

interface Archive {
  /** The endpoint's name, and its folder's beside the manifests. */
  readonly name: string;
  readonly format: "maildir" | "mbox" | "eml";
  readonly dialect?: "mboxrd" | "mboxo" | "mboxcl2";
}

/** From one archive to another; its Migration is called `FROM-to-TO`. */
export interface Hop {
  readonly from: Archive;
  readonly to: Archive;
  readonly mode?: "copy" | "mirror";
}

export const maildir = (name: string): Archive => ({ name, format: "maildir" });
export const mbox = (name: string, dialect: "mboxrd" | "mboxcl2" = "mboxrd"): Archive => ({
  name,
  format: "mbox",
  dialect,
});
export const eml = (name: string): Archive => ({ name, format: "eml" });
export const nameOfHop = ({ from, to }: Hop): string => `${from.name}-to-${to.name}`;

/** Manifests for mail alone, and the archives' folders. */
export async function writeMailManifests(place: Place, hops: readonly Hop[], users: readonly string[]): Promise<void> {
  const archives = new Map(hops.flatMap(({ from, to }) => [from, to]).map((archive) => [archive.name, archive]));
  for (const name of archives.keys()) mkdirSync(place.path(name), { recursive: true });
  const documents = [...[...archives.values()].map(endpoint), ...hops.map(migration), ...users.map(mailbox)];
  await place.write({ "manifests/mail.yaml": documents.join("---\n") });
}

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

const endpoint = ({ name, format, dialect }: Archive): string =>
  document(
    "Endpoint",
    name,
    `{type: archive, path: ../${name}, format: ${format}${dialect === undefined ? "" : `, dialect: ${dialect}`}}`,
  );

const migration = (hop: Hop): string =>
  document(
    "Migration",
    nameOfHop(hop),
    `{source: {mail: ${hop.from.name}}, destination: {mail: ${hop.to.name}}, mailboxes: {mode: ${hop.mode ?? "copy"}}}`,
  );

const mailbox = (user: string): string => document("Mailbox", user, "{}");
