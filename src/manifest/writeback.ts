import { normalMailAddress, parseSize } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { Fault } from "../model/fault.ts";
import type { Json } from "../model/json.ts";
import type { ResourceDrift } from "../model/drift.ts";
import type { DirectoryResource, FieldChange } from "../model/resource.ts";
import { domainOf, qualified } from "./declaration.ts";
import { editManifest, locate, type ManifestEdit } from "./edit.ts";

/** A drift that only a person can write down, and why. */
interface ByHand {
  readonly address: string;
  readonly why: string;
}

interface Written {
  /** New texts, by file. */
  readonly texts: ReadonlyMap<string, string>;
  readonly byHand: readonly ByHand[];
}

/**
 * The manifests with what the destination shows by now, field by field; all else in them stands. `names` are declared: they may be written
 * short in their domain. Pure: `textOf` gives a file's text.
 */
export function writeBack(
  drifts: readonly { readonly drift: ResourceDrift; readonly resource: DirectoryResource }[],
  names: ReadonlySet<string>,
  textOf: (file: string) => string,
): Written {
  const texts = new Map<string, string>();
  const byHand: ByHand[] = [];
  for (const { drift, resource } of drifts) {
    const { file } = resource.origin ?? { file: "" };
    try {
      // Each is placed by its line in the text as it was read, and paths to keys stand while others are edited.
      const edits = editsOf(drift, resource, textOf(file), names);
      texts.set(file, editManifest(texts.get(file) ?? textOf(file), edits));
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== "manifest.uneditable") throw thrown;
      byHand.push({ address: drift.address, why: thrown.message });
    }
  }
  return { texts: new Map([...texts].filter(([file, text]) => text !== textOf(file))), byHand };
}

const hand = (message: string): Fault => new Fault({ code: "manifest.uneditable", message, spoils: "item" });

function editsOf(
  { what, fields, to }: ResourceDrift,
  resource: DirectoryResource,
  text: string,
  names: ReadonlySet<string>,
): readonly ManifestEdit[] {
  const { origin, protect } = resource;
  const at = origin === undefined ? undefined : locate(text, offsetOf(text, origin));
  if (what === "renamed") throw hand(`it is called ${to} there: name it so, and what refers to it`);
  if (at === undefined || origin === undefined || !isNamed(at, resource))
    throw hand("it is declared by rows, and no line of the manifests says it");
  if (resource.kind === "domain") throw hand("a domain is not written back");
  if (what === "deleted" && protect === true) throw hand("it is protected, and was deleted there");
  if (at.item !== undefined) {
    if (what !== "deleted") throw hand("it is a further address of another than the manifests say");
    return [{ ...at, act: "members", drop: [at.item], add: [] }];
  }
  const scalar = typeof at.value === "string";
  if (what === "deleted")
    return [
      scalar ? { ...at, act: "set", value: { absent: true } } : { ...below(at, "absent"), act: "set", value: true },
    ];
  return fields.flatMap((change): readonly ManifestEdit[] =>
    scalar && change.to !== undefined
      ? [{ ...at, act: "set", value: fieldValue(change, resource, names) }]
      : fieldEdit(at, change, resource, names),
  );
}

type Located = NonNullable<ReturnType<typeof locate>>;

const below = ({ document, path }: Located, key: string) => ({ document, path: [...path, key] });

/** The name that stands there is the resource's own, and not that of the rows which it comes from. */
function isNamed({ path, item }: Located, { name }: DirectoryResource): boolean {
  const last = item ?? String(path.at(-1));
  return path[0] === "spec" && (path.length === 1 || qualified(last, domainOf(name)) === name);
}

function fieldEdit(
  at: Located,
  { field, ...shown }: FieldChange,
  resource: DirectoryResource,
  names: ReadonlySet<string>,
): readonly ManifestEdit[] {
  const part = below(at, field);
  // No set and a set of nobody are one, and only the latter can be written.
  const isSet = kindTable[resource.kind].fields[field]?.reads === "set";
  const change: FieldChange = { field, ...(isSet ? { to: [] } : {}), ...shown };
  if (change.to === undefined) return [{ ...part, act: "unset" }];
  const before = (at.value as Readonly<Record<string, Json>> | null)?.[change.field];
  if (!Array.isArray(change.to) || !Array.isArray(before))
    return [{ ...part, act: "set", value: fieldValue(change, resource, names) }];
  const domain = domainOf(resource.name);
  const now = new Set(change.to.map(String));
  const written = new Map(before.map((text) => [qualified(String(text), domain), String(text)]));
  const drop = [...written].flatMap(([name, text]) => (name !== undefined && now.has(name) ? [] : [text]));
  const add = [...now].filter((name) => !written.has(name)).map((name) => short(name, domain, names));
  return [{ ...part, act: "members", drop, add }];
}

const short = (name: string, domain: string, names: ReadonlySet<string>): string =>
  names.has(name) && domainOf(name) === domain ? name.slice(0, -domain.length - 1) : name;

/** A value as a person would write it. */
function fieldValue({ field, to = null }: FieldChange, { name }: DirectoryResource, names: ReadonlySet<string>): Json {
  const word = (text: Json): Json =>
    typeof text === "string" && normalMailAddress(text) !== undefined ? short(text, domainOf(name), names) : text;
  if (field === "quota" && typeof to === "number") return sizeText(to);
  if (field === "target") return word(to);
  return Array.isArray(to) ? to.map((each) => word(each as Json)) : to;
}

/** In the largest unit that says it exactly. */
function sizeText(octets: number): Json {
  const units = ["TB", "GB", "MB", "KB"];
  const text = units
    .map((unit, at) => `${octets / 1024 ** (4 - at)}${unit}`)
    .find((each) => /^[1-9]\d*[TGMK]B$/u.test(each));
  return text !== undefined && parseSize(text) === octets ? text : octets;
}

function offsetOf(text: string, { line, column }: { readonly line: number; readonly column: number }): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}
