import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { type AliasRow, readAliases } from "./aliases.ts";
import type { Directory } from "./directory.ts";
import { type ListRow, readLists } from "./groups.ts";
import { createShared } from "../directory/shared.ts";
import { readPeople, type Reading, type Row } from "./people.ts";

/** What is read of one directory. Readings that are asked for while one is under way share it: a plan asks for all kinds at once. */
export interface Readings {
  accounts(scope: Scope, options: Options): Promise<readonly Row[]>;
  lists(scope: Scope, options: Options): Promise<readonly ListRow[]>;
  aliases(options: Options): Promise<readonly AliasRow[]>;
  /** From now on a reading that is under way is too old to be shared. */
  written(): void;
}

const isWhole = ({ filter, map, names }: Scope): boolean =>
  filter === undefined && map === undefined && names === undefined;

export function createReadings(directory: Directory): Readings {
  const people = createShared((options) => readPeople(directory, {}, options));
  const groups = createShared((options) => readLists(directory, {}, () => people.read(options), options));
  return {
    accounts: (scope, options) =>
      isWhole(scope) ? people.read(options) : readPeople(directory, readingOf(scope), options),
    lists: (scope, options) =>
      isWhole(scope)
        ? groups.read(options)
        : readLists(directory, readingOf(scope), () => people.read(options), options),
    async aliases(options) {
      const [accounts, lists] = await Promise.all([people.read(options), groups.read(options)]);
      return readAliases(directory, { accounts, lists }, options);
    },
    written() {
      people.forget();
      groups.forget();
    },
  };
}

const readingOf = (scope: Scope): Reading => ({ scope, ...(scope.names === undefined ? {} : { names: scope.names }) });
