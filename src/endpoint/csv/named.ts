import { normalMailAddress } from "../../kind/normal.ts";
import type { TableForm } from "./table.ts";

/**
 * Names in columns where the domain may be left away: it is this one then. `local` columns never have it, so that names of another
 * domain cannot stand there.
 */
export function named(domain: string | undefined, form?: "local"): Pick<TableForm, "name" | "cell"> {
  const home = domain === undefined ? undefined : normalMailAddress(`a@${domain}`)?.slice(1);
  const name = (cell: string): string | undefined => {
    const full = cell.includes("@") || home === undefined ? cell : `${cell}${home}`;
    const address = normalMailAddress(full);
    return form === "local" && home !== undefined && address?.endsWith(home) !== true ? undefined : address;
  };
  if (form === undefined || home === undefined) return { name };
  return { name, cell: (address) => (address.endsWith(home) ? address.slice(0, -home.length) : undefined) };
}
