import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Json } from "../../model/json.ts";

export type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;
export type Fields = Readonly<Record<string, Json | undefined>>;

/** The names that a change is about: the one to be, and the one that was. */
export const namesOf = (change: DirectoryChange): readonly string[] => [
  ...(change.act === "delete" ? [] : [change.want.name]),
  ...(change.act === "create" ? [] : [change.was.name]),
];

/** The address that a change is told by. */
export const aboutOf = (change: DirectoryChange): string =>
  change.act === "delete" ? `${change.was.kind}/${change.was.name}` : change.want.address;

/** The fields that a change writes. */
export const wantedBy = (change: Act<"create" | "update">): Fields =>
  change.act === "create"
    ? (change.want.fields as Fields)
    : Object.fromEntries(change.fields.map(({ field, to }) => [field, to]));
