import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Observed } from "../../model/resource.ts";

/** What is to be done for a change: write it, nothing for it is done already, or nothing for things are not as it takes them to be. */
export type Verdict = "write" | "done" | { readonly conflict: string };

interface Directory {
  find(name: string): Observed | undefined;
  /** Whether these fields would change nothing. */
  holds(there: Observed, fields: Readonly<Record<string, unknown>>): boolean;
}

/** Judges a change by what is there now. */
export function judge(change: DirectoryChange, directory: Directory): Verdict {
  if (change.act === "create") return judgeCreate(change, directory);
  if (change.act === "delete") return judgeDelete(change, directory);
  return judgeUpdate(change, directory);
}

const conflict = (text: string): Verdict => ({ conflict: text });

type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;

function judgeCreate({ want, precondition }: Act<"create">, { find, holds }: Directory): Verdict {
  const there = find(want.name);
  if (there !== undefined)
    return holds(there, want.fields) ? "done" : conflict(`${want.name} is there by now, and differs`);
  return "revision" in precondition ? conflict(`${want.name} is no longer there`) : "write";
}

function judgeDelete({ was, precondition }: Act<"delete">, { find }: Directory): Verdict {
  const there = find(was.name);
  if (there === undefined) return "done";
  return meets(there, precondition) ? "write" : conflict(`${was.name} was changed since`);
}

/** A password cannot be read back, so an update that brings one is always written. */
function judgeUpdate(
  { want, was, fields, precondition, password }: Act<"update">,
  { find, holds }: Directory,
): Verdict {
  const to = Object.fromEntries(fields.map((change) => [change.field, change.to]));
  const there = find(was.name);
  const renames = want.name !== was.name;
  const target = renames ? find(want.name) : there;
  if (there === undefined)
    return renames && target !== undefined && holds(target, to) ? "done" : conflict(`${was.name} is no longer there`);
  if (renames && target !== undefined) return conflict(`${want.name} is there already`);
  if (!renames && password === undefined && holds(there, to)) return "done";
  return meets(there, precondition) ? "write" : conflict(`${was.name} was changed since`);
}

function meets(there: Observed, precondition: DirectoryChange["precondition"]): boolean {
  if ("absent" in precondition) return false;
  return !("revision" in precondition) || there.revision === precondition.revision;
}
