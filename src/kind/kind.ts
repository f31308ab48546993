import type { Address, Kind } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { Resource } from "../model/resource.ts";
import type { FieldForm } from "./field.ts";

/** What a kind is. One file each; `table.ts` lists them. */
export interface KindForm {
  readonly kind: Kind;
  /** Its name in a manifest's `kind:`. */
  readonly manifest: string;
  readonly one: string;
  readonly many: string;
  /** Kinds are written in this order where no reference says more. */
  readonly rank: number;
  /** The compared fields, in the order in which they are shown. */
  readonly fields: Readonly<Record<string, FieldForm>>;
  /** A resource's name in normal form; undefined where it is none. */
  name(text: string): string | undefined;
  /** Resources that must be there before this one; names that are not declared may be external or be found at the destination. */
  references(resource: Resource): readonly Address[];
  /** What a new one is in a few words: `quota 50 GiB`. Not escaped. */
  summary(fields: Readonly<Record<string, Json | undefined>>): string;
}
