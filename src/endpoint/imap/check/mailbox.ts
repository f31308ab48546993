import type { CheckRequest } from "../../../contract/check.ts";
import { showSize } from "../../../kind/normal.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Namespace } from "../introduce.ts";
import type { SeenMailbox } from "./observe.ts";

type Told = Omit<Finding, "about">;

/** What is mostly the same for all mailboxes of a server. */
export function commonFindings(seen: SeenMailbox, personal: Namespace, use: CheckRequest["use"]): readonly Told[] {
  return [namespaceOf(personal), ...specialOf(seen), ...(use === "source" ? [] : [...marksOf(seen), limitOf(seen)])];
}

function namespaceOf({ prefix, separator }: Namespace): Told {
  const levels = separator === "" ? "folders lie flat" : `levels are parted by "${separator}"`;
  const below = prefix === "" ? "no prefix" : `the prefix "${prefix}"`;
  return { code: "imap.namespace", severity: "info", message: `Folders: ${levels}, ${below}` };
}

function specialOf({ special }: SeenMailbox): readonly Told[] {
  const by = (said: boolean): string =>
    special
      .filter((each) => each.said === said)
      .map(({ role, folder }) => `${role} is ${JSON.stringify(folder)}`)
      .toSorted()
      .join(", ");
  const [told, guessed] = [by(true), by(false)];
  const parts = [told && `${told} (said by the server)`, guessed && `${guessed} (by name)`].filter(
    (each) => each !== "",
  );
  return parts.length === 0
    ? [{ code: "imap.special", severity: "info", message: "Special folders: none" }]
    : [{ code: "imap.special", severity: "info", message: `Special folders: ${parts.join("; ")}` }];
}

function expiriesOf({ expiries }: SeenMailbox, name: string): readonly Told[] {
  if (expiries.size === 0) return [];
  const folders = [...expiries].map(([folder, days]) => `${JSON.stringify(folder)} after ${days} days`).toSorted();
  return [
    {
      code: "imap.expiry",
      severity: "warning",
      message: `${name} removes mail by age: ${folders.join(", ")}`,
      remedy: "raise or end it until the move is over; what it removes is nobody's delete",
    },
  ];
}

function marksOf({ sight: { marks } }: SeenMailbox): readonly Told[] {
  if (marks === undefined) return [];
  const what =
    marks === "any" ? "every flag and keyword" : marks.length === 0 ? "no flag at all" : `only ${marks.join(" ")}`;
  return [{ code: "imap.marks", severity: "info", message: `Flags: it keeps ${what} (PERMANENTFLAGS)` }];
}

function limitOf({ sight: { largest } }: SeenMailbox): Told {
  if (largest === undefined)
    return {
      code: "imap.limit",
      severity: "info",
      message: "Size limit: none is told (APPENDLIMIT), and there may be one",
    };
  const size = showSize(largest.bytes);
  const how = largest.certain ? `(APPENDLIMIT)` : "as its profile says; the server does not tell";
  return { code: "imap.limit", severity: "info", message: `Size limit: ${size} a message ${how}` };
}

/** What each mailbox has for itself. */
export function ownFindings(seen: SeenMailbox, name: string, use: CheckRequest["use"]): readonly Told[] {
  return [...reach(seen, name, use), ...expiriesOf(seen, name), ...left(seen, name, use)];
}

/** Rights (RFC 4314) without which nothing can be done: see and read, and at a destination set flags and insert. */
const needed = { source: "lr", destination: "lrswi" } as const;

function reach({ closed, rights }: SeenMailbox, name: string, use: CheckRequest["use"]): readonly Told[] {
  const remedy =
    "give the login the owner's rights: acl_user=%u for master users of Dovecot, or an ACL for the administrator on every mailbox";
  const lacking = rights === undefined ? "" : [...needed[use]].filter((right) => !rights.includes(right)).join("");
  const found: Told[] = [];
  if (lacking !== "") {
    const message = `The login lacks rights on INBOX at ${name}: ${lacking} of ${needed[use]} (ACL)`;
    found.push({ code: "login.rights", severity: "error", message, remedy });
  }
  if (closed.length > 0) {
    const message = `Folders are shown at ${name} and cannot be opened: ${listed(closed)}`;
    found.push({ code: "folders.closed", severity: "error", message, remedy });
  }
  return found;
}

function left({ views, foreign }: SeenMailbox, name: string, use: CheckRequest["use"]): readonly Told[] {
  if (use === "destination") return [];
  const found: Told[] = [];
  if (views.length > 0) {
    const message = `Left out at ${name}, for they show what is filed elsewhere: ${listed(views)}`;
    found.push({ code: "folders.views", severity: "info", message, remedy: "folders.map takes one that it names" });
  }
  if (foreign.length > 0) {
    const message = `Left out at ${name}, for they are others' or shared: ${listed(foreign)}`;
    found.push({ code: "folders.foreign", severity: "info", message });
  }
  return found;
}

const most = 20;

const listed = (folders: readonly string[]): string => {
  const shown = folders.slice(0, most).map((each) => JSON.stringify(each));
  return folders.length > most ? `${shown.join(", ")} and ${folders.length - most} more` : shown.join(", ");
};
