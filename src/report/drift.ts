import { showNumber } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, kindOf } from "../model/address.ts";
import type { Drift, MailboxChange, MailboxDrift, ResourceDrift } from "../model/drift.ts";
import { escapeJson, escapeLine } from "./escape.ts";
import { type ShownChange, showChange } from "./field.ts";
import { showCount } from "./number.ts";

/** True where something is no longer as the last apply left it, or nobody can tell. */
export function hasDrift({ resources, untold, mailboxes }: Drift): boolean {
  return resources.length + untold.length > 0 || mailboxes.some(isDrifted);
}

export const isDrifted = ({ counts }: MailboxDrift): boolean => Object.values(counts).some((count) => count > 0);

/** Version 1: read by machines, so what is there stays. */
export function driftJson(drift: Drift): string {
  return escapeJson(`${JSON.stringify({ format: 1, ...drift }, null, 2)}\n`);
}

/** One resource's drift in words, not escaped; its fields stand below it. */
export function sayDrift({ what, to }: Pick<ResourceDrift, "what" | "to">): string {
  const words: Readonly<Record<ResourceDrift["what"], string>> = {
    changed: "",
    deleted: "deleted there",
    renamed: `called ${to} there`,
    replaced: "deleted there and made anew",
  };
  return words[what];
}

export const driftMarks: Readonly<Record<ResourceDrift["what"], string>> = {
  changed: "~",
  deleted: "-",
  renamed: "~",
  replaced: "~",
};

/** Its fields, from what the last apply left to what is there; those that the manifests changed too say so. Escaped. */
export function driftFields({ address, fields, edited }: ResourceDrift): readonly ShownChange[] {
  return fields.map((change) => {
    const shown = showChange(kindOf(address), change);
    const [first = "", ...more] = shown.lines;
    const both = edited.includes(change.field) ? `${first}  (changed in the manifests too)` : first;
    return { field: shown.field, lines: [both, ...more] };
  });
}

const names: Readonly<Record<MailboxChange["what"], string>> = {
  deleted: "deleted",
  moved: "moved",
  marked: "flags changed",
  restored: "put back",
  added: "new",
  gone: "of its own gone",
  folderMade: "folders made",
  folderRenamed: "folders renamed",
  folderDeleted: "folders deleted",
  renumbered: "folders renumbered",
};

/** `deleted 3 · moved 1 · new 12`: what did not happen is left out. */
export function mailboxCounts({ counts }: MailboxDrift): string {
  const told = Object.entries(names).flatMap(([what, name]) => {
    const count = counts[what as MailboxChange["what"]];
    return count === 0 ? [] : [`${name} ${showNumber(count)}`];
  });
  return told.join(" · ");
}

/** One change of a mailbox on a line: where, when and how large, never whose words. Escaped. */
export function changeLine(change: MailboxChange): string {
  const title = names[change.what];
  if (!("item" in change)) return escapeLine(`${title}: ${change.place}${"to" in change ? ` → ${change.to}` : ""}`);
  const { place, id = "", date, size, fingerprint = "" } = change.item;
  const seen = [`${place} ${id}`.trim(), new Date(date).toISOString(), `${size} B`, fingerprint.slice(0, 12)];
  const facts = seen.filter((part) => part !== "").join(" · ");
  return escapeLine(`${title}: ${facts}${tailOf(change)}`);
}

function tailOf(change: Extract<MailboxChange, { item: unknown }>): string {
  if (change.what === "moved") return ` → ${change.to}`;
  if (change.what !== "marked") return "";
  return ` ${[...change.add.map((mark) => `+${mark}`), ...change.remove.map((mark) => `-${mark}`)].join(" ")}`;
}

/** `3 accounts, 1 list`. */
export function countKinds(addresses: readonly Address[]): string {
  return [...Map.groupBy(addresses, kindOf)]
    .map(([kind, { length }]) => showCount(length, kindTable[kind].one, kindTable[kind].many))
    .join(", ");
}

/** The last line: `Drift: 2 resources, 1 mailbox.` */
export function driftSummary(drift: Drift): string {
  const { resources, untold, mailboxes, unread } = drift;
  const drifted = mailboxes.filter(isDrifted).length;
  const told = [
    ...(resources.length === 0 ? [] : [showCount(resources.length, "resource")]),
    ...(untold.length === 0 ? [] : [`${showCount(untold.length, "resource")} of which nobody can tell`]),
    ...(drifted === 0 ? [] : [showCount(drifted, "mailbox", "mailboxes")]),
  ];
  const partly = unread.length === 0 ? "" : ` ${showNumber(unread.length)} could not be read.`;
  return `${told.length === 0 ? "No drift" : `Drift: ${told.join(", ")}`}.${partly}`;
}
