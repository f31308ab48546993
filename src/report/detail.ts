import { showNumber, showSize } from "../kind/normal.ts";
import { isAddress, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Json } from "../model/json.ts";
import { escapeLine } from "./escape.ts";
import { showCount } from "./number.ts";

/** A finding's detail for a reader: numbers with their units, and the people it speaks of. Escaped for one line. */
export interface ShownDetail {
  readonly numbers: readonly string[];
  readonly names: readonly string[];
}

type Fields = { readonly [key: string]: Json };

const isFields = (detail: Json | undefined): detail is Fields =>
  typeof detail === "object" && detail !== null && !Array.isArray(detail);

const units: Readonly<Record<string, (value: number) => string>> = {
  files: (value) => showCount(value, "file"),
  messages: (value) => showCount(value, "message"),
  count: showNumber,
  bytes: showSize,
};

/** Numbers that the message says already are not said again. */
export function showDetail({ message, detail }: Pick<Finding, "message" | "detail">): ShownDetail {
  if (!isFields(detail)) return { numbers: [], names: [] };
  const said = new Set(message.match(/\d[\d,]*/g)?.map((number) => number.replaceAll(",", "")));
  const numbers = Object.entries(units).flatMap(([key, show]) => {
    const value = detail[key];
    return typeof value !== "number" || said.has(String(value)) ? [] : [show(value)];
  });
  const { addresses } = detail;
  const named = Array.isArray(addresses) ? addresses.map(String) : [];
  return { numbers, names: named.map((name) => escapeLine(isAddress(name) ? nameOf(name) : name)) };
}

/** The details of several findings that say the same: numbers are added, names are gathered. */
export function sumDetails(details: readonly (Json | undefined)[]): Json | undefined {
  const [first, ...others] = details;
  if (others.length === 0 || !isFields(first)) return first;
  const sum: Record<string, Json> = { ...first };
  for (const other of others.filter(isFields)) {
    for (const [key, value] of Object.entries(other)) {
      const had = sum[key];
      if (typeof had === "number" && typeof value === "number") sum[key] = had + value;
      else if (Array.isArray(had) && Array.isArray(value)) sum[key] = [...new Set([...had, ...value])];
    }
  }
  return sum;
}

/** Names that a text has room for. */
const most = 20;

/** The first of the names, and how many more there are. */
export function firstNames(names: readonly string[]): readonly string[] {
  const more = names.length - most;
  return more > 0 ? [...names.slice(0, most), `and ${showNumber(more)} more (--format json names all)`] : names;
}
