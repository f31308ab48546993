import { execFile } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { constants } from "node:fs";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import type { Place } from "./run.ts";

const endpoint = (name: string): string =>
  `apiVersion: reconcile/v1\nkind: Endpoint\nmetadata: {name: ${name}}\nspec: {type: csv, path: ../${name}}\n`;

/** Manifests for a company that moves from one CSV directory to another; `people` is the Domain's spec. */
export function companyFiles(people: string): Readonly<Record<string, string>> {
  return {
    "old/accounts.csv": "address\n",
    "new/accounts.csv": "address,displayName,quota,password\n",
    "manifests/endpoints.yaml": `${endpoint("old")}---\n${endpoint("new")}`,
    "manifests/migration.yaml": `apiVersion: reconcile/v1
kind: Migration
metadata: {name: move}
spec:
  source: {directory: old}
  destination: {directory: new}
`,
    "manifests/people.yaml": peopleFile(people),
  };
}

export function peopleFile(spec: string): string {
  return `apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com}\nspec:\n${spec.replace(/^/gmu, "  ")}\n`;
}

export const people = `accounts:
  ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]}
  bo: {displayName: Bo Ek}
lists:
  sales: {members: [ana, bo]}`;

/** Rows of a table below the place, by a reader that is not the product's. */
export async function rows(place: Place, file: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const text = await readFile(place.path(file), "utf8").catch(() => "");
  return parse(text, { columns: true, skip_empty_lines: true }) as Record<string, string>[];
}

export async function column(place: Place, file: string, name: string): Promise<readonly string[]> {
  return (await rows(place, file)).map((row) => row[name] ?? "").toSorted();
}

/** A pipe that holds up whoever reads it until somebody writes: a run that waits for a secret there is under way for certain. */
export async function makePipe(path: string): Promise<void> {
  await promisify(execFile)("mkfifo", [path]);
}

export async function feedPipe(path: string, text: string): Promise<void> {
  await writeFile(path, text);
}

/** True when somebody waits at the pipe; lets them go with nothing. */
export async function releasePipe(path: string): Promise<boolean> {
  const handle = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
  await handle?.close();
  return handle !== undefined;
}
