import { type Declaration, domainOf, type Reference } from "./declaration.ts";
import { nearest } from "../kind/nearest.ts";
import { noteAt, problemAt } from "./place.ts";
import { type ManifestProblem, type Problem, type Report, showProblem } from "./problem.ts";
import { escapeText, quoted } from "./quote.ts";

/** A short name that may yet be found in the rows of an endpoint: a plan checks it, and raises `problem()` where it is not. */
export interface PendingReference {
  readonly name: string;
  readonly from: string;
  readonly problem: () => ManifestProblem;
}

export interface Known {
  /** Domains whose rows are read at plan. */
  readonly fromDomains: ReadonlySet<string>;
  /** Domains of which too little could be read to say what is missing; everything, when `all`. */
  readonly unsure: { readonly all: boolean; readonly domains: ReadonlySet<string> };
  /** Names in documents that have other errors. */
  readonly loose: ReadonlySet<string>;
}

/** Reports references to what is not declared though it must be, and to what is declared to be absent. */
export function checkReferences(
  declarations: readonly Declaration[],
  known: Known,
  report: Report,
): readonly PendingReference[] {
  const there = new Map<string, Declaration>();
  const absent = new Map<string, Declaration>();
  for (const each of declarations)
    if (each.resource.kind !== "domain") (each.resource.absent === true ? absent : there).set(each.resource.name, each);
  const pending: PendingReference[] = [];
  let told = 0;
  const names = (): Iterable<string> => (told++ < proposals ? there.keys() : []);
  for (const from of declarations) {
    if (from.resource.absent === true) continue;
    for (const to of from.references) {
      if (there.has(to.name) || known.loose.has(to.name)) continue;
      const gone = absent.get(to.name);
      if (gone !== undefined) report(toAbsent(from, to, gone));
      else if (to.short && known.fromDomains.has(domainOf(to.name)))
        pending.push({
          name: to.name,
          from: from.resource.address,
          problem: () => showProblem(toNothing(from, to, names())),
        });
      else if (to.short && !known.unsure.all && !known.unsure.domains.has(domainOf(to.name)))
        report(toNothing(from, to, names()));
    }
  }
  return pending;
}

/** For how many names the nearest one is looked for: each looks at all. */
const proposals = 100;

function toAbsent(from: Declaration, to: Reference, gone: Declaration): Problem {
  const message = `${escapeText(from.resource.address)} refers to ${escapeText(gone.resource.address)}, which is to be absent`;
  return problemAt(to.at, message, "take one of the two lines away", [noteAt(gone.at, "it is absent here")]);
}

function toNothing(from: Declaration, to: Reference, names: Iterable<string>): Problem {
  const domain = domainOf(to.name);
  const local = to.name.slice(0, -domain.length - 1);
  const here = [...names].flatMap((name) => (name.endsWith(`@${domain}`) ? [name.slice(0, -domain.length - 1)] : []));
  const meant = nearest(local, here);
  const remedy =
    meant === undefined
      ? "declare it, or write the address in full if it is elsewhere"
      : `did you mean ${quoted(meant)}?`;
  return problemAt(
    to.at,
    `${escapeText(from.resource.address)} refers to ${escapeText(to.name)}, which is not declared`,
    remedy,
  );
}
