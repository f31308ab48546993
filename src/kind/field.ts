import { type Json, sameJson } from "../model/json.ts";
import { normalPhone, showSize } from "./normal.ts";

/** How a field's difference reads and compares. Values are in normal form, so equality is that of JSON. */
export interface FieldForm {
  /** Long texts are shown by their lines' difference, sets by what came and went. */
  readonly reads: "text" | "flag" | "size" | "set" | "record";
  /** One value for a reader, not yet escaped. */
  show(value: Json | undefined): string;
}

const quoted = (value: Json | undefined): string => (value === undefined ? "(none)" : JSON.stringify(value));

export const text: FieldForm = { reads: "text", show: quoted };
export const flag: FieldForm = {
  reads: "flag",
  show: (value) => (value === undefined ? "(none)" : value === true ? "yes" : "no"),
};
export const size: FieldForm = {
  reads: "size",
  show: (value) => (typeof value !== "number" ? "(none)" : value === 0 ? "unlimited" : showSize(value)),
};
export const set: FieldForm = {
  reads: "set",
  show: (value) => (Array.isArray(value) ? value.join(", ") || "(empty)" : "(none)"),
};
export const record: FieldForm = { reads: "record", show: quoted };

/**
 * Whether two values are one: what says nothing is not there, for no directory has a way to tell nobody, or no text, from no value; and a
 * number counts by its digits, however it is parted (E.164).
 */
export function sameField(a: Json | undefined, b: Json | undefined): boolean {
  return sameJson(comparable(a), comparable(b));
}

function comparable(value: Json | undefined): Json | undefined {
  if (isEmpty(value)) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { mobile, ...rest } = value as { readonly [key: string]: Json };
  return typeof mobile === "string" ? { ...rest, mobile: normalPhone(mobile) } : value;
}

/** Mail that is sent on to nobody is not sent on, whether a copy were kept or not. */
function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === "") return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  return Object.keys(value).length === 0 || ("to" in value && isEmpty((value as { readonly to: Json }).to));
}
