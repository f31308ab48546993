import { describe, expect, test } from "vitest";
import { complaint, document, endpoint, type Files } from "./folder.ts";

/** A name, what is written, and every word of the answer. */
type Row = readonly [name: string, written: string | Files, told: string];

const account = (spec: string): string =>
  `apiVersion: reconcile/v1\nkind: Account\nmetadata: {name: ana@example.com}\nspec: ${spec}\n`;
const domain = (spec: string): string =>
  `apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com}\nspec:\n${spec}\n`;
const one = (text: string): string => `1 error in the manifests\n\n${text}`;
const two = (text: string): string => `2 errors in the manifests\n\n${text}`;

const shape: readonly Row[] = [
  [
    "a key that is misspelt",
    account("{displayNme: Ana}"),
    one(`m.yaml:4:8: unknown key "displayNme"
    4 | spec: {displayNme: Ana}
      |        ^^^^^^^^^^
  → did you mean "displayName"?`),
  ],
  [
    "a key that is like none",
    document("Alias", "a@example.com", "{target: b@example.com, colour: red}"),
    one(`m.yaml:4:31: unknown key "colour"
    4 | spec: {target: b@example.com, colour: red}
      |                               ^^^^^^
  → known here: target, protect, absent`),
  ],
  [
    "a kind that is misspelt",
    "apiVersion: reconcile/v1\nkind: Acount\nmetadata: {name: a@b.c}\nspec: {}\n",
    one(`m.yaml:2:7: expected Endpoint, Migration, Domain, Account, DistributionList, Alias or Mailbox, found "Acount"
    2 | kind: Acount
      |       ^^^^^^
  → did you mean "Account"?`),
  ],
  [
    "no kind",
    "apiVersion: reconcile/v1\nmetadata: {name: a@b.c}\n",
    one(`m.yaml:1:1: the key "kind" is missing: Endpoint, Migration, Domain, Account, DistributionList, Alias or Mailbox
    1 | apiVersion: reconcile/v1
      | ^`),
  ],
  [
    "another version of the language",
    "apiVersion: reconcile/v2\nkind: Alias\nmetadata: {name: a@b.c}\nspec: {target: d@b.c}\n",
    one(`m.yaml:1:13: expected reconcile/v1, found "reconcile/v2"
    1 | apiVersion: reconcile/v2
      |             ^^^^^^^^^^^^`),
  ],
  [
    "a document that is a list",
    "- a\n",
    one(`m.yaml:1:1: expected a manifest (a map with apiVersion, kind, metadata and spec), found a list
    1 | - a
      | ^`),
  ],
  [
    "a number where text is wanted",
    account("{displayName: 007}"),
    one(`m.yaml:4:21: expected text on one line, found 7
    4 | spec: {displayName: 007}
      |                     ^^^
  → put it in quotes to make it text`),
  ],
  [
    "yes where true is wanted",
    account("{enabled: yes}"),
    one(`m.yaml:4:17: expected true or false, found "yes"
    4 | spec: {enabled: yes}
      |                 ^^^
  → write true or false, without quotes`),
  ],
  [
    "a text where a list is wanted",
    account("{aliases: a}"),
    one(`m.yaml:4:17: expected a list, found "a"
    4 | spec: {aliases: a}
      |                 ^
  → put it in [ ] to make it a list`),
  ],
  [
    "nothing where a map is wanted",
    domain("  accounts:\n    ana:"),
    one(`m.yaml:6:5: expected a map, found nothing
    6 |     ana:
      |     ^^^
  → write {} where there is nothing to say`),
  ],
  [
    "a word that is not one of several",
    document("Endpoint", "old", "{type: archive, path: mail, format: maildr}"),
    one(`m.yaml:4:43: expected maildir, mbox or eml, found "maildr"
    4 | spec: {type: archive, path: mail, format: maildr}
      |                                           ^^^^^^
  → did you mean "maildir"?`),
  ],
  [
    "a type of endpoint that there is none of",
    document("Endpoint", "old", "{type: memroy}"),
    one(`m.yaml:4:14: expected memory, csv, archive, imap, ldap, microsoft365 or google, found "memroy"
    4 | spec: {type: memroy}
      |              ^^^^^^
  → did you mean "memory"?`),
  ],
  [
    "a dialect where there is no mbox",
    document("Endpoint", "old", "{type: archive, path: p, format: eml, dialect: mboxo}"),
    one(`m.yaml:4:45: "dialect" is for format: mbox
    4 | spec: {type: archive, path: p, format: eml, dialect: mboxo}
      |                                             ^^^^^^^`),
  ],
  [
    "a key that must be there",
    document("Endpoint", "old", "{type: csv}"),
    one(`m.yaml:4:1: the key "path" is missing
    4 | spec: {type: csv}
      | ^^^^`),
  ],
  [
    "a size that is none",
    account("{quota: 50 gigs}"),
    one(`m.yaml:4:15: expected a size, such as 50GB, found "50 gigs"
    4 | spec: {quota: 50 gigs}
      |               ^^^^^^^`),
  ],
  [
    "a day that is none",
    document("Mailbox", "a@b.c", "{messages: {since: 2024-02-30}}"),
    one(`m.yaml:4:26: expected a day as YYYY-MM-DD, such as 2024-01-01, found "2024-02-30"
    4 | spec: {messages: {since: 2024-02-30}}
      |                          ^^^^^^^^^^`),
  ],
  [
    "a name that is no address",
    document("Account", "ana", "{}"),
    one(`m.yaml:3:18: expected a mail address, such as ana@example.com, found "ana"
    3 | metadata: {name: ana}
      |                  ^^^`),
  ],
  [
    "an address where a Domain's map wants a short name",
    domain("  accounts: {ana@example.com: {}}"),
    one(`m.yaml:5:14: expected the part of an address before the @, found "ana@example.com"
    5 |   accounts: {ana@example.com: {}}
      |              ^^^^^^^^^^^^^^^`),
  ],
  [
    "a number out of bounds",
    document("Migration", "m", "{destination: {}, safety: {maxDeletes: {percent: 101, count: -1}}}"),
    `3 errors in the manifests

m.yaml:4:21: expected one of the keys directory, mail
    4 | spec: {destination: {}, safety: {maxDeletes: {percent: 101, count: -1}}}
      |                     ^^

m.yaml:4:56: expected at most 100
    4 | spec: {destination: {}, safety: {maxDeletes: {percent: 101, count: -1}}}
      |                                                        ^^^

m.yaml:4:68: expected at least 0
    4 | …destination: {}, safety: {maxDeletes: {percent: 101, count: -1}}}
      |                                                              ^^`,
  ],
  [
    "neither a map nor false",
    account("{source: true}"),
    one(`m.yaml:4:16: expected false or a map, found true
    4 | spec: {source: true}
      |                ^^^^`),
  ],
  [
    "two ways to have a password",
    account("{password: {external: true, generate: true}}"),
    one(`m.yaml:4:18: expected exactly one of external, secret, hash, generate
    4 | spec: {password: {external: true, generate: true}}
      |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`),
  ],
  [
    "an alias without a target",
    document("Alias", "a@example.com", "{protect: true}"),
    one(`m.yaml:4:7: the key "target" is missing
    4 | spec: {protect: true}
      |       ^^^^^^^^^^^^^^^
  → write where its mail goes, or absent: true`),
  ],
  [
    "what ends before it begins",
    document(
      "Migration",
      "m",
      "{destination: {mail: a}, mailboxes: {messages: {since: 2025-01-01, before: 2024-01-01}}}",
    ) + endpoint("a"),
    one(`m.yaml:4:82: before is not after since: no message would be taken
    4 | …mail: a}, mailboxes: {messages: {since: 2025-01-01, before: 2024-01-01}}}
      |                                                              ^^^^^^^^^^`),
  ],
];

const secrets: readonly Row[] = [
  [
    "a literal",
    account("{password: {secret: hunter2}}"),
    one(`m.yaml:4:27: expected a secret reference: {env: NAME}, {file: path} or {command: [program, argument]}; found a literal, not shown here
    4 | spec: {password: {secret: ***
      |                           ^
  → a secret is never written in a manifest: refer to it, and change this one`),
  ],
  [
    "a literal in the place of the whole",
    account("\n  password: hunter2 # hunter3"),
    one(`m.yaml:5:13: expected a password: {secret: {env: NAME}}, {hash: source}, {generate: true} or {external: true}, found a literal, not shown here
    5 |   password: ***
      |             ^
  → a secret is never written in a manifest: refer to it, and change this one`),
  ],
  [
    "a number",
    account("{password: {secret: 12345}}"),
    one(`m.yaml:4:27: expected a secret reference: {env: NAME}, {file: path} or {command: [program, argument]}; found a literal, not shown here
    4 | spec: {password: {secret: ***
      |                           ^
  → a secret is never written in a manifest: refer to it, and change this one`),
  ],
  [
    "a reference whose key is misspelt",
    account("{password: {secret: {evn: hunter2}}}"),
    one(`m.yaml:4:27: expected a secret reference: {env: NAME}, {file: path} or {command: [program, argument]}
    4 | spec: {password: {secret: {evn: ***
      |                           ^^^^^^
  → did you mean "env"?`),
  ],
  [
    "a variable's name that is none",
    account("{password: {secret: {env: hunter-2}}}"),
    one(`m.yaml:4:27: expected a secret reference: {env: NAME}, {file: path} or {command: [program, argument]}; env takes the name of an environment variable, such as OLD_ADMIN_PASSWORD
    4 | spec: {password: {secret: {env: ***
      |                           ^^^^^^`),
  ],
  [
    "another error on the line of a literal",
    account("{displayNme: x, password: {secret: 'hunter2'}, enabled: hunter2}"),
    `3 errors in the manifests

m.yaml:4:8: unknown key "displayNme"
    4 | spec: {displayNme: x, password: {secret: ***
      |        ^^^^^^^^^^
  → did you mean "displayName"?

m.yaml:4:42: expected a secret reference: {env: NAME}, {file: path} or {command: [program, argument]}; found a literal, not shown here
    4 | spec: {displayNme: x, password: {secret: ***
      |                                          ^
  → a secret is never written in a manifest: refer to it, and change this one

m.yaml:4:63: expected true or false, found a literal, not shown here
    4 | spec: {displayNme: x, password: {secret: ***
      |                                          ^
  → write true or false, without quotes`,
  ],
  [
    "a literal under a misspelt key",
    account("{pasword: hunter2}"),
    one(`m.yaml:4:8: unknown key "pasword"
    4 | spec: {pasword: ***
      |        ^^^^^^^
  → did you mean "password"?`),
  ],
  [
    "a literal in a document that is no YAML",
    "password: hunter2: hunter2\n",
    one(`m.yaml:1:11: a map inside a line
    1 | password:***
      |          ^
  → put a text with a colon in quotes, or the map on lines of its own`),
  ],
  [
    "a literal that is read as an alias",
    account("{password: *hunter2}"),
    one(`m.yaml:4:18: no anchor of this name stands before it in this document
    4 | spec: {password: ***
      |                  ^`),
  ],
  [
    "a literal that is read as a tag",
    account("{password: !hunter2 x}"),
    one(`m.yaml:4:18: a tag
    4 | spec: {password:***
      |                 ^
  → leave it out: there are no tags in manifests; put a text that begins with ! in quotes`),
  ],
  [
    "a literal that is read as a comment",
    account("\n  password: #hunter2"),
    one(`m.yaml:5:3: expected a password: {secret: {env: NAME}}, {hash: source}, {generate: true} or {external: true}, found nothing
    5 |   password: ***
      |   ^^^^^^^^`),
  ],
];

const several: readonly Row[] = [
  [
    "all errors at once, by place",
    { "b.yaml": account("{enabled: 1}"), "a.yaml": `${account("{enabled: 2}")}---\n${account("{quota: x}")}` },
    `3 errors in the manifests

a.yaml:4:17: expected true or false, found 2
    4 | spec: {enabled: 2}
      |                 ^

a.yaml:9:15: expected a size, such as 50GB, found "x"
    9 | spec: {quota: x}
      |               ^

b.yaml:4:17: expected true or false, found 1
    4 | spec: {enabled: 1}
      |                 ^`,
  ],
  [
    "a document with errors does not make others seem wrong",
    {
      "a.yaml": account("{enabled: 2}"),
      "b.yaml": document("DistributionList", "all@example.com", "{members: [ana]}"),
    },
    one(`a.yaml:4:17: expected true or false, found 2
    4 | spec: {enabled: 2}
      |                 ^`),
  ],
  [
    "text from outside is escaped",
    account('{"\\e[31mred\\u202e": 1}'),
    one(String.raw`m.yaml:4:8: unknown key "\u{1b}[31mred\u{202e}"
    4 | spec: {"\e[31mred\u202e": 1}
      |        ^^^^^^^^^^^^^^^^^
  → known here: displayName, givenName, familyName, enabled, quota, class, aliases, forwarding, mailbox, fullAccess, sendAs, sendOnBehalf, recovery, password, source, destination, wave, priority, formerly, protect, absent`),
  ],
  [
    "control characters in a quoted line are escaped, wide ones counted",
    account("{displayName: 漢字\u009b, enabled: 3}"),
    two(String.raw`m.yaml:4:21: expected text on one line, found "漢字\u{9b}"
    4 | spec: {displayName: 漢字\u{9b}, enabled: 3}
      |                     ^^^^^^^^^^

m.yaml:4:35: expected true or false, found 3
    4 | spec: {displayName: 漢字\u{9b}, enabled: 3}
      |                                          ^`),
  ],
  [
    "a long line is cut around the place",
    account(`{displayName: ${"a".repeat(100)}, enabled: 3, familyName: ${"b".repeat(200)}}`),
    one(`m.yaml:4:132: expected true or false, found 3
    4 | …${"a".repeat(49)}, enabled: 3, familyName: ${"b".repeat(45)}…
      |                                                              ^`),
  ],
  [
    "lines end with CRLF",
    "apiVersion: reconcile/v1\r\nkind: Account\r\nmetadata: {name: ana@example.com}\r\nspec: {enabled: 3}\r\n",
    one(`m.yaml:4:17: expected true or false, found 3
    4 | spec: {enabled: 3}
      |                 ^`),
  ],
];

describe("what does not fit its schema", () => {
  test.each(shape)("%s", async (_, written, told) => expect(await complaint(written)).toBe(told));
});

describe("secrets are told of, not shown", () => {
  test.each(secrets)("%s", async (_, written, told) => {
    const text = await complaint(written);
    expect(text).toBe(told);
    expect(text).not.toMatch(/hunter|12345/u);
  });
});

describe("every error, at its place", () => {
  test.each(several)("%s", async (_, written, told) => expect(await complaint(written)).toBe(told));
});
