import { hash } from "node:crypto";
import type { OpenContext } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { DirectoryKind } from "../../../model/address.ts";
import type { Json } from "../../../model/json.ts";
import type { FieldsOf, Observed } from "../../../model/resource.ts";
import type { Microsoft365EndpointSpec } from "../../../model/spec.ts";
import { type Answered, isDone, type Loose, textOf } from "../answer.ts";
import { sendBatch } from "../batch.ts";
import { refusal } from "../faults.ts";
import { type Call, type Graph, whatOf } from "../graph.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** What all readings and writings of one tenant's directory know. */
export interface Tenant extends Pick<OpenContext, "clock" | "emit"> {
  /** The endpoint's name. */
  readonly about: string;
  readonly spec: Microsoft365EndpointSpec;
  readonly graph: Graph;
  /** Absent where nobody is configured to run cmdlets: then a person does it. */
  readonly exchange?: Exchange;
}

/**
 * What an object is to the outside; its revision is a hash of what is seen of it (`of`, the fields by default),
 * for users and groups have no version of their own.
 */
export function observe<K extends DirectoryKind>(
  kind: K,
  name: string,
  id: string | undefined,
  fields: Readonly<Record<string, Json>>,
  of: Readonly<Record<string, Json>> = fields,
): Observed<K> {
  const sorted = Object.entries(of).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const revision = hash("sha256", JSON.stringify([name, sorted])).slice(0, 32);
  return { kind, name, revision, fields: fields as FieldsOf[K], ...(id === undefined ? {} : { id }) };
}

/** All entries of a collection. */
export async function readAll(tenant: Tenant, path: string, options: Options): Promise<readonly Loose[]> {
  const all: Loose[] = [];
  for await (const page of tenant.graph.pages({ path, spoils: "endpoint" }, options)) all.push(...page);
  return all;
}

/** Calls in batches, their answers in the same order. */
export const batch = (tenant: Tenant, calls: readonly Call[], options: Options): Promise<readonly Answered[]> =>
  calls.length === 0 ? Promise.resolve([]) : sendBatch(tenant.graph, calls, tenant, options);

/** The refusal of a call, or undefined where it was done. */
export const refusalOf = (tenant: Tenant, call: Call, answered: Answered) =>
  isDone(answered) ? undefined : refusal(answered, whatOf(call), tenant.about, "item");

export const idOf = (value: Loose): string => textOf(value["id"]) ?? "";

export const inPath = (text: string): string => encodeURIComponent(text);
