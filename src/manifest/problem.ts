import { Fault } from "../model/fault.ts";
import type { Origin } from "../model/resource.ts";
import { bounds } from "./bounds.ts";
import { escapeText, quoteLine } from "./quote.ts";
import { originAt, type Source, type Span } from "./source.ts";

/** A place in a manifest that a message points at, with what must not be quoted there. */
export interface Spot {
  readonly source: Source;
  readonly span: Span;
  readonly hidden: () => readonly Span[];
}

export interface Note {
  readonly spot: Spot;
  readonly message: string;
}

/** Something wrong in a manifest, told at its place; messages hold text from outside only escaped, and never a secret. */
export interface Problem extends Note {
  readonly remedy?: string;
  /** Other lines that belong to it: the first writing of a thing written twice, the edges of a circle. */
  readonly also?: readonly Note[];
}

export type Report = (problem: Problem) => void;

/** A line of a manifest that a problem shows: two lines of text, the second with a caret. */
interface ShownLine {
  readonly origin: Origin;
  readonly message: string;
  readonly quote: string;
}

export interface ManifestProblem extends ShownLine {
  readonly remedy?: string;
  readonly also: readonly ShownLine[];
}

/** The manifests cannot be used. Holds the problems, in the order of the files; beyond a bound they are only counted. */
export class ManifestError extends Fault {
  readonly problems: readonly ManifestProblem[];

  constructor(problems: readonly ManifestProblem[], more = 0) {
    super({
      code: "manifest.invalid",
      message: textOf(problems, more),
      spoils: "run",
      remedy: "correct the manifests; nothing was read or written elsewhere",
    });
    this.problems = problems;
  }
}

export function manifestError(problems: readonly Problem[]): ManifestError {
  const sorted = problems.toSorted(byPlace);
  const shown = sorted.slice(0, bounds.problems).map(showProblem);
  return new ManifestError(shown, sorted.length - shown.length);
}

export function showProblem(problem: Problem): ManifestProblem {
  return {
    ...showNote(problem),
    ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
    also: (problem.also ?? []).map(showNote),
  };
}

function showNote({ spot, message }: Note): ShownLine {
  const empty = spot.source.text === "";
  return {
    origin: originAt(spot.source, spot.span.start),
    message,
    quote: empty ? "" : quoteLine(spot.source, spot.span, spot.hidden()),
  };
}

const byPlace = ({ spot: a }: Problem, { spot: b }: Problem): number => {
  if (a.source.file !== b.source.file) return a.source.file < b.source.file ? -1 : 1;
  return a.span.start - b.span.start;
};

function textOf(problems: readonly ManifestProblem[], more: number): string {
  const count = problems.length + more;
  const head = `${count} ${count === 1 ? "error" : "errors"} in the manifests`;
  return [head, ...problems.map(textOfOne), ...(more > 0 ? [`… and ${more} more`] : [])].join("\n\n");
}

const place = ({ origin, message }: ShownLine): string =>
  `${escapeText(origin.file)}:${origin.line}:${origin.column}: ${message}`;
const withQuote = (line: ShownLine): readonly string[] => [place(line), ...(line.quote === "" ? [] : [line.quote])];

/** One problem as text, ready for a terminal. */
function textOfOne(problem: ManifestProblem): string {
  const also = problem.also.flatMap((line) => withQuote(line).map((text) => text.replace(/^/gmu, "  ")));
  return [...withQuote(problem), ...also, ...(problem.remedy === undefined ? [] : [`  → ${problem.remedy}`])].join(
    "\n",
  );
}
