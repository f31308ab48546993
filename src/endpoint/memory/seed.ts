import { readFile } from "node:fs/promises";
import { addressSets, kindTable } from "../../kind/table.ts";
import { parseSize } from "../../kind/normal.ts";
import { type DirectoryKind, directoryKinds } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { Json } from "../../model/json.ts";
import type { Observed } from "../../model/resource.ts";

/** A message to begin with. */
export interface SeedMessage {
  readonly user: string;
  /** The folder's path. */
  readonly folder: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly date: number;
  readonly marks: readonly string[];
  readonly body: Uint8Array;
}

export interface Seed {
  readonly resources: readonly Observed[];
  /** Password hashes by account. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly messages: readonly SeedMessage[];
}

type Mapping = { readonly [key: string]: Json };
type Wrong = (where: string, what: string) => Fault;

/**
 * Reads what a memory endpoint holds at the start, a JSON file:
 * `{"domains": [{"name": "example.com"}], "accounts": [{"name": "ana@example.com", "displayName": "Ana"}], "lists": […], "aliases": […],
 * "mail": {"ana@example.com": [{"folder": ["INBOX"], "date": "2024-01-31T12:00:00Z", "marks": ["\\Seen"], "text": "From: …"}]}}`.
 * Every part may be left out. An `id` beside a name is the one that outlives a rename; by default it is made of the name, so that every
 * opening tells the same. An account's `passwordHash` is what it logs in with. Line breaks of a `text` become CRLF. Throws `seed.unreadable` and `seed.invalid`.
 */
export async function readSeed(path: string): Promise<Seed> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault({
      code: "seed.unreadable",
      message: "The seed cannot be read",
      about: path,
      spoils: "endpoint",
      remedy: "correct the endpoint's seed",
      cause,
    });
  });
  const wrong: Wrong = (where, what) =>
    new Fault({
      code: "seed.invalid",
      message: `${where} ${what}`,
      about: path,
      spoils: "endpoint",
      remedy: "correct the seed",
    });
  const root = mapping(parse(text, wrong), "the seed", wrong);
  const many = directoryKinds.map((kind) => kindTable[kind].many);
  for (const key of Object.keys(root))
    if (key !== "mail" && !many.includes(key)) throw wrong(key, `is none of ${[...many, "mail"].join(", ")}`);
  return {
    resources: directoryKinds.flatMap((kind) => resourcesOf(kind, root, wrong)),
    hashes: hashesOf(root, wrong),
    messages: messagesOf(root["mail"] ?? {}, wrong),
  };
}

function hashesOf(root: Mapping, wrong: Wrong): ReadonlyMap<string, string> {
  const { many, name: normal } = kindTable.account;
  const accounts = sequence(root[many] ?? [], many, wrong).map((part, index) =>
    mapping(part, `${many}[${index}]`, wrong),
  );
  return new Map(
    accounts.flatMap(({ name, passwordHash }) =>
      typeof passwordHash === "string" ? [[normal(String(name)) ?? "", passwordHash] as const] : [],
    ),
  );
}

function parse(text: string, wrong: Wrong): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    throw wrong("the seed", `is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function resourcesOf(kind: DirectoryKind, root: Mapping, wrong: Wrong): readonly Observed[] {
  const { many, name: normal, fields: known } = kindTable[kind];
  return sequence(root[many] ?? [], many, wrong).map((part, index) => {
    const where = `${many}[${index}]`;
    const { name, id, passwordHash, ...rest } = mapping(part, where, wrong);
    const normalName = typeof name === "string" ? normal(name) : undefined;
    if (normalName === undefined) throw wrong(`${where}.name`, "is no name of this kind");
    if (passwordHash !== undefined && (kind !== "account" || typeof passwordHash !== "string"))
      throw wrong(`${where}.passwordHash`, "is no text of an account");
    if (id !== undefined && typeof id !== "string") throw wrong(`${where}.id`, "is no text");
    const fields = Object.entries(rest).map(([field, value]) => {
      if (!Object.hasOwn(known, field)) throw wrong(`${where}.${field}`, `is no field of an ${kindTable[kind].one}`);
      return [field, normalValue(field, value, `${where}.${field}`, wrong)] as const;
    });
    return {
      kind,
      name: normalName,
      id: id ?? `${kind}/${normalName}`,
      fields: { ...(kind === "list" ? { members: [] } : {}), ...Object.fromEntries(fields) },
    };
  });
}

function normalValue(field: string, value: Json, where: string, wrong: Wrong): Json {
  if (addressSets.has(field)) return [...new Set(sequence(value, where, wrong).map(String))].toSorted();
  if (field !== "quota") return value;
  const octets = typeof value === "string" || typeof value === "number" ? parseSize(value) : undefined;
  if (octets === undefined) throw wrong(where, "is no size");
  return octets;
}

function messagesOf(mail: Json, wrong: Wrong): readonly SeedMessage[] {
  return Object.entries(mapping(mail, "mail", wrong)).flatMap(([user, messages]) =>
    sequence(messages, `mail.${user}`, wrong).map((part, index) =>
      messageOf(user, part, `mail.${user}[${index}]`, wrong),
    ),
  );
}

function messageOf(user: string, part: Json, where: string, wrong: Wrong): SeedMessage {
  const { folder = ["INBOX"], date = 0, marks = [], text } = mapping(part, where, wrong);
  if (typeof text !== "string") throw wrong(`${where}.text`, "is no text");
  const time = typeof date === "number" ? date : Date.parse(String(date));
  if (Number.isNaN(time)) throw wrong(`${where}.date`, "is no date");
  return {
    user,
    folder: sequence(folder, `${where}.folder`, wrong).map(String),
    date: time,
    marks: sequence(marks, `${where}.marks`, wrong).map(String),
    body: Buffer.from(text.replace(/\r?\n/g, "\r\n")),
  };
}

function mapping(value: Json, where: string, wrong: Wrong): Mapping {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Mapping;
  throw wrong(where, "is no object");
}

function sequence(value: Json, where: string, wrong: Wrong): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw wrong(where, "is no array");
}
