import type { Handler } from "../../../contract/endpoint.ts";
import type { Finding } from "../../../model/finding.ts";
import { lookAtDomains, readDomains, seenDomains, verificationFinding, writeDomains } from "./domains.ts";
import { type Room, writing } from "./room.ts";

/** A domain that waits for the DNS is told of, with what to publish, where it is wanted. */
export function domainHandler(room: Room): Handler<"domain"> {
  const { tenant } = room;
  const held = new Set<string>();
  let unverified: ReadonlyMap<string, Finding> = new Map();
  return {
    fields: held,
    async *read(_, options) {
      const all = await room.readings.domains(options);
      const waiting = all.filter(({ verified }) => !verified);
      const found = waiting.map(async ({ name }) => [name, await verificationFinding(tenant, name, options)] as const);
      unverified = new Map(await Promise.all(found));
      yield* seenDomains(all);
    },
    assess: ({ name }) => {
      const finding = unverified.get(name);
      return finding === undefined ? [] : [finding];
    },
    write: writing(room, {
      held,
      look: async (names, _, options) => lookAtDomains(await readDomains(tenant, options), names),
      perform: async (changes, _, options) =>
        writeDomains(tenant, changes, await readDomains(tenant, options), options),
    }),
  };
}
