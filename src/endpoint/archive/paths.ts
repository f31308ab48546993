/** Gives folders that would have one path different ones: the first, in the order given, keeps it; INBOX counts in any case. */
export function distinctPaths<T>(
  folders: readonly T[],
  pathOf: (folder: T) => readonly string[],
): Map<T, readonly string[]> {
  const taken = new Set<string>();
  const paths = new Map<T, readonly string[]>();
  for (const folder of folders) {
    let path = pathOf(folder);
    for (let next = 2; taken.has(keyOf(path)); next++)
      path = [...pathOf(folder).slice(0, -1), `${pathOf(folder).at(-1)} (${next})`];
    taken.add(keyOf(path));
    paths.set(folder, path);
  }
  return paths;
}

const keyOf = (path: readonly string[]): string => JSON.stringify(path);

export const samePath = (a: readonly string[], b: readonly string[]): boolean => keyOf(a) === keyOf(b);

export const normalPath = (path: readonly string[]): readonly string[] => path.map((part) => part.normalize("NFC"));
