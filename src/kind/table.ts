import type { Kind } from "../model/address.ts";
import { account } from "./account.ts";
import { alias } from "./alias.ts";
import { domain } from "./domain.ts";
import type { KindForm } from "./kind.ts";
import { list } from "./list.ts";
import { mailbox } from "./mailbox.ts";

/** Every kind there is. */
export const kindTable: { readonly [K in Kind]: KindForm } = { domain, account, list, alias, mailbox };
