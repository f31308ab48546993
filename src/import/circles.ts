import type { Entry } from "./holding.ts";

/** The entries without aliases that lead back to themselves, which no manifest may say; each of these is told. */
export function withoutCircles(entries: readonly Entry[], tell: (alias: Entry) => void): readonly Entry[] {
  const targets = new Map(
    entries.flatMap(({ kind, name, values }) => (kind === "alias" ? [[name, String(values["target"])]] : [])),
  );
  const circular = new Set<string>();
  const safe = new Set<string>();
  for (const start of targets.keys()) {
    const path: string[] = [];
    const on = new Set<string>();
    let name: string | undefined = start;
    while (name !== undefined && !on.has(name) && !safe.has(name) && !circular.has(name)) {
      path.push(name);
      on.add(name);
      name = targets.get(name);
    }
    const from = name === undefined ? -1 : path.indexOf(name);
    for (const [at, each] of path.entries()) (from >= 0 && at >= from ? circular : safe).add(each);
  }
  return entries.filter((entry) => {
    const circle = entry.kind === "alias" && circular.has(entry.name);
    if (circle) tell(entry);
    return !circle;
  });
}
