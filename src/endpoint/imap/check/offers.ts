import type { CheckRequest } from "../../../contract/check.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Abilities } from "../abilities.ts";

type Told = Omit<Finding, "about">;

/** What the capabilities mean for this side: how messages are written, how changes are found, what can be edited. */
export function offerFindings(
  abilities: Abilities,
  capabilities: ReadonlySet<string>,
  use: CheckRequest["use"],
): readonly Told[] {
  const delta: Told = { code: "imap.delta", severity: "info", message: `Changes: ${deltaOf(abilities)}` };
  const others: Told = { code: "imap.offers", severity: "info", message: othersOf(abilities, capabilities) };
  return use === "source"
    ? [delta, others]
    : [writing(abilities), delta, ...editing(abilities), others, ...nul(abilities)];
}

const announcing = {
  plus: "sent without waiting (LITERAL+)",
  minus: "those above 4,096 octets wait for the server's leave (LITERAL-)",
  wait: "each waits for the server's leave, for it has no LITERAL+",
} as const;

function writing(abilities: Abilities): Told {
  const way = abilities.multiappend ? "several messages a command, all or none (MULTIAPPEND)" : "one message a command";
  const ids = abilities.uidplus
    ? "their ids are told (APPENDUID)"
    : "their ids are found by matching, for it has no UIDPLUS";
  return {
    code: "imap.append",
    severity: "info",
    message: `Writing: ${way}, ${announcing[abilities.announcing]}; ${ids}`,
  };
}

function deltaOf({ qresync, condstore }: Abilities): string {
  if (qresync) return "only what is new, changed or gone is asked for (QRESYNC)";
  if (condstore)
    return "what is new or changed is asked for (CONDSTORE); a folder is read whole where the counts say that something is gone";
  return "every pass reads the flags of every message, for the server has no CONDSTORE";
}

function editing({ uidplus, move }: Abilities): readonly Told[] {
  const missing = { code: "imap.edit", severity: "warning" } as const;
  if (uidplus) {
    const moves = move ? "moved (MOVE)" : "moved (COPY, then UID EXPUNGE)";
    return [
      {
        code: "imap.edit",
        severity: "info",
        message: `Editing: messages can be marked, ${moves} and removed (UIDPLUS)`,
      },
    ];
  }
  const moves = move ? "marked and moved (MOVE)" : "marked, but not moved";
  return [
    {
      ...missing,
      message: `Editing: messages can be ${moves}, and not removed: without UIDPLUS an EXPUNGE would take other messages along`,
      remedy: "mode: mirror removes nothing there; remove by hand what is to go",
    },
  ];
}

function othersOf(abilities: Abilities, capabilities: ReadonlySet<string>): string {
  const used = [
    abilities.listStatus && "LIST-STATUS (folders and their numbers in one answer)",
    abilities.objectId && "OBJECTID (ids that outlive a move)",
    abilities.binary && "BINARY (messages with NUL)",
    abilities.specialUse && "SPECIAL-USE",
    abilities.quota && "QUOTA",
  ].filter((each) => each !== false);
  const compress = capabilities.has("COMPRESS=DEFLATE") ? "; COMPRESS=DEFLATE is offered and not used" : "";
  return `${used.length === 0 ? "Nothing else of use is offered" : `Used besides: ${used.join(", ")}`}${compress}`;
}

function nul({ binary }: Abilities): readonly Told[] {
  if (binary) return [];
  return [
    {
      code: "imap.nul",
      severity: "info",
      message: "A message that holds NUL cannot be written there, for it has no BINARY",
    },
  ];
}
