import type { Address } from "../model/address.ts";
import type { Declaration } from "./declaration.ts";
import { noteAt, problemAt } from "./place.ts";
import { escapeText } from "./quote.ts";
import type { Problem, Report } from "./problem.ts";

/** Drops and reports every resource that is written again, and reports every address that two kinds hold at once. */
export function onceEach(declarations: readonly Declaration[], report: Report): readonly Declaration[] {
  const byAddress = new Map<Address, Declaration>();
  const holders = new Map<string, Declaration>();
  for (const each of declarations) {
    const { address, name, kind, absent } = each.resource;
    const first = byAddress.get(address);
    if (first !== undefined) {
      report(
        problemAt(each.at, `${escapeText(address)} is written twice`, undefined, [
          noteAt(first.at, "the first is here"),
        ]),
      );
      continue;
    }
    byAddress.set(address, each);
    if (kind === "domain" || absent === true) continue;
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, each);
    else report(clash(each, holder));
  }
  return [...byAddress.values()];
}

function clash(later: Declaration, first: Declaration): Problem {
  const message = `${escapeText(later.resource.name)} is ${article[later.resource.kind]} here and ${article[first.resource.kind]} elsewhere: an address is one thing`;
  return problemAt(later.at, message, undefined, [noteAt(first.at, "the other is here")]);
}

const article = { domain: "a domain", account: "an account", list: "a list", alias: "an alias" } as const;
