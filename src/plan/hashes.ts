import type { Scope } from "../contract/endpoint.ts";
import { kindTable } from "../kind/table.ts";
import type { Manifest } from "../manifest/load.ts";
import type { Address } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { DirectoryResource, Resource } from "../model/resource.ts";
import type { ObserveContext } from "./observe.ts";

/** Password hashes that are carried: asked for when they are written, or to tell their scheme, and kept by nobody else. */
export interface Hashes {
  /** The hash that the source has for an account; undefined where it has none. Throws what the reading throws. */
  of(address: Address): Promise<string | undefined>;
}

type Asked = Pick<ObserveContext, "connect" | "signal"> & {
  readonly manifest: Pick<Manifest, "migration" | "froms" | "frame">;
  readonly resources: ReadonlyMap<Address, Resource>;
};

interface Where {
  readonly endpoint: string;
  readonly scope: Scope;
}

/** Reads each source once, when its first hash is asked for: where an account's row is, or the Migration's source directory. */
export function createHashes({ manifest, resources, connect, signal }: Asked): Hashes {
  const readings = new Map<string, Promise<ReadonlyMap<string, string>>>();

  async function read({ endpoint: name, scope }: Where): Promise<ReadonlyMap<string, string>> {
    const endpoint = await connect(name);
    const handler = endpoint.directory.account;
    if (handler?.hashes === undefined) throw none(name);
    const found = new Map<string, string>();
    for await (const { name: person, hash } of handler.hashes(scope, { signal })) {
      found.set(kindTable.account.name(person) ?? person, hash);
    }
    return found;
  }

  return {
    async of(address) {
      const account = resources.get(address);
      if (account === undefined || account.kind === "mailbox") return undefined;
      const where = whereOf(account, manifest);
      if (where === undefined) throw none("Migration");
      const key = JSON.stringify(where);
      const reading = readings.get(key) ?? read(where);
      readings.set(key, reading);
      return (await reading).get(nameAt(account, manifest));
    },
  };
}

function whereOf({ row, name }: DirectoryResource, { froms, migration }: Asked["manifest"]): Where | undefined {
  const domain = domainOf(name);
  const from = row && froms.find((each) => each.kind === "account" && each.domain === domain);
  const endpoint = from?.endpoint ?? migration?.source.directory;
  return endpoint === undefined ? undefined : { endpoint, scope: from?.scope ?? {} };
}

const domainOf = (name: string): string => name.slice(name.lastIndexOf("@") + 1);

/** What an account is called at the source. */
function nameAt({ name }: DirectoryResource, { frame }: Asked["manifest"]): string {
  const domain = domainOf(name);
  return `${name.slice(0, -domain.length)}${frame?.sourceDomains.get(domain) ?? domain}`;
}

const none = (about: string): Fault =>
  new Fault({
    code: "password.nowhere",
    message:
      about === "Migration"
        ? "There is no source.directory to carry password hashes from"
        : `${about} gives no password hashes`,
    about,
    spoils: "item",
    remedy: "name another source.directory, or let passwords be generated",
  });
