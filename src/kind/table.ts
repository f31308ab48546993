import type { Kind } from "../model/address.ts";
import { account } from "./account.ts";
import { alias } from "./alias.ts";
import { domain } from "./domain.ts";
import type { KindForm } from "./kind.ts";
import { list } from "./list.ts";
import { mailbox } from "./mailbox.ts";

/** Every kind there is. */
export const kindTable: { readonly [K in Kind]: KindForm } = { domain, account, list, alias, mailbox };

/** Fields that are sets of addresses. */
export const addressSets: ReadonlySet<string> = new Set(
  Object.values(kindTable).flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([field, { reads }]) => (reads === "set" ? [field] : [])),
  ),
);
