import { normalMailAddress, normalSet, parseSize } from "../../kind/normal.ts";
import type { Json } from "../../model/json.ts";
import type { Forwarding, Recovery } from "../../model/resource.ts";

/** A cell that cannot be understood; `at` counts in the form's columns. */
export class WrongCell extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** How a field stands in cells. Empty cells are a field that is not there; an empty value makes empty cells. */
export interface Form {
  readonly field: string;
  readonly columns: readonly string[];
  /** Throws WrongCell. */
  parse(cells: readonly string[]): Json | undefined;
  /** A cell for each column. */
  print(value: Json | undefined): readonly string[];
}

const quote = (cell: string): string => JSON.stringify(cell.length > 60 ? `${cell.slice(0, 60)}…` : cell);

/** A form of one column, for what is not empty. */
function cellForm(field: string, parse: (cell: string) => Json, print: (value: Json) => string, column = field): Form {
  return {
    field,
    columns: [column],
    parse: ([cell = ""]) => (cell === "" ? undefined : parse(cell)),
    print: (value) => [value === undefined ? "" : print(value)],
  };
}

export function text(field: string, column = field): Form {
  return cellForm(field, (cell) => cell, String, column);
}

const words: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  "1": true,
  false: false,
  no: false,
  "0": false,
};

function flagOf(cell: string, at = 0): boolean {
  const word = cell.trim().toLowerCase();
  if (Object.hasOwn(words, word)) return words[word] === true;
  throw new WrongCell(at, `${quote(cell)} is neither true nor false`);
}

export function flag(field: string): Form {
  return cellForm(field, (cell) => flagOf(cell), String);
}

/** True and false by words of another system, which are written; all that is usual is read. */
export function status(field: string, column: string, [yes, no]: readonly [yes: string, no: string]): Form {
  const read = (cell: string): boolean => {
    const word = cell.trim().toLowerCase();
    const value = Object.hasOwn(statusWords, word) ? statusWords[word] : undefined;
    if (value === undefined) throw new WrongCell(0, `${quote(cell)} is neither ${yes} nor ${no}`);
    return value;
  };
  return cellForm(field, read, (value) => (value === true ? yes : no), column);
}

const statusWords: Readonly<Record<string, boolean>> = {
  ...words,
  enabled: true,
  enable: true,
  active: true,
  disabled: false,
  disable: false,
  inactive: false,
};

const units = [
  ["TB", 1024 ** 4],
  ["GB", 1024 ** 3],
  ["MB", 1024 ** 2],
  ["KB", 1024],
] as const;

/** The largest unit that says it exactly: `50GB`, and `1000` for 1,000 bytes. */
function printSize(octets: number): string {
  const [unit = "", factor = 1] = octets === 0 ? [] : (units.find(([, factor]) => octets % factor === 0) ?? []);
  return `${octets / factor}${unit}`;
}

function sizeOf(cell: string): number {
  const octets = parseSize(cell);
  if (octets === undefined) throw new WrongCell(0, `${quote(cell)} is no size such as 50GB`);
  return octets;
}

export function size(field: string): Form {
  return cellForm(field, sizeOf, (value) => printSize(Number(value)));
}

function addressOf(cell: string, at = 0): string {
  const address = normalMailAddress(cell);
  if (address === undefined) throw new WrongCell(at, `${quote(cell)} is no mail address`);
  return address;
}

export function address(field: string): Form {
  return cellForm(field, (cell) => addressOf(cell), String);
}

/** Addresses parted by blanks, commas or semicolons; printed with a blank between. */
function addressesOf(cell: string, at = 0): readonly string[] {
  const parts = cell.split(/[\s,;]+/).filter((part) => part !== "");
  return normalSet(parts.map((part) => addressOf(part, at)));
}

export function addresses(field: string): Form {
  return cellForm(
    field,
    (cell) => addressesOf(cell),
    (value) => (value as readonly string[]).join(" "),
  );
}

/** A list's members, in a column of its own row: where nobody stands there, it has none. */
export const members: Form = {
  field: "members",
  columns: ["members"],
  parse: ([cell = ""]) => addressesOf(cell),
  print: (value) => [((value ?? []) as readonly string[]).join(" ")],
};

/** Names of a joined column, in their order; the field is called as the column. */
export function joinedNames({ column, separator, name }: JoinedForm): Form {
  const parse = (cell: string): Json => {
    const parts = cell.split(separator).map((part) => part.trim());
    return [...new Set(parts.filter((part) => part !== "").map((part) => known(part, name(part))))];
  };
  return cellForm(column, parse, (value) => (value as readonly string[]).join(separator));
}

function known(text: string, name: string | undefined): string {
  if (name === undefined) throw new WrongCell(0, `${quote(text)} is no mail address`);
  return name;
}

/** `keepCopy` is true where nothing is said. */
export const forwarding: Form = {
  field: "forwarding",
  columns: ["forwardTo", "keepCopy"],
  parse([to = "", keep = ""]) {
    const targets = addressesOf(to, 0);
    const keepCopy = keep === "" || flagOf(keep, 1);
    return targets.length === 0 ? undefined : { to: targets, keepCopy };
  },
  print(value) {
    const { to, keepCopy } = (value ?? { to: [], keepCopy: true }) as unknown as Forwarding;
    return to.length === 0 ? ["", ""] : [normalSet(to).join(" "), String(keepCopy)];
  },
};

export const recovery: Form = {
  field: "recovery",
  columns: ["recoveryEmail", "recoveryMobile"],
  parse([email = "", mobile = ""]) {
    if (email === "" && mobile === "") return undefined;
    return { ...(email === "" ? {} : { email: addressOf(email, 0) }), ...(mobile === "" ? {} : { mobile }) };
  },
  print(value) {
    const { email = "", mobile = "" } = (value ?? {}) as Recovery;
    return [email, mobile];
  },
};

/** A column for the address of recovery alone. */
export function recoveryEmail(column: string): Form {
  return {
    field: "recovery",
    columns: [column],
    parse: ([cell = ""]) => (cell === "" ? undefined : { email: addressOf(cell) }),
    print: (value) => [((value ?? {}) as Recovery).email ?? ""],
  };
}

/** Who an account is at the source of its mail; false where any of the flags is. An empty cell says nothing. */
export function mailSource(user: string, flags: readonly string[]): Form {
  return {
    field: "source",
    columns: [user, ...flags],
    parse([name = "", ...cells]) {
      const taken = cells.map((cell, at) => cell === "" || flagOf(cell, at + 1));
      if (taken.includes(false)) return false;
      return name === "" ? undefined : { user: name };
    },
    print: () => [],
  };
}

/** Lists or aliases that stand in a column of the accounts' rows, several names in a cell. */
export interface JoinedForm {
  readonly kind: "list" | "alias";
  /** The field that is the accounts whose rows name it. */
  readonly field: "members" | "target";
  readonly column: string;
  readonly separator: string;
  /** The name in normal form; undefined where a part of the cell is none. */
  readonly name: (text: string) => string | undefined;
}
