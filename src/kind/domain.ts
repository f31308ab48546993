import type { KindForm } from "./kind.ts";
import { normalDomain } from "./normal.ts";

/** A mail domain: a name whose being there is all that is compared. */
export const domain: KindForm = {
  kind: "domain",
  manifest: "Domain",
  one: "domain",
  many: "domains",
  rank: 0,
  fields: {},
  name: normalDomain,
  references: () => [],
  summary: () => "",
};
