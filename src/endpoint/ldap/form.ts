import { normalMailAddress, normalSet } from "../../kind/normal.ts";
import type { Json } from "../../model/json.ts";
import type { Forwarding, Recovery } from "../../model/resource.ts";
import type { Entry } from "./entry.ts";

/** Attributes with all the values that they are to have; none for an attribute that is to go. */
export type Values = Readonly<Record<string, readonly string[]>>;

/** How a field stands in an entry's attributes. */
export interface Form {
  readonly field: string;
  /** What is asked for, the one that is written first. */
  readonly attributes: readonly string[];
  /** The parts of the field that it holds, where these are not all. */
  readonly parts?: readonly string[];
  /** Undefined where the field is not there. */
  parse(entry: Entry): Json | undefined;
  /** Throws Unholdable. */
  print(value: Json | undefined, around: Around): Values;
}

/** Whose field it is. */
interface Around {
  readonly name: string;
  /** The entry before, where it is: what it holds besides stays. */
  readonly there?: Entry | undefined;
}

/** A value that the attributes of its form cannot hold, in words. */
export class Unholdable extends Error {}

/** A form of one attribute that is written; the others are read where it is not there. */
export function single(
  field: string,
  attributes: readonly string[],
  parse: (text: string) => Json | undefined,
  print: (value: Json) => string = String,
): Form {
  const [written = ""] = attributes;
  return {
    field,
    attributes,
    parse(entry) {
      const text = attributes.map((attribute) => entry.text(attribute)).find((each) => each !== undefined);
      return text === undefined ? undefined : parse(text);
    },
    print: (value) => ({ [written]: value === undefined || value === "" ? [] : [print(value)] }),
  };
}

export const text = (field: string, attributes: readonly string[]): Form => single(field, attributes, (each) => each);

/** Words that stand for yes and no, read without regard to case; the first is written. */
export interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** What it means where the attribute is not there. */
  readonly absent?: boolean;
}

const booleans: Words = { yes: ["TRUE", "yes", "1"], no: ["FALSE", "no", "0"] };

const among = (all: readonly string[], word: string): boolean =>
  all.some((each) => each.toLowerCase() === word.toLowerCase());

export function flag(field: string, attribute: string, words: Words = booleans): Form {
  return {
    field,
    attributes: [attribute],
    parse(entry) {
      const word = entry.text(attribute)?.trim();
      if (word === undefined) return words.absent;
      return among(words.yes, word) ? true : among(words.no, word) ? false : undefined;
    },
    print: (value) => {
      if (value === undefined || (value === words.absent && words.yes.length * words.no.length === 0))
        return { [attribute]: [] };
      const [word] = value === true ? words.yes : words.no;
      return { [attribute]: word === undefined ? [] : [word] };
    },
  };
}

/** Octets, 0 for no limit. */
export const size = (field: string, attributes: readonly string[]): Form =>
  single(field, attributes, (each) => (/^\d{1,15}$/.test(each.trim()) ? Number(each) : undefined));

export const addressesIn = (entry: Entry, attribute: string): readonly string[] =>
  entry.texts(attribute).flatMap((each) => normalMailAddress(each) ?? []);

/** Values that are no addresses: none of ours. */
export const strangers = (entry: Entry | undefined, attribute: string): readonly string[] =>
  entry?.texts(attribute).filter((each) => normalMailAddress(each) === undefined) ?? [];

/** Where its targets stand, and how it is told whether a copy is kept. */
interface ForwardingPlan {
  readonly attributes: readonly string[];
  parse(entry: Entry): Forwarding;
  print(value: Forwarding, around: Around): Values;
}

export function forwarding(plan: ForwardingPlan): Form {
  return {
    field: "forwarding",
    attributes: plan.attributes,
    parse(entry) {
      const { to, keepCopy } = plan.parse(entry);
      return to.length === 0 ? undefined : { to: normalSet(to), keepCopy };
    },
    print: (value, around) =>
      plan.print((value as unknown as Forwarding | undefined) ?? { to: [], keepCopy: true }, around),
  };
}

const one = (attribute: string | undefined, value: string | undefined): Values =>
  attribute === undefined ? {} : { [attribute]: value === undefined ? [] : [value] };

export function recovery(email: string | undefined, mobile: string | undefined): Form {
  return {
    field: "recovery",
    attributes: [email, mobile].filter((each) => each !== undefined),
    ...(email !== undefined && mobile !== undefined ? {} : { parts: [email === undefined ? "mobile" : "email"] }),
    parse(entry) {
      const address = email === undefined ? undefined : normalMailAddress(entry.text(email) ?? "");
      const number = mobile === undefined ? undefined : entry.text(mobile);
      if (address === undefined && number === undefined) return undefined;
      return {
        ...(address === undefined ? {} : { email: address }),
        ...(number === undefined ? {} : { mobile: number }),
      };
    },
    print(value) {
      const to = (value ?? {}) as Recovery;
      if (email === undefined && to.email !== undefined)
        throw new Unholdable("no attribute is mapped for a recovery address");
      if (mobile === undefined && to.mobile !== undefined)
        throw new Unholdable("no attribute is mapped for a mobile number");
      return { ...one(email, to.email), ...one(mobile, to.mobile) };
    },
  };
}
