/** CSV files of accounts, lists, members and aliases: a folder for each test, as the product opens it and as anybody writes it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { DirectoryChange, Endpoint, Outcome, Scope } from "../../src/contract/endpoint.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "../contract/collect.ts";

export const options = { signal: new AbortController().signal };
const surroundings = { secret: async () => "", clock: systemClock, signal: options.signal, emit: () => {} };
export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "csv-"));
export const openFolder = (path: string): Promise<Endpoint> =>
  openEndpoint("people", { type: "csv", path }, surroundings);

/** To be called once in a file of tests. */
export function folderForEach() {
  let folder = "";
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  const open = (): Promise<Endpoint> => openFolder(folder);
  return {
    at,
    open,
    put: (file: string, text: string | Buffer): Promise<void> => writeFile(at(file), text),
    get: (file: string): Promise<string> => readFile(at(file), "utf8"),
    files: async (): Promise<string[]> => (await readdir(folder)).toSorted(),
    async read(kind: DirectoryKind, scope: Scope = {}): Promise<Observed[]> {
      return collect((await open()).directory[kind]?.read(scope, options) as AsyncIterable<Observed>);
    },
    async write(kind: DirectoryKind, changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> {
      const handler = (await open()).directory[kind];
      return (await handler?.write?.(changes as never, options)) ?? [];
    },
  };
}

export function creation(
  kind: DirectoryKind,
  name: string,
  fields: Record<string, Json>,
  password?: string,
): DirectoryChange {
  const want = { kind, name, address: addressOf(kind, name), labels: {}, fields };
  return {
    key: name,
    act: "create",
    want,
    precondition: { absent: true },
    ...(password === undefined ? {} : { password: { from: "secret", value: password, mustChange: false } }),
  };
}

export function updating(
  kind: DirectoryKind,
  was: string,
  fields: Record<string, Json | undefined>,
  to = was,
): DirectoryChange {
  return {
    key: was,
    act: "update",
    want: { kind, name: to, address: addressOf(kind, to), labels: {}, fields },
    was: { kind, name: was, fields: {} },
    fields: Object.entries(fields).map(([field, value]) => (value === undefined ? { field } : { field, to: value })),
    precondition: { none: true },
  };
}

/** A signal that asks, whenever it is looked at, whether it has fired. */
export function signalThat(hasFired: () => boolean): AbortSignal {
  return new Proxy(new AbortController().signal, {
    get(target, key) {
      if (key === "aborted") return hasFired();
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A signal that is aborted after so many looks at it. */
export function signalAfter(looks: number): AbortSignal {
  let left = looks;
  return signalThat(() => (left -= 1) < 0);
}

export const codeOf = (thrown: unknown): unknown => (thrown as { code?: unknown }).code;

export const deletion = (kind: DirectoryKind, name: string): DirectoryChange => ({
  key: name,
  act: "delete",
  was: { kind, name, fields: {} },
  precondition: { none: true },
});
