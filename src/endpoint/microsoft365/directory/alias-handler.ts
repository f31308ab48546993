import type { Handler, PlannedChange } from "../../../contract/endpoint.ts";
import type { Observed } from "../../../model/resource.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { aliasCmdlets, linesOf, runAll } from "./by-cmdlet.ts";
import { type Room, writing } from "./room.ts";
import type { Work } from "./work.ts";

const held = new Set(["target"]);

/** Further addresses: Graph shows them, and writes none. */
export function aliasHandler(room: Room): Handler<"alias"> {
  const { tenant, readings } = room;
  const { exchange } = tenant;
  const handler: Handler<"alias"> = {
    fields: held,
    async *read(_, options) {
      for (const { observed } of await readings.aliases(options)) yield observed;
    },
    assess: () => [],
  };
  if (exchange !== undefined) return { ...handler, write: writing(room, workOf(room, exchange)) };
  return {
    ...handler,
    byHand: (change) =>
      linesOf(aliasCmdlets(change as unknown as PlannedChange, (name) => room.sorts.get(name) ?? "account")),
    write: async (changes) => changes.map(({ key }) => ({ key, conflict: "a person has to do it" })),
  };
}

function workOf({ tenant, readings }: Room, exchange: Exchange): Work {
  return {
    held,
    look: async (names, _, options) => {
      readings.written();
      const rows = await readings.aliases(options);
      return new Map(
        rows.flatMap(({ observed }) => (names.has(observed.name) ? [[observed.name, observed as Observed]] : [])),
      );
    },
    perform: async (changes, _, options) => {
      const sorts = new Map((await readings.recipients(options)).map(({ name, sort }) => [name, sort]));
      const sortOf = (name: string) => {
        const sort = sorts.get(name);
        return sort === "contact" ? undefined : sort;
      };
      return runAll({ ...tenant, exchange }, changes, (change) => aliasCmdlets(change, sortOf), options);
    },
  };
}
