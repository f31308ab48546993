import type { CheckedMailbox, Fits } from "../contract/check.ts";
import type { UseOptions } from "../contract/endpoint.ts";
import { folderChooser, leftOut } from "../content/folders.ts";
import { createRules } from "../content/rules.ts";
import type { MailboxResource, MessageRules } from "../model/resource.ts";

/** A mailbox as its endpoint is asked about it: the rules choose at the source, and at the destination everything counts. */
export function questionOf(mailbox: MailboxResource, use: UseOptions["use"], fits: Fits | undefined): CheckedMailbox {
  const { address, folders, messages } = mailbox;
  const { user, credentials } = mailbox[use];
  const asked = { address, owner: { user, ...(credentials === undefined ? {} : { credentials }) } };
  if (use === "destination") return { ...asked, chosen: (places) => new Set(places.map(({ id }) => id)) };
  const takes = takerOf(messages);
  return {
    ...asked,
    chosen: (places) => {
      const out = leftOut(places, folders);
      const isTaken = folderChooser(folders);
      const chosen = places.filter(({ id, path, selectable }) => selectable && !out.has(id) && isTaken(path));
      return new Set(chosen.map(({ id }) => id));
    },
    ...(takes === undefined ? {} : { takes }),
    ...(fits === undefined ? {} : { fits }),
  };
}

/** What is skipped by its Message-ID is counted all the same: those are few, and their headers would have to be read. */
function takerOf(rules: MessageRules): CheckedMailbox["takes"] {
  const { since, before, maxSize, deleted } = rules;
  if (since === undefined && before === undefined && maxSize === undefined && deleted !== "leave") return undefined;
  const verdict = createRules(rules);
  return (message) => verdict(message, undefined, true).take;
}
