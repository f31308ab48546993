import { describe, expect, test } from "vitest";
import { complaint, document, endpoint, type Files, load, migration } from "./folder.ts";

const domain = (spec: string): string =>
  `apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com}\nspec:\n${spec}\n`;

type Row = readonly [name: string, written: string | Files, told: string];

const rows: readonly Row[] = [
  [
    "an account written twice, compact and alone",
    { "a.yaml": domain("  accounts: {ana: {}}"), "b.yaml": document("Account", "Ana@EXAMPLE.com", "{}") },
    `1 error in the manifests

b.yaml:3:18: account/ana@example.com is written twice
    3 | metadata: {name: Ana@EXAMPLE.com}
      |                  ^^^^^^^^^^^^^^^
  a.yaml:5:14: the first is here
      5 |   accounts: {ana: {}}
        |              ^^^`,
  ],
  [
    "a domain written twice, in its own script and in punycode",
    document("Domain", "bücher.example", "{}") + document("Domain", "xn--bcher-kva.example", "{}"),
    `1 error in the manifests

m.yaml:8:18: domain/xn--bcher-kva.example is written twice
    8 | metadata: {name: xn--bcher-kva.example}
      |                  ^^^^^^^^^^^^^^^^^^^^^
  m.yaml:3:18: the first is here
      3 | metadata: {name: bücher.example}
        |                  ^^^^^^^^^^^^^^`,
  ],
  [
    "an endpoint written twice",
    endpoint("a") + endpoint("a"),
    `1 error in the manifests

m.yaml:8:18: the Endpoint "a" is written twice
    8 | metadata: {name: a}
      |                  ^
  m.yaml:3:18: the first is here
      3 | metadata: {name: a}
        |                  ^`,
  ],
  [
    "a mailbox written twice",
    document("Mailbox", "a@b.c", "{}") + document("Mailbox", "A@b.c", "{}"),
    `1 error in the manifests

m.yaml:8:18: mailbox/a@b.c is written twice
    8 | metadata: {name: A@b.c}
      |                  ^^^^^
  m.yaml:3:18: the first is here
      3 | metadata: {name: a@b.c}
        |                  ^^^^^`,
  ],
  [
    "an alias of two accounts",
    domain("  accounts:\n    ana: {aliases: [info]}\n    bo: {aliases: [INFO]}"),
    `1 error in the manifests

m.yaml:7:20: alias/info@example.com is written twice
    7 |     bo: {aliases: [INFO]}
      |                    ^^^^
  m.yaml:6:21: the first is here
      6 |     ana: {aliases: [info]}
        |                     ^^^^`,
  ],
  [
    "an address that is an account and an alias",
    domain("  accounts: {ana: {}, info: {}}\n  aliases: {info: ana}"),
    `1 error in the manifests

m.yaml:6:13: info@example.com is an alias here and an account elsewhere: an address is one thing
    6 |   aliases: {info: ana}
      |             ^^^^
  m.yaml:5:23: the other is here
      5 |   accounts: {ana: {}, info: {}}
        |                       ^^^^`,
  ],
  [
    "an account that is its own alias",
    domain("  accounts: {ana: {aliases: [ana]}}"),
    `1 error in the manifests

m.yaml:5:30: ana@example.com is an alias here and an account elsewhere: an address is one thing
    5 |   accounts: {ana: {aliases: [ana]}}
      |                              ^^^
  m.yaml:5:14: the other is here
      5 |   accounts: {ana: {aliases: [ana]}}
        |              ^^^`,
  ],
  [
    "a short name that is not declared",
    domain("  accounts: {ana: {}}\n  lists:\n    all: {members: [ana, anna], owners: [zoe]}"),
    `2 errors in the manifests

m.yaml:7:26: list/all@example.com refers to anna@example.com, which is not declared
    7 |     all: {members: [ana, anna], owners: [zoe]}
      |                          ^^^^
  → did you mean "ana"?

m.yaml:7:42: list/all@example.com refers to zoe@example.com, which is not declared
    7 |     all: {members: [ana, anna], owners: [zoe]}
      |                                          ^^^
  → declare it, or write the address in full if it is elsewhere`,
  ],
  [
    "a member that is to be absent",
    domain("  accounts: {zed: {absent: true}}\n  lists: {all: {members: [zed@example.com]}}"),
    `1 error in the manifests

m.yaml:6:27: list/all@example.com refers to account/zed@example.com, which is to be absent
    6 |   lists: {all: {members: [zed@example.com]}}
      |                           ^^^^^^^^^^^^^^^
  m.yaml:5:14: it is absent here
      5 |   accounts: {zed: {absent: true}}
        |              ^^^
  → take one of the two lines away`,
  ],
  [
    "aliases in a circle: every edge",
    {
      "a.yaml": domain("  aliases:\n    a: b\n    b: c"),
      "b.yaml": document("Alias", "c@example.com", "{target: a@example.com}"),
    },
    `1 error in the manifests

a.yaml:6:8: aliases in a circle: a@example.com → b@example.com → c@example.com → a@example.com
    6 |     a: b
      |        ^
  a.yaml:7:8: alias/b@example.com points at c@example.com
      7 |     b: c
        |        ^
  b.yaml:4:16: alias/c@example.com points at a@example.com
      4 | spec: {target: a@example.com}
        |                ^^^^^^^^^^^^^`,
  ],
  [
    "an alias of itself",
    domain("  aliases: {a: a}"),
    `1 error in the manifests

m.yaml:5:16: aliases in a circle: a@example.com → a@example.com
    5 |   aliases: {a: a}
      |                ^`,
  ],
  [
    "two accounts that exchange their names",
    domain("  accounts:\n    ana: {formerly: [bo]}\n    bo: {formerly: [ana]}"),
    `1 error in the manifests

m.yaml:6:22: renames in a circle: ana@example.com → bo@example.com → ana@example.com
    6 |     ana: {formerly: [bo]}
      |                      ^^
  m.yaml:7:21: account/bo@example.com was formerly ana@example.com
      7 |     bo: {formerly: [ana]}
        |                     ^^^`,
  ],
  [
    "one name with two heirs",
    domain("  accounts:\n    ana: {formerly: [old]}\n    bo: {formerly: [old@example.com]}"),
    `1 error in the manifests

m.yaml:7:21: account/old@example.com would become two: ana@example.com and bo@example.com
    7 |     bo: {formerly: [old@example.com]}
      |                     ^^^^^^^^^^^^^^^
  m.yaml:6:22: the other is here
      6 |     ana: {formerly: [old]}
        |                      ^^^`,
  ],
  [
    "endpoints that nobody declares",
    endpoint("old-mail") + document("Migration", "m", "{source: {mail: oldmail}, destination: {mail: zzz}}"),
    `2 errors in the manifests

m.yaml:9:23: no Endpoint is called "oldmail"
    9 | spec: {source: {mail: oldmail}, destination: {mail: zzz}}
      |                       ^^^^^^^
  → did you mean "old-mail"?

m.yaml:9:53: no Endpoint is called "zzz"
    9 | spec: {source: {mail: oldmail}, destination: {mail: zzz}}
      |                                                     ^^^
  → declare it: kind: Endpoint`,
  ],
  [
    "several Migrations and no name",
    endpoint("a") +
      document("Migration", "prod", "{destination: {mail: a}}") +
      document("Migration", "test", "{destination: {mail: a}}"),
    `1 error in the manifests

m.yaml:8:18: 2 Migrations
    8 | metadata: {name: prod}
      |                  ^^^^
  m.yaml:13:18: and another here
     13 | metadata: {name: test}
        |                  ^^^^
  → name one with -e: prod or test`,
  ],
  [
    "a Mailbox of an account that is to be absent",
    migration() + document("Account", "z@b.c", "{absent: true}") + document("Mailbox", "z@b.c", "{}"),
    `1 error in the manifests

m.yaml:23:18: account/z@b.c is to be absent, so it has no mailbox
   23 | metadata: {name: z@b.c}
      |                  ^^^^^
  m.yaml:18:18: it is absent here
     18 | metadata: {name: z@b.c}
        |                  ^^^^^
  → take one of the two away`,
  ],
  [
    "a Mailbox without an endpoint at one end",
    migration("{destination: {mail: b}}") + document("Mailbox", "z@b.c", "{}"),
    `1 error in the manifests

m.yaml:18:18: no endpoint for its source
   18 | metadata: {name: z@b.c}
      |                  ^^^^^
  → write source: {endpoint: …} here, or source: {mail: …} in the Migration`,
  ],
  [
    "rows without an endpoint to read from",
    migration("{destination: {directory: b}}") + domain("  accountsFrom: {filter: {office: berlin}}"),
    `1 error in the manifests

m.yaml:20:3: no endpoint to read from
   20 |   accountsFrom: {filter: {office: berlin}}
      |   ^^^^^^^^^^^^
  → write endpoint: here, or source: {directory: …} in the Migration`,
  ],
];

describe("references", () => {
  test.each(rows)("%s", async (_, written, told) => expect(await complaint(written)).toBe(told));

  test("a Migration that is named and not there", async () => {
    const written = endpoint("a") + document("Migration", "production", "{destination: {mail: a}}");
    expect(await complaint(written, { environment: "prodution" })).toBe(`1 error in the manifests

m.yaml:8:18: no Migration is called "prodution"
    8 | metadata: {name: production}
      |                  ^^^^^^^^^^
  → did you mean "production"?`);
  });

  test("several Migrations and a name: that one", async () => {
    const written =
      endpoint("a") +
      document("Migration", "prod", "{destination: {mail: a}}") +
      document("Migration", "test", "{destination: {mail: a}}");
    const manifest = await load(written, { environment: "test" });
    expect(manifest.migration?.name).toBe("test");
  });

  test("lists may hold one another", async () => {
    const manifest = await load(domain("  lists: {a: {members: [b]}, b: {members: [a]}}"));
    expect(manifest.resources.map((each) => each.address)).toEqual([
      "domain/example.com",
      "list/a@example.com",
      "list/b@example.com",
    ]);
  });

  test("a chain of aliases is no circle, nor is a name that is given on after a rename", async () => {
    const written = domain("  accounts: {ana: {formerly: [bo]}, bo: {formerly: [cy]}}\n  aliases: {a: b, b: ana}");
    expect((await load(written)).resources).toHaveLength(5);
  });

  test("an address passes from an absent account to an alias", async () => {
    const written = domain("  accounts: {ana: {}, zed: {absent: true}}\n  aliases: {zed: ana}");
    expect((await load(written)).resources.map((each) => each.address)).toContain("alias/zed@example.com");
  });

  test("a full address may be elsewhere", async () => {
    const manifest = await load(domain("  lists: {all: {members: [partner@elsewhere.example, not.here@example.com]}}"));
    expect(manifest.pending).toEqual([]);
  });

  test("short names wait for the plan where rows may declare them", async () => {
    const written =
      domain("  lists: {all: {members: [ana]}}\n  accountsFrom: {endpoint: a}") + `\n---\n${endpoint("a")}`;
    const { pending } = await load(written);
    expect(pending.map(({ name, from }) => [name, from])).toEqual([["ana@example.com", "list/all@example.com"]]);
    const problem = pending[0]?.problem();
    expect(problem).toMatchObject({
      message: "list/all@example.com refers to ana@example.com, which is not declared",
      origin: { line: 5, column: 27 },
    });
  });
});
