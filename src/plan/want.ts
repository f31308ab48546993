import type { Want } from "../model/plan.ts";
import type { DirectoryResource, Observed } from "../model/resource.ts";

/** A resource as a plan may carry it: without where it is declared, and without references to secrets. */
export function wantOf(resource: DirectoryResource): Want {
  const { origin: _origin, prune: _prune, password, ...want } = resource;
  if (password === undefined) return want;
  const { from, mustChange, issue } = password;
  return {
    ...want,
    password: { from, ...(mustChange === undefined ? {} : { mustChange }), ...(issue === undefined ? {} : { issue }) },
  };
}

/** What was seen, without the attributes that the product does not know: one of them may be a password's hash. */
export function wasOf(observed: Observed): Observed {
  const { attributes: _attributes, source: _source, ...was } = observed;
  return was;
}
