import type { UseOptions } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import type { ItemStore } from "../../../contract/item-store.ts";
import { type Admin, seenInTime } from "../admin.ts";
import { standOf } from "./look.ts";
import { asMailFault, type Mailbox } from "./mailbox.ts";
import { createMailStore } from "./store.ts";

/**
 * Opens a mailbox, and sees that it is there: whoever plans takes one that does not open, and whose account is yet to be made, for an empty
 * one. That of an account that was just made is waited for.
 */
export async function openMailbox(
  mailbox: Mailbox,
  admin: Admin | undefined,
  { use, signal, admitted }: UseOptions,
): Promise<ItemStore> {
  const giveBack = await mailbox.budget.connection(signal);
  admitted?.();
  try {
    await probe(mailbox, admin, { signal });
  } catch (thrown) {
    giveBack();
    throw asMailFault(thrown, mailbox);
  }
  return createMailStore(mailbox, use, giveBack);
}

/** What Google says of a mailbox that is not there yet: the user has no token, or no mail. */
const early = new Set(["token.refused", "mail.disabled"]);

async function probe(mailbox: Mailbox, admin: Admin | undefined, options: Options): Promise<void> {
  if (admin?.newcomers.has(mailbox.user) !== true) {
    await standOf(mailbox, options);
    return;
  }
  let last: unknown;
  const seen = await seenInTime(
    admin,
    async () => {
      try {
        return await standOf(mailbox, options);
      } catch (thrown) {
        last = asMailFault(thrown, mailbox);
        if (!early.has((last as { readonly code: string }).code)) throw last;
        return undefined;
      }
    },
    options,
  );
  if (seen === undefined) throw last;
}
