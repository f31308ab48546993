import { domainToASCII } from "node:url";

/**
 * A mail domain in normal form: IDNA A-labels (RFC 5891), lower case, no final dot.
 * Returns undefined for what is no domain.
 */
export function normalDomain(text: string): string | undefined {
  const known = domains.get(text);
  if (known !== undefined) return known;
  const domain = readDomain(text);
  if (domains.size >= mostDomains) domains.clear();
  if (domain !== undefined) domains.set(text, domain);
  return domain;
}

/** Tens of thousands of addresses are in a few domains. */
const domains = new Map<string, string>();
const mostDomains = 1000;

function readDomain(text: string): string | undefined {
  const ascii = domainToASCII(text.trim().replace(/\.$/, ""));
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(ascii)
    ? ascii
    : undefined;
}

/**
 * A mail address in normal form: local part in NFC and lower case, domain as `normalDomain`. No quoted local parts (RFC 5321, 4.1.2):
 * no mail system gives a person one. Returns undefined for what is no address.
 */
export function normalMailAddress(text: string): string | undefined {
  const at = text.lastIndexOf("@");
  if (at < 1) return undefined;
  const domain = normalDomain(text.slice(at + 1));
  if (domain === undefined) return undefined;
  if (settled.test(text) && domain === text.slice(at + 1)) return text;
  const local = text.slice(0, at).trim().normalize("NFC").toLowerCase();
  // oxlint-disable-next-line no-control-regex
  if (local.length > 64 || local === "" || /[\s"(),:;<>@[\\\]\u0000-\u001f\u007f]/u.test(local)) return undefined;
  return `${local}@${domain}`;
}

/** An address whose local part has no other spelling. */
const settled = /^[a-z0-9._+-]{1,64}@[a-z0-9_.-]+$/;

/** A telephone number as it counts, however it is parted: its digits, and the sign before its country's (E.164). */
export const normalPhone = (text: string): string => text.replaceAll(/[^+0-9]/g, "");

const units: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** A size such as `50GB`, `1.5 GiB` or `1024` in octets; units are powers of 1024, as mail servers count quotas. */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const octets = Number(match[1]) * 1024 ** (units[(match[2] ?? "").toLowerCase()] ?? 0);
  return Number.isSafeInteger(Math.round(octets)) ? Math.round(octets) : undefined;
}

/** Octets as a manifest says them, exactly: `50GB`; the unit is the largest of which they are a whole number. */
export function writeSize(octets: number): string | number {
  if (octets === 0) return octets;
  const power = [4, 3, 2, 1].find((each) => octets % 1024 ** each === 0);
  return power === undefined ? octets : `${octets / 1024 ** power}${"KMGT"[power - 1]}B`;
}

const names = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Octets for a reader: `3.1 GiB`. */
export function showSize(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 1024 && unit < names.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${names[unit]}`;
}

/** A number for a reader: `12,431`. Whole ones do without `Intl`, whose first use costs more than a small plan. */
export function showNumber(value: number): string {
  return Number.isSafeInteger(value)
    ? String(value).replace(/(?<=\d)(?=(?:\d{3})+$)/gu, ",")
    : value.toLocaleString("en-US");
}

/** A set in normal form: sorted, without repetition. */
export function normalSet(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].toSorted();
}
