import { qualified, type Reference, type Surroundings } from "./declaration.ts";
import { below, type Place, problemAt } from "./place.ts";

/** The addresses that a list of names stands for, each with its line; what is none is reported and left out. `keys` lead from `body` to the list. */
export function referencesOf(
  names: readonly string[] | undefined,
  body: Place,
  keys: readonly string[],
  around: Surroundings,
): readonly Reference[] {
  if (names === undefined || names.length === 0) return none;
  return names.flatMap((name, index) => {
    const reference = referenceOf(name, below(body, ...keys, String(index)), around);
    return reference === undefined ? [] : [reference];
  });
}

const none: readonly Reference[] = [];

export function referenceOf(text: string, at: Place, around: Surroundings): Reference | undefined {
  const name = qualified(text, around.domain);
  if (name === undefined) around.report(problemAt(at, "not a mail address"));
  return name === undefined ? undefined : { name, short: !text.includes("@"), at };
}
