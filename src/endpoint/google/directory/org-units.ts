import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { type Admin, ifThere } from "../admin.ts";
import { isRefused } from "../refused.ts";

/** Units that were seen, or made, by whoever reads the directory. */
const known = new WeakMap<Admin, Map<string, Promise<void>>>();

/** Makes an organisational unit where it is not there, and those above it. Each is asked for once. */
export function ensureOrgUnit(admin: Admin, path: string, options: Options): Promise<void> {
  if (!path.startsWith("/")) return Promise.reject(unrooted(path));
  if (path === "/") return Promise.resolve();
  const units = known.get(admin) ?? new Map<string, Promise<void>>();
  known.set(admin, units);
  const asked = units.get(path) ?? make(admin, path, options);
  units.set(path, asked);
  asked.catch(() => units.delete(path));
  return asked;
}

async function make(admin: Admin, path: string, options: Options): Promise<void> {
  const { orgunits } = await admin.apis.directory();
  const { customer: customerId } = admin;
  const auth = admin.auth("orgUnits", options);
  if ((await ifThere(orgunits.get({ customerId, orgUnitPath: path.slice(1), auth }))) !== undefined) return;
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  await ensureOrgUnit(admin, parent, options);
  try {
    const requestBody = { name: path.slice(path.lastIndexOf("/") + 1), parentOrgUnitPath: parent };
    await orgunits.insert({ customerId, requestBody, auth });
  } catch (thrown) {
    // A unit of that name is what was wanted, whoever made it: an earlier try of ours may have.
    if (!isRefused(thrown, 409)) throw thrown;
  }
}

function unrooted(path: string): Fault {
  return new Fault({
    code: "field.unholdable",
    message: `The class ${JSON.stringify(path)} is no path of an organisational unit`,
    spoils: "item",
    remedy: "write it from / on, as in /Sales/North",
  });
}
