import type { Endpoint, Open, OwnerSight } from "../../contract/endpoint.ts";
import type { Finding } from "../../model/finding.ts";
import type { MemoryEndpointSpec } from "../../model/spec.ts";
import { createMemoryDirectory, type MemoryDirectory } from "./directory.ts";
import { createMemoryItems, type MemoryItems } from "./items.ts";
import { addFolder, addMail } from "./mail.ts";
import { readSeed, type SeedMessage } from "./seed.ts";

/** A mail system in memory, of these parts. Nothing outlives the process. */
export function createMemoryEndpoint(name: string, directory: MemoryDirectory, items: MemoryItems): Endpoint {
  return {
    directory: directory.handlers,
    items: { message: (owner) => items.open(owner) },
    owners: () => everybody(items),
    check: () => transience(name),
    close: async () => {},
  };
}

async function* everybody(items: MemoryItems): AsyncGenerator<OwnerSight> {
  for (const user of items.users()) yield { user };
}

async function* transience(about: string): AsyncGenerator<Finding> {
  yield {
    code: "memory.transient",
    severity: "warning",
    about,
    message: "It is in memory alone: nothing outlives the process",
    remedy: "name another endpoint for what is to last",
  };
}

/** Opens a mail system in memory with what its seed says. Throws `seed.unreadable` and `seed.invalid`. */
export const open: Open = async (name, spec) => {
  const { seed } = spec as MemoryEndpointSpec;
  const { resources, messages, hashes } =
    seed === undefined ? { resources: [], messages: [], hashes: new Map<string, string>() } : await readSeed(seed);
  const items = createMemoryItems();
  for (const message of messages) deliver(items, message);
  const directory = createMemoryDirectory(resources);
  for (const [account, hash] of hashes) directory.store(account, hash);
  return createMemoryEndpoint(name, directory, items);
};

function deliver(items: MemoryItems, { user, folder, ...mail }: SeedMessage): void {
  const account = items.account(user);
  addMail(account, addFolder(account, { path: folder }), mail);
}
