import type { Properties } from "./objects.ts";
import { type Asked, chosen, missing, ok, type Route, type Said } from "./said.ts";

export interface DirectorySettings {
  /** Graph's own URL with the version: what links begin with. */
  readonly base: () => string;
  /** The most entries of a page. */
  readonly page: number;
}

export type Act = (asked: Asked, parts: readonly string[]) => Said;

/** Method and path, `*` for a part that may be anything, and what is done. */
export const routeOf =
  (table: readonly (readonly [string, Act])[]): Route =>
  (asked) =>
    table.find(([template]) => fits(template, asked))?.[1](asked, asked.parts);

function fits(template: string, { method, parts }: Pick<Asked, "method" | "parts">): boolean {
  const [verb, path = ""] = template.split(" ");
  const own = path.slice(1).split("/");
  return (
    verb === method && own.length === parts.length && own.every((part, index) => part === "*" || part === parts[index])
  );
}

export const one = (value: Properties | undefined, name: string, { query }: Asked): Said =>
  value === undefined ? missing(name) : ok(chosen(value, query));
