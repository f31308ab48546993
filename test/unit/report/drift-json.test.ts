import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { addressOf } from "../../../src/model/address.ts";
import type { Drift, MailboxChange } from "../../../src/model/drift.ts";
import { driftJson } from "../../../src/report/drift.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../../schemas", `${name}.schema.json`), "utf8")) as object;
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(read("plan"));
const validate = ajv.compile(read("drift"));

const item = { place: "INBOX", id: "7", date: 1, size: 2, fingerprint: "0f" };
const changes: readonly MailboxChange[] = [
  ...(["deleted", "added", "restored", "gone"] as const).map((what) => ({ what, item })),
  { what: "moved", item: { place: "A", date: 0, size: 0 }, to: "B" },
  { what: "marked", item, add: ["\\Seen"], remove: [] },
  ...(["folderMade", "folderDeleted", "renumbered"] as const).map((what) => ({ what, place: "A" })),
  { what: "folderRenamed", place: "A", to: "B" },
];
const counts = Object.fromEntries(changes.map(({ what }) => [what, 1])) as Drift["mailboxes"][number]["counts"];
const finding = { code: "a.b", severity: "info", about: "x", message: "m", remedy: "r", detail: [1] } as const;
const ana = addressOf("account", "ana@x.example");
const mailbox = addressOf("mailbox", "ana@x.example");
const full: Drift = {
  migration: "move",
  destination: { directory: "new", mail: "mail" },
  resources: [
    {
      address: ana,
      what: "changed",
      fields: [{ field: "quota", from: 1, to: 2 }, { field: "class" }],
      edited: ["quota"],
    },
    { address: ana, what: "deleted", fields: [], edited: ["quota"] },
    { address: ana, what: "renamed", to: "anna@x.example", fields: [], edited: [] },
    { address: ana, what: "replaced", fields: [{ field: "displayName", to: "\u202eA" }], edited: [] },
  ],
  untold: [ana],
  unapplied: [ana],
  unmanaged: [ana],
  unread: [{ address: "account/*@x.example", code: "read.failed", message: "cut" }],
  mailboxes: [
    { address: mailbox, counts, changes, findings: [finding] },
    { address: mailbox, counts, findings: [] },
  ],
  findings: [finding],
};
/** The document with another value in one place; undefined takes it out. */
function spoilt(path: string, value?: unknown): object {
  const json = JSON.parse(driftJson(full)) as object;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = json as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return json;
}

describe("the JSON of drift", () => {
  it.each<[string, Drift]>([
    ["all that there may be", full],
    ["nothing", { ...full, destination: {}, resources: [], untold: [], mailboxes: [], unread: [], findings: [] }],
  ])("is as its schema says: %s", (_, drift) => {
    const json = JSON.parse(driftJson(drift)) as object;
    expect(validate(json) ? [] : validate.errors).toEqual([]);
    expect(json).toEqual({ format: 1, ...drift });
  });

  it("turns no line around in a terminal", () => {
    expect(driftJson(full)).not.toContain("\u202e");
  });

  it.each([
    ["another format", "format", 2],
    ["what nobody knows", "extra", 1],
    ["no counts", "mailboxes.0.counts", undefined],
    ["a count that is missing", "mailboxes.0.counts.moved", undefined],
    ["a rename to nowhere", "resources.2.to", undefined],
    ["another name of what was not renamed", "resources.0.to", "b"],
    ["a move to nowhere", "mailboxes.0.changes.4.to", undefined],
    ["a message without a folder", "mailboxes.0.changes.0.item.place", undefined],
    ["an address that is none", "untold.0", "ana"],
  ])("is told from %s", (_, path, value) => {
    expect(validate(spoilt(path, value))).toBe(false);
  });
});
