import type { DirectoryChange, Handler, Outcome, Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import { openBook } from "./book.ts";
import type { Book } from "./changing.ts";
import type { Folder } from "./folder.ts";
import { unholdable } from "./holdable.ts";
import { readKind } from "./readers.ts";
import type { Holding } from "./holding.ts";
import { type Held, judge } from "../directory/verdict.ts";

/** What one folder's handlers share. */
export interface Surroundings {
  readonly folder: Folder;
  /** Runs one batch at a time: every batch rewrites whole files. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly assess: (want: Want, was: Observed | undefined) => readonly Finding[];
}

/** One kind of a folder of CSV files. */
export function createHandler<K extends DirectoryKind>(
  kind: K,
  { fields, parts }: Holding,
  { folder, exclusively, assess }: Surroundings,
): Handler<K> {
  const held: Held = { fields: new Set(fields), ...(parts === undefined ? {} : { parts }) };
  return {
    ...held,
    read: (scope: Scope, options: Options) => readKind(kind, folder, scope, options) as AsyncIterable<Observed<K>>,
    assess: (want, was) => assess(want as unknown as Want, was as unknown as Observed | undefined),
    write: async (changes, options) => {
      if (changes.length === 0) return [];
      const outcomes = await exclusively(() =>
        writeBatch({ kind, held, folder }, changes as unknown as readonly DirectoryChange[], options),
      );
      return outcomes as unknown as readonly Outcome<K>[];
    },
  };
}

/** All that can be written is written at once; a change in conflict or at fault keeps none of the others back. */
async function writeBatch(
  { kind, held, folder }: { readonly kind: DirectoryKind; readonly held: Held; readonly folder: Folder },
  changes: readonly DirectoryChange[],
  options: Options,
): Promise<readonly Outcome[]> {
  if (options.signal.aborted) throw interrupted();
  const book = await openBook(kind, folder, options);
  const outcomes = changes.map((change) => attempt(book, held, change));
  if (await book.save(options)) return outcomes;
  const conflict = "the file was changed by somebody else while it was being written";
  return changes.map(({ key }) => ({ key, conflict }));
}

function attempt(book: Book, held: Held, change: DirectoryChange): Outcome {
  const { key } = change;
  const verdict = judge(change, book.find, held);
  if (typeof verdict === "object") return { key, conflict: verdict.conflict };
  try {
    if (verdict === "write") carryOut(book, change);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.spoils !== "item") throw thrown;
    return { key, fault: recordOf(thrown) };
  }
  return { key, observed: change.act === "delete" ? undefined : book.find(change.want.name) };
}

function carryOut(book: Book, change: DirectoryChange): void {
  if (change.act === "delete") return book.remove(change.was.name);
  const fault = unholdable(change);
  if (fault !== undefined) throw fault;
  if (change.act === "create") book.create(change);
  else book.update(change);
}
