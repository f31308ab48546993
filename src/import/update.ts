import { kindTable } from "../kind/table.ts";
import { qualified } from "../manifest/declaration.ts";
import type { Value } from "../manifest/scalar.ts";
import { saidAt, type Standing } from "../manifest/standing.ts";
import type { Address } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import { type Json, sameJson } from "../model/json.ts";
import type { DirectoryResource, Resource } from "../model/resource.ts";
import { type Declared, shortName, writtenValue } from "./arrange.ts";
import type { Desk } from "./desk.ts";
import { domainOf, type Entry, type Holding, keyOrder, localOf } from "./holding.ts";
import { valueOf } from "./say.ts";

export interface Known {
  /** What the manifests declare, in normal form. */
  readonly resources: ReadonlyMap<Address, Resource>;
  /** Where it stands, as far as it may be edited. */
  readonly standings: ReadonlyMap<Address, Standing>;
  readonly declared: Declared;
}

export interface Updated {
  /** Entries that nothing declares yet. */
  readonly fresh: readonly Entry[];
  readonly findings: readonly Finding[];
}

/** Puts on the desk what differs between what is declared and what is there; what is gone is told, never taken out. */
export function updateDeclared(entries: readonly Entry[], holding: Holding, known: Known, desk: Desk): Updated {
  const findings: Finding[] = [];
  const fresh = entries.filter((entry) => {
    const resource = known.resources.get(entry.address);
    if (resource === undefined) return true;
    if (resource.kind === "mailbox") return false;
    if (resource.absent === true) findings.push(wantedAway(entry));
    else return updateOne(entry, resource, { holding, known, desk, findings });
    return false;
  });
  return { fresh, findings };
}

interface Around {
  readonly holding: Holding;
  readonly known: Known;
  readonly desk: Desk;
  readonly findings: Finding[];
}

/** True where the entry is to be written anew, in another place. */
function updateOne(entry: Entry, resource: DirectoryResource, around: Around): boolean {
  const fields = changedFields(entry, resource, around.holding);
  if (fields.length === 0) return false;
  const at = around.known.standings.get(entry.address);
  if (at === undefined) {
    around.findings.push(elsewhere(entry, resource));
    return false;
  }
  if (entry.kind === "alias") return moveAlias(entry, at, around);
  for (const field of fields) editField(entry, field, at, around);
  return false;
}

/** Fields whose declared value is another than the one that is there; what nobody declares counts where it is no default. */
function changedFields(entry: Entry, resource: DirectoryResource, { holds }: Holding): readonly string[] {
  if (entry.kind === "mailbox") return [];
  const wanted = resource.fields as Readonly<Record<string, Json | undefined>>;
  const held = holds.get(entry.kind);
  return Object.keys(kindTable[entry.kind].fields).filter((field) => {
    if (held?.has(field) !== true || entry.unsaid.includes(field)) return false;
    const [want, has] = [wanted[field], entry.fields[field]];
    if (want === undefined) return entry.values[field] !== undefined;
    if (has === undefined) return !(Array.isArray(want) && want.length === 0);
    return !sameJson(want, has);
  });
}

function editField(entry: Entry, field: string, at: Standing, { known, desk }: Around): void {
  const order = keyOrder[entry.kind];
  const has = entry.fields[field];
  const said = saidAt({ ...at, path: [...at.path, field] });
  if (has === undefined) return desk.drop(at, field, order);
  const domain = domainOf(entry.name);
  if (Array.isArray(has) && Array.isArray(said))
    return editSet(has.map(String), said.map(String), { at, field, domain }, { known, desk });
  desk.put(at, field, writtenValue(field, valueOf(field, has), domain, known.declared), order);
}

interface SetPlace {
  readonly at: Standing;
  readonly field: string;
  readonly domain: string;
}

function editSet(
  has: readonly string[],
  said: readonly string[],
  { at, field, domain }: SetPlace,
  { known, desk }: Pick<Around, "known" | "desk">,
): void {
  const names = said.map((text) => qualified(text, domain));
  const place = { ...at, path: [...at.path, field] };
  for (const [index, name] of names.entries()) if (name === undefined || !has.includes(name)) desk.take(place, index);
  for (const name of has) if (!names.includes(name)) desk.add(place, shortName(name, domain, known.declared));
}

/** An alias with another target leaves a list of aliases, and gets the target where its target is written. */
function moveAlias(entry: Entry, at: Standing, { known, desk }: Around): boolean {
  const target = writtenValue("target", entry.values["target"] ?? "", domainOf(entry.name), known.declared);
  const last = at.path.at(-1) ?? "";
  const parent = { ...at, path: at.path.slice(0, -1) };
  if (at.path.at(-2) === "aliases" && Array.isArray(saidAt(parent))) {
    desk.take(parent, Number(last));
    return true;
  }
  if (typeof saidAt(at) === "string") desk.put(parent, last, target, "sorted");
  else desk.put(at, "target", target, keyOrder.alias);
  return false;
}

/** Puts a new entry into its domain's document. False where there is none: it comes into a file of its own. */
export function addFresh(entry: Entry, [key, value]: readonly [string, Value], known: Known, desk: Desk): boolean {
  const home = known.standings.get(`domain/${domainOf(entry.name)}`);
  if (home === undefined || entry.kind === "mailbox" || localOf(entry.name) === "__proto__") return false;
  const set = kindTable[entry.kind].many;
  const place = { ...home, path: [...home.path, set] };
  if (saidAt(place) === undefined) return false;
  desk.put(place, key, value, "sorted");
  return true;
}

/** What is declared and no longer there, of the kinds that were read in full. */
export function goneFindings(
  { kinds, seen }: Holding,
  known: Known,
  endpoint: string,
  takes: (address: Address) => boolean,
): readonly Finding[] {
  return [...known.standings.keys()].flatMap((address): readonly Finding[] => {
    const resource = known.resources.get(address);
    if (resource === undefined || resource.kind === "domain" || !kinds.has(resource.kind)) return [];
    if (seen.has(address) || !takes(address) || (resource.kind !== "mailbox" && resource.absent === true)) return [];
    return [
      {
        code: "import.gone",
        severity: "warning",
        about: address,
        message: `Declared, and not at ${endpoint}: its lines are left as they are`,
        remedy: "take the lines out, or let a plan create it",
      },
    ];
  });
}

const wantedAway = ({ address }: Entry): Finding => ({
  code: "import.absent",
  severity: "info",
  about: address,
  message: "It is there, and declared absent: its lines are left as they are",
});

const elsewhere = ({ address }: Entry, { origin }: DirectoryResource): Finding => ({
  code: "import.elsewhere",
  severity: "warning",
  about: address,
  message: `It differs from what ${origin?.file ?? "another file"} declares, which is not below the folder to write to`,
  remedy: "name its folder with --out",
});
