/** What a directory's schema says, as far as we ask (RFC 4512, 4.1). */
export interface Schema {
  /** Undefined where there is no such attribute. Names and dotted numbers are one. */
  attribute(name: string): AttributeType | undefined;
  class(name: string): ObjectClass | undefined;
  /** Every attribute, by its first name. */
  names(): readonly string[];
  /** Whether an entry of these classes may have the attribute. */
  allows(classes: readonly string[], attribute: string): boolean;
  /** Attributes that entries of these classes must have, in lower case. */
  musts(classes: readonly string[]): ReadonlySet<string>;
  /** Auxiliary classes with the attribute, those first that ask for the least. */
  auxiliaries(attribute: string): readonly string[];
}

interface AttributeType {
  readonly name: string;
  /** Its own, or that of what it is a kind of. */
  readonly syntax: string;
  readonly single: boolean;
  /** Kept by the server, in entries of any class. */
  readonly operational: boolean;
  /** Whether values can be told apart by the server, so that one can be named to be taken away. */
  readonly comparable: boolean;
}

interface ObjectClass {
  readonly name: string;
  readonly kind: "ABSTRACT" | "STRUCTURAL" | "AUXILIARY";
}

interface Definition {
  readonly oid: string;
  readonly names: readonly string[];
  readonly words: ReadonlyMap<string, readonly string[]>;
}

interface ClassDefinition {
  readonly kind: ObjectClass["kind"];
  readonly sup: readonly string[];
  readonly must: readonly string[];
  readonly may: readonly string[];
  /** Auxiliary classes that every entry of the class has without naming them (RFC 4512, 4.1.6). */
  readonly aux: readonly string[];
}

/** Every attribute is allowed in it (RFC 4512, 4.3). */
const extensible = "extensibleobject";

export function createSchema(
  attributeTypes: readonly string[],
  objectClasses: readonly string[],
  contentRules: readonly string[] = [],
): Schema {
  const attributes = named(attributeTypes);
  const rules = named(contentRules);
  const classes = named(objectClasses);
  const chains = new Map<string, readonly ClassDefinition[]>();

  /** Its own, or that of what it is a kind of; empty where there is none. */
  function inherited(definition: Definition, word: "SYNTAX" | "EQUALITY", depth = 0): string {
    const [own] = definition.words.get(word) ?? [];
    if (own !== undefined) return own;
    const above = attributes.get((definition.words.get("SUP")?.[0] ?? "").toLowerCase());
    return above === undefined || depth > 20 ? "" : inherited(above, word, depth + 1);
  }

  /** A class with all that it is a kind of. */
  function chainOf(name: string): readonly ClassDefinition[] {
    const key = name.toLowerCase();
    const known = chains.get(key);
    if (known !== undefined) return known;
    chains.set(key, []);
    const definition = classes.get(key);
    if (definition === undefined) return [];
    const own = classOf(definition, rules.get(definition.oid.toLowerCase()));
    const chain = [own, ...[...own.sup, ...own.aux].flatMap(chainOf)];
    chains.set(key, chain);
    return chain;
  }

  /** All the names of an attribute, in lower case: a class may speak of it by any of them. */
  const spellings = (attribute: string): readonly string[] => {
    const definition = attributes.get(attribute.toLowerCase());
    return definition === undefined
      ? [attribute.toLowerCase()]
      : [definition.oid, ...definition.names].map((name) => name.toLowerCase());
  };

  const has = (name: string, spelt: readonly string[]): boolean =>
    name.toLowerCase() === extensible ||
    chainOf(name).some(({ must, may }) => [...must, ...may].some((each) => spelt.includes(each.toLowerCase())));

  return {
    attribute(name) {
      const definition = attributes.get(name.toLowerCase());
      return (
        definition && {
          name: definition.names[0] ?? definition.oid,
          syntax: inherited(definition, "SYNTAX").replace(/\{\d+\}$/, ""),
          single: definition.words.has("SINGLE-VALUE"),
          operational: definition.words.get("USAGE")?.[0]?.endsWith("Operation") === true,
          comparable: inherited(definition, "EQUALITY") !== "",
        }
      );
    },
    class(name) {
      const definition = classes.get(name.toLowerCase());
      return definition && { name: definition.names[0] ?? definition.oid, kind: classOf(definition).kind };
    },
    names: () => [...new Set(attributes.values())].flatMap(({ names }) => names.slice(0, 1)),
    allows(names, attribute) {
      const spelt = spellings(attribute);
      return names.some((name) => has(name, spelt));
    },
    musts: (names) => new Set(names.flatMap(chainOf).flatMap(({ must }) => must.map((each) => each.toLowerCase()))),
    auxiliaries(attribute) {
      const spelt = spellings(attribute);
      const fitting = [...new Set(classes.values())].filter((definition) => {
        const name = definition.names[0];
        return name !== undefined && classOf(definition).kind === "AUXILIARY" && has(name, spelt);
      });
      return fitting
        .map((definition) => ({
          name: definition.names[0] ?? "",
          asks: chainOf(definition.names[0] ?? "").flatMap(({ must }) => must).length,
        }))
        .toSorted(
          (a, b) =>
            Number(isExtensible(a.name)) - Number(isExtensible(b.name)) ||
            a.asks - b.asks ||
            (a.name < b.name ? -1 : 1),
        )
        .map(({ name }) => name);
    },
  };
}

const isExtensible = (name: string): boolean => name.toLowerCase() === extensible;

const kinds = ["ABSTRACT", "STRUCTURAL", "AUXILIARY"] as const;

function classOf({ words }: Definition, rule?: Definition): ClassDefinition {
  const ruled = (word: string): readonly string[] => rule?.words.get(word) ?? [];
  return {
    kind: kinds.find((kind) => words.has(kind)) ?? "STRUCTURAL",
    sup: words.get("SUP") ?? [],
    must: [...(words.get("MUST") ?? []), ...ruled("MUST")],
    may: [...(words.get("MAY") ?? []), ...ruled("MAY")],
    aux: ruled("AUX"),
  };
}

function named(texts: readonly string[]): Map<string, Definition> {
  const all = new Map<string, Definition>();
  for (const text of texts) {
    const definition = parse(text);
    if (definition === undefined) continue;
    for (const name of [definition.oid, ...definition.names]) all.set(name.toLowerCase(), definition);
  }
  return all;
}

/** `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name … )`. What is no description of this form is passed over. */
function parse(text: string): Definition | undefined {
  const tokens = text.match(/'[^']*'|[()$]|[^\s()$']+/g) ?? [];
  const [open, oid, ...rest] = tokens;
  if (open !== "(" || oid === undefined) return undefined;
  const words = new Map<string, string[]>();
  let current: string[] = [];
  let depth = 0;
  for (const token of rest) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (token === "$") continue;
    else if (depth === 0 && /^[A-Z][A-Z-]+$/.test(token) && !isValue(words, current)) {
      current = [];
      words.set(token, current);
    } else current.push(token.replace(/^'(.*)'$/, "$1"));
  }
  return { oid, names: words.get("NAME") ?? [], words };
}

/** The word after SUP, SYNTAX and the like may be in capitals too, as `SUP CN`. */
const valued = new Set([
  "SUP",
  "SYNTAX",
  "EQUALITY",
  "ORDERING",
  "SUBSTR",
  "USAGE",
  "MUST",
  "MAY",
  "AUX",
  "NAME",
  "DESC",
]);
const isValue = (words: ReadonlyMap<string, readonly string[]>, current: readonly string[]): boolean =>
  current.length === 0 && [...words].some(([word, values]) => values === current && valued.has(word));
