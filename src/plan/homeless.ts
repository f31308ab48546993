import { kindOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Forwarding } from "../model/resource.ts";
import type { Draft } from "./draft.ts";
import type { DirectoryInput } from "./input.ts";

/**
 * Aliases that would lead to what is neither there nor declared, at an endpoint that keeps an alias with the account or list that it
 * leads to: it could only be refused when it is written.
 */
export function homelessAliases(drafts: readonly Draft[], input: DirectoryInput): readonly Finding[] {
  const { views, endpoint } = input;
  const view = views.get("alias");
  if (view === undefined || !("handler" in view) || view.handler.atTarget !== true) return [];
  const isHome = homeIn(drafts, input);
  return drafts.flatMap(({ address, change }): readonly Finding[] => {
    if (kindOf(address) !== "alias" || (change.act !== "create" && change.act !== "update")) return [];
    const { target } = change.want.fields as { readonly target?: string };
    if (target === undefined || isHome(target)) return [];
    return [
      {
        code: "alias.homeless",
        severity: "error",
        about: address,
        message: `${endpoint} keeps an alias with the account or list that it leads to, and ${target} is neither there`,
        remedy: `make it a list with ${target} as its member, or let it lead to an account that forwards there`,
      },
    ];
  });
}

/** Copies that are to stay of mail that goes outside, at an endpoint that keeps none of these. Somebody there may have a contact, which no plan sees. */
export function copiesOutside(drafts: readonly Draft[], input: DirectoryInput): readonly Finding[] {
  const { views, endpoint } = input;
  const view = views.get("account");
  if (view === undefined || !("handler" in view) || view.handler.copiesFor !== "entries") return [];
  const isHome = homeIn(drafts, input);
  return drafts.flatMap(({ address, change }): readonly Finding[] => {
    if (kindOf(address) !== "account" || (change.act !== "create" && change.act !== "update")) return [];
    const { to = [], keepCopy = true } = (writtenForwarding(change) ?? {}) as Partial<Forwarding>;
    const [target, ...more] = to;
    if (target === undefined || more.length > 0 || !keepCopy || isHome(target)) return [];
    return [
      {
        code: "forwarding.outside",
        severity: "warning",
        about: address,
        message: `${endpoint} keeps a copy of mail that is sent on to who has an entry there, and ${target} is no account or list; unless it is a contact, this is refused when it is written`,
        remedy: `write keepCopy: false, or make a list with ${target} as its member and forward to that`,
      },
    ];
  });
}

/** The forwarding that a change would write. */
const writtenForwarding = (change: Extract<Draft["change"], { act: "create" | "update" }>): unknown =>
  change.act === "create"
    ? (change.want.fields as { readonly forwarding?: unknown }).forwarding
    : change.fields.find(({ field }) => field === "forwarding")?.to;

/** Who is an account or a list there after the plan. */
function homeIn(drafts: readonly Draft[], input: DirectoryInput): (name: string) => boolean {
  const declared = new Set(
    input.wants.flatMap(({ kind, name, absent }) => (isHolder(kind) && absent !== true ? [name] : [])),
  );
  const goes = new Set(drafts.flatMap(({ change }) => (change.act === "delete" ? [change.was.name] : [])));
  return (name) => declared.has(name) || (isThere(name, input) && !goes.has(name));
}

const isHolder = (kind: string): boolean => kind === "account" || kind === "list";

const isThere = (name: string, { views }: DirectoryInput): boolean =>
  (["account", "list"] as const).some((kind) => {
    const view = views.get(kind);
    // What could not be read may be there.
    return view !== undefined && ("fault" in view || ("seen" in view && view.seen.has(name)));
  });
