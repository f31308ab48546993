import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { asFault, Fault, interrupted } from "../../model/fault.ts";
import type { JoinedForm } from "./form.ts";

/** Faults are told in full up to here. */
const shown = 20;

/** A cell, a row or a header that says nothing we can use, with the line it stands on (from 1; the header is line 1). */
export interface Problem {
  readonly line: number;
  readonly text: string;
}

/** The file's content is wrong: every problem at once, by `file:line`. */
export function invalidFile(path: string, problems: readonly Problem[], remedy = "correct the file"): Fault {
  const told = problems.slice(0, shown).map(({ line, text }) => `${basename(path)}:${line}: ${text}`);
  if (problems.length > shown) told.push(`and ${problems.length - shown} more`);
  return new Fault({ code: "csv.invalid", message: told.join("\n"), about: path, spoils: "endpoint", remedy });
}

/** The reading did not get to the end of what the file holds, or what it holds was changing. */
export function incomplete(path: string, why: string, cause?: unknown): Fault {
  return new Fault({
    code: "read.incomplete",
    message: `${basename(path)} ${why}`,
    about: path,
    spoils: "endpoint",
    retry: "later",
    remedy: "make sure that the file is whole and that nobody is writing it, then run again",
    cause,
  });
}

export async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new Fault({
    code: "csv.missing",
    message: found === undefined ? "The folder is not there" : "This is no folder",
    about: folder,
    spoils: "endpoint",
    remedy: "correct the endpoint's path, or make the folder",
  });
}

/** What the operating system refused, by its error code. */
const refusals: Readonly<Record<string, { readonly code: string; readonly message: string; readonly remedy: string }>> =
  {
    ENOSPC: { code: "disk.full", message: "The disk is full", remedy: "make room, then run again" },
    EDQUOT: { code: "disk.full", message: "The disk quota is used up", remedy: "make room, then run again" },
    EFBIG: {
      code: "disk.full",
      message: "The file would be larger than this user may make one",
      remedy: "raise the limit, then run again",
    },
    EROFS: {
      code: "disk.readonly",
      message: "The file system is read-only",
      remedy: "mount it for writing, or name another folder",
    },
    EACCES: {
      code: "disk.denied",
      message: "The file system denies access",
      remedy: "give this user the right to read and write it",
    },
    EPERM: {
      code: "disk.denied",
      message: "The file system denies access",
      remedy: "give this user the right to read and write it",
    },
  };

/** What a file operation threw, as a fault; what is one already, or an interruption, stays what it is. */
export function diskFault(path: string, thrown: unknown): Fault {
  const { code = "", name } = thrown as NodeJS.ErrnoException;
  if (name === "AbortError") return interrupted();
  const refusal = refusals[code];
  if (refusal === undefined)
    return asFault(thrown, { code: "disk.failed", about: path, spoils: "endpoint", retry: "later" });
  return thrown instanceof Fault
    ? thrown
    : new Fault({ ...refusal, about: path, spoils: "endpoint", retry: "later", cause: thrown });
}

/** A filter or a map on what stands in a joined column. */
export function unfiltered(path: string, { kind, column }: JoinedForm): Fault {
  return new Fault({
    code: "csv.filter",
    message: `A ${kind} has no row of its own here: it stands in the column ${column} of accounts, and is neither filtered nor mapped`,
    about: path,
    spoils: "endpoint",
    remedy: "take filter and map away",
  });
}

/** Throws `csv.invalid` where several accounts have the same alias. */
export function assertOneEach(
  path: string,
  { column }: JoinedForm,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const twice = [...holders].filter(([, accounts]) => accounts.size > 1);
  if (twice.length === 0) return;
  const told = twice
    .slice(0, shown)
    .map(([name, accounts]) => `column ${column}: ${name} stands at ${[...accounts].join(" and ")}`);
  if (twice.length > shown) told.push(`and ${twice.length - shown} more`);
  throw new Fault({
    code: "csv.invalid",
    message: told.join("\n"),
    about: path,
    spoils: "endpoint",
    remedy: "leave each alias at one account",
  });
}
