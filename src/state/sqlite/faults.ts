import { Fault, type FaultFacts } from "../../model/fault.ts";

/** What to do, by fault. `PATH` stands for the state's file. */
const facts = {
  "state.full": {
    message: "The disk is full: the state could not be written",
    remedy: "make room, then run again to resume",
  },
  "state.readonly": {
    message: "The state cannot be written: its file or folder is read-only for this user",
    remedy: "make PATH and its folder writable, or name another place with --state",
  },
  "state.unreadable": {
    message: "The state cannot be read: the file is damaged, or no state of ours",
    remedy: "put the copy PATH.backup in its place, or name another file with --state",
  },
  "state.newer": { message: "The state was written by a newer version", remedy: "use that version or a newer one" },
  "state.busy": {
    message: "The state is in use by another process, which did not let go of it",
    remedy: "run again when that process has ended",
  },
  "state.failed": {
    message: "The state's file could not be read or written: the disk or the file system failed",
    remedy: "check the disk, then run again to resume",
  },
} as const satisfies Record<string, { message: string; remedy: string }>;

type StateCode = keyof typeof facts;

/** SQLite's result codes (https://sqlite.org/rescode.html) and the system's, by their beginning; the first that fits. */
const causes: readonly (readonly [string, StateCode])[] = [
  ["SQLITE_FULL", "state.full"],
  ["ENOSPC", "state.full"],
  ["EDQUOT", "state.full"],
  ["SQLITE_READONLY", "state.readonly"],
  ["SQLITE_CANTOPEN", "state.readonly"],
  ["SQLITE_PERM", "state.readonly"],
  ["EACCES", "state.readonly"],
  ["EPERM", "state.readonly"],
  ["EROFS", "state.readonly"],
  ["SQLITE_BUSY", "state.busy"],
  ["SQLITE_LOCKED", "state.busy"],
  ["SQLITE_NOTADB", "state.unreadable"],
  ["SQLITE_CORRUPT", "state.unreadable"],
  ["SQLITE_IOERR", "state.failed"],
  ["EISDIR", "state.unreadable"],
  ["ENOTDIR", "state.readonly"],
  ["EEXIST", "state.readonly"],
  ["EIO", "state.failed"],
];

/** The same where the state is only read: what cannot be opened cannot be read. */
export function readingFaultOf(thrown: unknown, path: string): unknown {
  const fault = faultOf(thrown, path);
  if (!(fault instanceof Fault) || fault === thrown || fault.code !== "state.readonly") return fault;
  const message = "The state cannot be read: this user may not open its file or folder";
  return stateFault("state.unreadable", path, {
    message,
    remedy: `make ${path} readable, or name another file with --state`,
    cause: thrown,
  });
}

export function stateFault(
  code: StateCode,
  path: string,
  more: Partial<Pick<FaultFacts, "message" | "remedy" | "cause">> = {},
): Fault {
  const { message, remedy } = facts[code];
  const retry = code === "state.busy" || code === "state.full" ? "later" : "never";
  return new Fault({
    code,
    message,
    spoils: "run",
    retry,
    about: path,
    remedy: remedy.replaceAll("PATH", path),
    ...more,
  });
}

/** What SQLite or the system threw, as a Fault; anything else is a bug and travels as it is. */
export function faultOf(thrown: unknown, path: string): unknown {
  const code =
    thrown instanceof Error && !(thrown instanceof Fault) ? (thrown as NodeJS.ErrnoException).code : undefined;
  const cause = causes.find(([beginning]) => code?.startsWith(beginning));
  return cause ? stateFault(cause[1], path, { cause: thrown }) : thrown;
}
