import type { LdapEndpointSpec } from "../../../model/spec.ts";
import { activeDirectory } from "./active-directory/index.ts";
import type { Flavour } from "./flavour.ts";
import { openldap } from "./openldap.ts";

/** Every flavour there is, by its name in the manifest. */
export const flavours: { readonly [F in NonNullable<LdapEndpointSpec["flavour"]>]: Flavour } = {
  openldap,
  activeDirectory,
};
