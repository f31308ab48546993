import type { Filter } from "ldapts";
import type { Scope } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import { fits, parseFilter } from "./filter.ts";

/** What a manifest's filter asks for: a text is a filter of LDAP, a map asks for attributes that fit patterns. */
export function scopeFilter(filter: Scope["filter"], about: string): readonly Filter[] {
  if (filter === undefined) return [];
  try {
    if (typeof filter === "string") return [parseFilter(filter)];
    return Object.entries(filter).map(([attribute, pattern]) => fits(attribute, pattern));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new Fault({
      code: "filter.invalid",
      message: `The filter ${JSON.stringify(filter).slice(0, 300)} cannot be read: ${thrown.message}`,
      spoils: "endpoint",
      about,
      remedy:
        "write an LDAP filter, such as (&(objectClass=inetOrgPerson)(departmentNumber=7)), or a map of attribute to pattern",
      cause: thrown,
    });
  }
}
