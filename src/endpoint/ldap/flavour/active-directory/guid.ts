import { Buffer } from "node:buffer";

/** Octets of a GUID by their place in its text: the first three groups are numbers with the low octet first (MS-DTYP 2.3.4.2). */
const places = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** `c3f21ad2-…`, in lower case; undefined for what is no GUID. */
export function guidText(octets: Buffer | undefined): string | undefined {
  if (octets?.length !== places.length) return undefined;
  const digits = Buffer.from(places.map((place) => octets[place] ?? 0)).toString("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
