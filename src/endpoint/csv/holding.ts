import type { Handler } from "../../contract/endpoint.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { fieldsOf, type TableForm } from "./table.ts";

/** What a kind can hold. */
export interface Holding extends Partial<Pick<Handler<DirectoryKind>, "parts">> {
  readonly fields: readonly string[];
}

/** What a table can hold; members too, where a file beside it has them. */
export function holdingOf(table: TableForm, members = false): Holding {
  const fields = [...fieldsOf(table), ...(members ? ["members"] : [])];
  return { fields, ...(table.parts === undefined ? {} : { parts: table.parts }) };
}
