import type { ImapFlow } from "imapflow";
import type { Abilities } from "./abilities.ts";
import { listOf, type Response, textOf, type Value } from "./wire/response.ts";
import type { Wire } from "./wire/wire.ts";

export interface Namespace {
  readonly prefix: string;
  readonly separator: string;
}

export interface Namespaces {
  readonly personal: Namespace;
  readonly others: readonly Namespace[];
}

/** What is asked of a server right after the login. */
export interface Introduction {
  /** What the server calls itself (RFC 2971). */
  readonly id: Readonly<Record<string, string>>;
  /** Undefined where it was not asked for them, or would not say. */
  readonly namespaces: Namespaces | undefined;
  /** What was enabled on this line (RFC 5161). */
  readonly enabled: { readonly condstore: boolean; readonly qresync: boolean };
  /** The answer to NAMESPACE, where it was refused. */
  readonly refused: Response | undefined;
  /** Milliseconds of a round trip, as the first answer took; undefined where nothing was asked. */
  readonly trip: number | undefined;
}

/** The part of imapflow that its types keep to themselves. */
interface Inner {
  run(command: string, ...values: unknown[]): Promise<unknown>;
}

const ours = new Set(["ID", "NAMESPACE"]);

/** imapflow asks these one after the other, and the first of them twice: each is a round trip. They are asked by `introduce` instead. */
export function leaveIntroduction(client: ImapFlow): void {
  const inner = client as unknown as Inner;
  const run = inner.run.bind(client);
  inner.run = async (command, ...values) =>
    ours.has(command) && client.capabilities.has(command) ? false : run(command, ...values);
}

function namespacesIn(value: Value | undefined): readonly Namespace[] {
  return listOf(value).flatMap((each) => {
    const [prefix, separator] = listOf(each);
    const name = textOf(prefix);
    if (name === undefined || separator === undefined) return [];
    const mark = textOf(separator) ?? "";
    return [{ prefix: name === "" || name.endsWith(mark) ? name : `${name}${mark}`, separator: mark }];
  });
}

/** A server that names no personal namespace has one without a prefix. */
const unnamed: Namespaces = { personal: { prefix: "", separator: "." }, others: [] };

/** The three lists of RFC 2342. */
function namespacesOf({ values }: Response): Namespaces {
  const [personal = unnamed.personal] = namespacesIn(values[0]);
  return { personal, others: values.slice(1, 3).flatMap(namespacesIn) };
}

function idOf({ values }: Response): Readonly<Record<string, string>> {
  const said = listOf(values[0]).map(textOf);
  const pairs = said.flatMap((key, at) => (at % 2 === 0 && key !== undefined ? [[key, said[at + 1]] as const] : []));
  return Object.fromEntries(pairs.flatMap(([key, value]) => (value ? [[key.trim().toLowerCase(), value]] : [])));
}

/** Modification sequences are kept for certain only once they were asked for (RFC 7162, 3.1). */
function wantedOf({ condstore, qresync, utf8 }: Abilities): readonly string[] {
  return [qresync ? "QRESYNC" : condstore ? "CONDSTORE" : "", utf8 ? "UTF8=ACCEPT" : ""].filter((each) => each !== "");
}

/** Says who we are, and asks who the server is, where its folders are and what it is to keep: all at once. */
export async function introduce(
  wire: Wire,
  capabilities: ReadonlySet<string>,
  abilities: Abilities,
): Promise<Introduction> {
  let id: Introduction["id"] = {};
  let namespaces: Namespaces | undefined;
  let trip: number | undefined;
  const enabled = new Set<string>();
  const take = (response: Response): void => {
    if (response.name === "ID") id = idOf(response);
    if (response.name === "NAMESPACE") namespaces = namespacesOf(response);
    if (response.name === "ENABLED")
      for (const value of response.values) enabled.add((textOf(value) ?? "").toUpperCase());
  };
  const begun = performance.now();
  const ask = async (is: boolean, command: string): Promise<Response | undefined> => {
    if (!is) return undefined;
    const done = await wire.run([command], take);
    trip ??= performance.now() - begun;
    return done;
  };
  const wanted = wantedOf(abilities);
  const [, named] = await Promise.all([
    ask(capabilities.has("ID"), 'ID ("name" "reconcile")'),
    ask(capabilities.has("NAMESPACE"), "NAMESPACE"),
    ask(capabilities.has("ENABLE") && wanted.length > 0, `ENABLE ${wanted.join(" ")}`),
  ]);
  return {
    id,
    namespaces: namespaces ?? (named?.name === "OK" ? unnamed : undefined),
    enabled: { condstore: enabled.has("CONDSTORE") || enabled.has("QRESYNC"), qresync: enabled.has("QRESYNC") },
    refused: named === undefined || named.name === "OK" ? undefined : named,
    trip,
  };
}
