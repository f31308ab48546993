import { kindOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Draft } from "./draft.ts";
import type { DirectoryInput } from "./input.ts";

/**
 * Aliases that would lead to what is neither there nor declared, at an endpoint that keeps an alias with the account or list that it
 * leads to: it could only be refused when it is written.
 */
export function homelessAliases(drafts: readonly Draft[], input: DirectoryInput): readonly Finding[] {
  const { views, wants, endpoint } = input;
  const view = views.get("alias");
  if (view === undefined || !("handler" in view) || view.handler.atTarget !== true) return [];
  const declared = new Set(
    wants.flatMap(({ kind, name, absent }) => (isHolder(kind) && absent !== true ? [name] : [])),
  );
  const goes = new Set(drafts.flatMap(({ change }) => (change.act === "delete" ? [change.was.name] : [])));
  const isHome = (name: string): boolean => declared.has(name) || (isThere(name, input) && !goes.has(name));
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

const isHolder = (kind: string): boolean => kind === "account" || kind === "list";

const isThere = (name: string, { views }: DirectoryInput): boolean =>
  (["account", "list"] as const).some((kind) => {
    const view = views.get(kind);
    // What could not be read may be there.
    return view !== undefined && ("fault" in view || ("seen" in view && view.seen.has(name)));
  });
