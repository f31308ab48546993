import type { Declaration, Reference } from "./declaration.ts";
import { noteAt, problemAt } from "./place.ts";
import type { Problem } from "./problem.ts";
import { escapeText } from "./quote.ts";

/** A step of a circle: from a resource to the name that it refers to. */
interface Edge {
  readonly from: Declaration;
  readonly to: Reference;
}

/** Every circle in a graph whose nodes have few edges; each is found once, from its first node in the manifests. */
function circlesIn(nodes: ReadonlyMap<string, readonly Edge[]>): readonly (readonly Edge[])[] {
  const done = new Set<string>();
  const circles: (readonly Edge[])[] = [];
  for (const start of nodes.keys()) {
    const path: { readonly name: string; readonly edges: readonly Edge[]; next: number }[] = [];
    const open = new Map<string, number>();
    const enter = (name: string): void => {
      open.set(name, path.length);
      path.push({ name, edges: nodes.get(name) ?? [], next: 0 });
    };
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        done.add(top.name);
        open.delete(top.name);
        path.pop();
        continue;
      }
      const from = open.get(edge.to.name);
      if (from !== undefined) circles.push(path.slice(from).flatMap((each) => each.edges[each.next - 1] ?? []));
      else if (nodes.has(edge.to.name) && !done.has(edge.to.name)) enter(edge.to.name);
    }
  }
  return circles;
}

function report(circle: readonly Edge[], what: string, verb: string): Problem {
  const names = circle.map((edge) => escapeText(edge.from.resource.name));
  const [first, ...rest] = circle;
  const told = (edge: Edge): string => `${escapeText(edge.from.resource.address)} ${verb} ${escapeText(edge.to.name)}`;
  const message = `${what}: ${[...names, names[0]].join(" → ")}`;
  if (first === undefined) throw new Error("a circle without an edge");
  return problemAt(
    first.to.at,
    message,
    undefined,
    rest.map((edge) => noteAt(edge.to.at, told(edge))),
  );
}

/** Aliases that point at one another deliver nowhere. Lists may hold one another: those are no circles here. */
export function aliasCircles(declarations: readonly Declaration[]): readonly Problem[] {
  const aliases = declarations.filter((each) => each.resource.kind === "alias" && each.resource.absent !== true);
  const held = new Set(declarations.flatMap((each) => (each.resource.kind === "alias" ? [] : [each.resource.name])));
  const nodes = new Map(
    aliases.map((from) => [
      from.resource.name,
      from.references.flatMap((to) => (held.has(to.name) ? [] : [{ from, to }])),
    ]),
  );
  return circlesIn(nodes).map((circle) => report(circle, "aliases in a circle", "points at"));
}

/** Names that are exchanged in a circle cannot be had by renaming one after the other; nor can one name have two heirs. */
export function renameProblems(declarations: readonly Declaration[]): readonly Problem[] {
  const renamed = declarations.filter((each) => each.formerly.length > 0);
  const nodes = new Map<string, Edge[]>();
  for (const from of renamed)
    nodes.set(from.resource.name, [
      ...(nodes.get(from.resource.name) ?? []),
      ...from.formerly.map((to) => ({ from, to })),
    ]);
  const circles = circlesIn(nodes).map((circle) => report(circle, "renames in a circle", "was formerly"));
  return [...circles, ...heirs(renamed)];
}

function heirs(renamed: readonly Declaration[]): readonly Problem[] {
  const claims = new Map<string, Edge>();
  return renamed.flatMap((from) =>
    from.formerly.flatMap((to) => {
      const key = `${from.resource.kind}/${to.name}`;
      const first = claims.get(key);
      if (first === undefined) claims.set(key, { from, to });
      if (first === undefined || first.from === from) return [];
      const message = `${escapeText(key)} would become two: ${escapeText(first.from.resource.name)} and ${escapeText(from.resource.name)}`;
      return [problemAt(to.at, message, undefined, [noteAt(first.to.at, "the other is here")])];
    }),
  );
}
