import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { listOf, type Loose, looseOf, textOf } from "../answer.ts";
import { readAll, type Tenant } from "./tenant.ts";

/** What the tenant has bought, by name (`skuPartNumber`). */
export interface Sku {
  readonly id: string;
  readonly name: string;
  /** Seats that nobody has. */
  readonly free: number;
}

export async function readSkus(tenant: Tenant, options: Options): Promise<readonly Sku[]> {
  const all = await readAll(tenant, "/subscribedSkus", options);
  return all.map((sku) => ({
    id: textOf(sku["skuId"]) ?? "",
    name: (textOf(sku["skuPartNumber"]) ?? "").toUpperCase(),
    free: Number(looseOf(sku["prepaidUnits"])["enabled"] ?? 0) - Number(sku["consumedUnits"] ?? 0),
  }));
}

/** The class of somebody with these licences: their names, sorted; undefined without any. */
export function classOf(user: Loose, skus: readonly Sku[]): string | undefined {
  const names = new Map(skus.map(({ id, name }) => [id, name]));
  const licences = listOf(user["assignedLicenses"]).map((each) => {
    const id = textOf(each["skuId"]) ?? "";
    return names.get(id) ?? id;
  });
  return licences.length === 0 ? undefined : licences.toSorted().join(",");
}

/** The parts of a class, as they are written, in upper case. */
export const namesIn = (text: string): readonly string[] =>
  text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim().toUpperCase()]));

/** The ids behind a class. Throws `licence.unknown`. */
export function idsOf(text: string | undefined, skus: readonly Sku[], about: string): readonly string[] {
  return namesIn(text ?? "").map((name) => {
    const sku = skus.find((each) => each.name === name || each.id.toUpperCase() === name);
    if (sku !== undefined) return sku.id;
    throw new Fault({
      code: "licence.unknown",
      message: `The tenant has no licence that is called ${JSON.stringify(name)}`,
      spoils: "item",
      about,
      remedy: `use one of ${skus.map((each) => each.name).join(", ") || "none: the tenant has none"}`,
    });
  });
}
