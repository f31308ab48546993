import type { Side } from "../../../contract/journal.ts";
import type { PlaceId } from "../../../model/item.ts";
import type { Connection } from "../connection.ts";

/** Places by small numbers, so that a row need not repeat a folder's name. */
export interface Places {
  /** The number of a place; a new one gets one. */
  number(side: Side, name: PlaceId): number;
  find(side: Side, name: PlaceId): number | undefined;
  name(number: number): PlaceId;
  /** Forgets what was remembered, after a transaction that failed. */
  reset(): void;
}

const select = "SELECT id FROM place WHERE mailbox = ? AND side = ? AND name = ?";
const insert = "INSERT INTO place (mailbox, side, name) VALUES (?, ?, ?)";

export function placesOf(connection: Connection, mailbox: number): Places {
  const numbers = { source: new Map<PlaceId, number>(), destination: new Map<PlaceId, number>() };
  const names = new Map<number, PlaceId>();

  const find = (side: Side, name: PlaceId): number | undefined => {
    const known = numbers[side].get(name);
    if (known !== undefined) return known;
    const found = connection.sql(select).get(mailbox, side, name) as [number] | undefined;
    return found && remember(side, name, found[0]);
  };
  const remember = (side: Side, name: PlaceId, number: number): number => {
    numbers[side].set(name, number);
    names.set(number, name);
    return number;
  };
  return {
    find,
    number: (side, name) =>
      find(side, name) ?? remember(side, name, Number(connection.sql(insert).run(mailbox, side, name).lastInsertRowid)),
    name(number) {
      const known = names.get(number);
      if (known !== undefined) return known;
      const [name] = connection.sql("SELECT name FROM place WHERE id = ?").get(number) as [PlaceId];
      names.set(number, name);
      return name;
    },
    reset() {
      numbers.source.clear();
      numbers.destination.clear();
      names.clear();
    },
  };
}
