import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sayAlias, sayEntry } from "../../../src/import/say.ts";
import type { Entry } from "../../../src/import/holding.ts";
import { domainText } from "../../../src/import/write.ts";
import { loadFound } from "../../../src/manifest/load.ts";
import { sourceOf } from "../../../src/manifest/source.ts";
import type { Observed } from "../../../src/model/resource.ts";

const hostile = [
  "no",
  "null",
  "~",
  "0x1",
  "- a",
  ": ",
  "a: b",
  "#",
  "a #b",
  "yes",
  "on",
  "true",
  "1e3",
  "007",
  "12:30",
  "2024-01-31",
  ".inf",
  "",
  " ",
  " a",
  "a ",
  "a  b",
  "'",
  '"',
  "'a'",
  '"a"',
  "\\",
  "a\\n",
  "{a: b}",
  "[a]",
  "a, b",
  "&a",
  "*a",
  "!a",
  "%a",
  "@a",
  "`a",
  "|",
  ">",
  "? a",
  "-",
  "--- a",
  "...",
  "<<",
  "=",
  "😀",
  "👩‍👩‍👧",
  "日本語",
  "שלום",
  "\u202eabc",
  "\ufeffa",
  "a\u00a0b",
  "a\u200bb",
  "e\u0301",
  "a:",
  ":a",
  "a\tb",
  "line\nbreak",
  "\u0000",
  "\u0085",
  "\u2028",
  "\ud800",
  "x".repeat(1024),
  "x".repeat(1025),
  "Ö".repeat(500),
];

const text = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ maxLength: 30 }),
);
const local = fc.oneof(
  fc.constantFrom(
    "no",
    "null",
    "~",
    "0x1",
    "-",
    "- a".replace(" ", ""),
    "#",
    "007",
    "true",
    "1e3",
    "*",
    "&a",
    "!",
    "{a}",
    "'",
    "`",
    "|",
    "日本",
    "ñ",
    "__proto__",
    "constructor",
  ),
  fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}$/),
);
const domain = "example.com";
const address = local.map((part) => `${part}@${domain}`);
const anybody = fc.oneof(address, fc.constant("partner@elsewhere.example"));
const option = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const present = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
const sorted = (names: fc.Arbitrary<string>) => fc.uniqueArray(names, { maxLength: 6 }).map((all) => all.toSorted());

const accountFields = fc
  .record({
    displayName: option(text),
    givenName: option(text),
    familyName: option(text),
    enabled: option(fc.boolean()),
    quota: option(fc.oneof(fc.constantFrom(0, 1, 1024, 53_687_091_200, 1024 ** 4), fc.maxSafeNat())),
    class: option(text),
    forwarding: option(fc.record({ to: sorted(anybody), keepCopy: fc.boolean() })),
    recovery: option(fc.constantFrom({}, { email: "a@home.example" }, { mobile: "+49 170 1234" })),
  })
  .map(present);
const listFields = fc
  .record({
    displayName: option(text),
    members: sorted(anybody),
    owners: option(sorted(anybody)),
    senders: option(sorted(anybody)),
    hidden: option(fc.boolean()),
  })
  .map(present);

const directory = fc
  .uniqueArray(
    fc.oneof(
      fc.record({ kind: fc.constant("account" as const), name: address, fields: accountFields }),
      fc.record({ kind: fc.constant("list" as const), name: address, fields: listFields }),
      fc.record({
        kind: fc.constant("alias" as const),
        name: address,
        fields: fc.constant({ target: "hub@hub.example" }),
      }),
    ),
    { selector: ({ name }) => name, maxLength: 12 },
  )
  .map((all) => {
    const person = all.find(({ kind }) => kind === "account")?.name;
    return all.map((each, at) =>
      each.kind === "alias" && person !== undefined && at % 2 === 0 ? { ...each, fields: { target: person } } : each,
    ) as Observed[];
  });

const entryOf = (observed: Observed): Entry => {
  const entry =
    observed.kind === "alias"
      ? sayAlias(observed)
      : observed.kind === "domain"
        ? undefined
        : sayEntry(observed.kind, observed);
  if (entry === undefined) throw new Error(`no entry of ${observed.name}`);
  return entry;
};

function written(observed: readonly Observed[], listed = true) {
  const entries = observed.map(entryOf);
  const declared = new Set(observed.map(({ name }) => name));
  return { entries, text: domainText({ domain, endpoint: "old", listed, entries, declared, notes: [] }) };
}

const read = async (yaml: string) =>
  (await loadFound({ sources: [sourceOf("people.yaml", "/", yaml)], problems: [] })).manifest.resources;

/** What the manifest language says of a value, told apart from the writer: a default and what is not written are one. */
function meaning(fields: object): object {
  const defaults: Readonly<Record<string, string>> = {
    enabled: "true",
    hidden: "false",
    displayName: '""',
    givenName: '""',
    familyName: '""',
    class: '""',
    owners: "[]",
    senders: "[]",
    recovery: "{}",
    forwarding: '{"to":[],"keepCopy":true}',
  };
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => defaults[key] !== JSON.stringify(value)));
}

const row = (local: string, source: Observed["source"]) =>
  ({ kind: "account", name: `${local}@example.com`, fields: { displayName: "P" }, source }) as Observed;

describe("what an import writes", () => {
  it.each([true, false])(
    "reads back as what was there, whatever things are called (domain listed: %s)",
    async (listed) => {
      await fc.assert(
        fc.asyncProperty(directory, async (observed) => {
          const { entries, text: yaml } = written(observed, listed);
          const found = new Map((await read(yaml)).map((each) => [each.address as string, each]));
          if (listed) found.delete(`domain/${domain}`);
          expect([...found.keys()].toSorted()).toEqual(entries.map((each) => each.address).toSorted());
          for (const [at, each] of observed.entries()) {
            const { unsaid = [], address: name = "" } = entries[at] ?? {};
            const there = Object.fromEntries(
              Object.entries(meaning(each.fields)).filter(([key]) => !unsaid.includes(key)),
            );
            expect((found.get(name) as { fields?: object } | undefined)?.fields).toEqual(there);
          }
        }),
        { numRuns: 400 },
      );
    },
  );

  it("leaves out no text but those that the language cannot hold", () => {
    fc.assert(
      fc.property(text, (displayName) => {
        /* oxlint-disable no-control-regex -- what the schema's Text forbids */
        const holdable =
          displayName.isWellFormed() &&
          [...displayName].length <= 1024 &&
          !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u.test(displayName);
        /* oxlint-enable no-control-regex */
        const { unsaid } = entryOf({ kind: "account", name: "ana@example.com", fields: { displayName } });
        expect(unsaid).toEqual(holdable ? [] : ["displayName"]);
      }),
    );
  });

  it("is a line a person, fields in the documentation's order, people by name", () => {
    const { text: yaml } = written([
      { kind: "account", name: "bo@example.com", fields: { displayName: "Bo Ek", enabled: false } },
      { kind: "alias", name: "a.ruiz@example.com", fields: { target: "ana@example.com" } },
      {
        kind: "account",
        name: "ana@example.com",
        fields: { quota: 53_687_091_200, enabled: true, familyName: "Ruiz", displayName: "Ana Ruiz" },
      },
      {
        kind: "list",
        name: "sales@example.com",
        fields: { members: ["ana@example.com", "x@partner.example"], hidden: true, displayName: "Sales" },
      },
      { kind: "alias", name: "info@example.com", fields: { target: "x@partner.example" } },
    ]);
    expect(yaml).toBe(`# example.com, as it is at old. What is not written is not managed.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana Ruiz, familyName: Ruiz, quota: 50GB, aliases: [a.ruiz]}
    bo: {displayName: Bo Ek, enabled: false}
  lists:
    sales: {displayName: Sales, members: [ana, x@partner.example], hidden: true}
  aliases:
    info: x@partner.example
`);
  });

  it("says who somebody is at the source of the mail, where that is another name or nobody", () => {
    const { entries, text: yaml } = written([
      row("ana", { user: "ana@old.example" }),
      row("bo", false),
      row("cy", { user: "cy@example.com" }),
      row("dee", undefined),
      row("eve", { user: "eve\u0007" }),
    ]);
    expect(yaml.match(/^ {4}\S.*$/gmu)).toEqual([
      "    ana: {displayName: P, source: {user: ana@old.example}}",
      "    bo: {displayName: P, source: false}",
      "    cy: {displayName: P}",
      "    dee: {displayName: P}",
      "    # source: not written, for no manifest can say what is there",
      "    eve: {displayName: P}",
    ]);
    expect(entries.map(({ unsaid }) => unsaid)).toEqual([[], [], [], [], ["source"]]);
  });

  it("gives each member of a long list a line of its own", () => {
    const members = Array.from({ length: 30 }, (_, at) => `person${at}@partner.example`).toSorted();
    const { text: yaml } = written([{ kind: "list", name: "all@example.com", fields: { members } }]);
    expect(yaml).toContain(`    all:\n      members:\n        - ${members.join("\n        - ")}\n`);
  });
});
