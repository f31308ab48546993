/** Whose of a field is asked for, by the field's name. */
export type Asked = ReadonlyMap<string, ReadonlySet<string>>;

interface Wanted {
  readonly name: string;
  readonly formerly?: readonly string[];
  readonly fields: object;
}

/** Whose fields are written at all, under the names that they may be found by. */
export function askedOf(wants: Iterable<Wanted>): Asked {
  const asked = new Map<string, Set<string>>();
  for (const { name, formerly = [], fields } of wants)
    for (const [field, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      const names = asked.get(field) ?? new Set();
      for (const each of [name, ...formerly]) names.add(each);
      asked.set(field, names);
    }
  return asked;
}

/** A change as far as this goes: any step of a plan is one. */
interface Changed {
  readonly act: string;
  readonly want?: object;
  readonly was?: Wanted;
}

/** What was asked for when these changes were planned, under the names before and after. */
export const askedBy = (changes: readonly Changed[]): Asked =>
  askedOf(changes.flatMap(({ want, was }) => [...(isWanted(want) ? [want] : []), ...(was === undefined ? [] : [was])]));

const isWanted = (want: object | undefined): want is Wanted => want !== undefined && "name" in want && "fields" in want;
