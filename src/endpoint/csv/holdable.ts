import type { DirectoryChange } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";

/** Characters of a cell: a row with it must still be read. */
const longestCell = 100_000;

/** The fault of a change with a text that a CSV file in UTF-8 would not give back; undefined where all can be held. */
export function unholdable(change: Exclude<DirectoryChange, { act: "delete" }>): Fault | undefined {
  const values = [
    change.password?.value,
    ...(change.act === "create" ? [change.want.fields] : change.fields.map(({ to }) => to)),
  ];
  const wrong = textsIn(values).find((text) => !text.isWellFormed() || text.length > longestCell);
  if (wrong === undefined) return undefined;
  return new Fault({
    code: "field.unholdable",
    message: wrong.isWellFormed()
      ? `A text is longer than ${longestCell} characters`
      : "A text holds half of a surrogate pair, which is no character",
    about: change.want.address,
    spoils: "item",
    remedy: "correct the text",
  });
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
