import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadManifests, type Manifest } from "../../../src/manifest/load.ts";
import type { Resource } from "../../../src/model/resource.ts";
import { document, endpoint, load, migration, withFolder } from "./folder.ts";

const header =
  "apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: example.com, labels: {office: berlin}}\nspec:\n";

/** The example of the manual, word for word. */
const compact = `${header}  prune: [aliases]               # this set is complete, over all documents: what is not written goes
  source: {domain: old.example}  # where the source's addresses end differently
  accounts:
    ana: {displayName: Ana Ruiz, givenName: Ana, familyName: Ruiz, quota: 50GB, aliases: [a.ruiz]}
    bo:  {displayName: Bo Ek, enabled: false, source: {user: bo.ek}}
    cy:  {displayName: Cy Lund, formerly: [cyl@example.com], protect: true}
    zed: {absent: true}
  lists:
    sales: {displayName: Sales, members: [ana, bo, partner@elsewhere.example], owners: [ana]}
    all:   {members: [sales, cy]}
  aliases: {info: ana}
---
`;

const single = (kind: string, name: string, spec: string): string =>
  document(kind, name, spec).replace(`{name: ${name}}`, `{name: ${name}, labels: {office: berlin}}`);

/** The same, a document each. */
const apart =
  single("Domain", "Example.COM", "{prune: [aliases], source: {domain: OLD.example}}") +
  single(
    "Account",
    "ana@example.com",
    "{displayName: Ana Ruiz, givenName: Ana, familyName: Ruiz, quota: 53687091200}",
  ) +
  single("Alias", "a.ruiz@example.com", "{target: ana@example.com}") +
  single("Account", "bo@example.com", "{displayName: Bo Ek, enabled: false, source: {user: bo.ek}}") +
  single("Account", "cy@example.com", "{displayName: Cy Lund, formerly: [cyl@example.com], protect: true}") +
  single("Account", "zed@example.com", "{absent: true}") +
  single(
    "DistributionList",
    "sales@example.com",
    "{displayName: Sales, members: [partner@Elsewhere.example, bo@example.com, ANA@example.com, ana], owners: [ana]}",
  ) +
  single("DistributionList", "all@example.com", "{members: [cy, sales@example.com]}") +
  single("Alias", "info@example.com", "{target: ana@example.com}");

const withoutOrigin = ({ resources }: Manifest): unknown => resources.map(({ origin: _origin, ...rest }) => rest);
const find = ({ resources }: Manifest, address: string): Resource | undefined =>
  resources.find((each) => each.address === address);

describe("what documents declare", () => {
  test("the example of the manual", async () => {
    const manifest = await load(compact);
    const labels = { office: "berlin" };
    expect(withoutOrigin(manifest)).toEqual([
      {
        kind: "account",
        name: "ana@example.com",
        address: "account/ana@example.com",
        labels,
        fields: { displayName: "Ana Ruiz", givenName: "Ana", familyName: "Ruiz", quota: 53_687_091_200 },
      },
      {
        kind: "account",
        name: "bo@example.com",
        address: "account/bo@example.com",
        labels,
        fields: { displayName: "Bo Ek", enabled: false },
      },
      {
        kind: "account",
        name: "cy@example.com",
        address: "account/cy@example.com",
        labels,
        fields: { displayName: "Cy Lund" },
        formerly: ["cyl@example.com"],
        protect: true,
      },
      {
        kind: "account",
        name: "zed@example.com",
        address: "account/zed@example.com",
        labels,
        fields: {},
        absent: true,
      },
      {
        kind: "alias",
        name: "a.ruiz@example.com",
        address: "alias/a.ruiz@example.com",
        labels,
        fields: { target: "ana@example.com" },
      },
      {
        kind: "alias",
        name: "info@example.com",
        address: "alias/info@example.com",
        labels,
        fields: { target: "ana@example.com" },
      },
      { kind: "domain", name: "example.com", address: "domain/example.com", labels, fields: {}, prune: ["aliases"] },
      {
        kind: "list",
        name: "all@example.com",
        address: "list/all@example.com",
        labels,
        fields: { members: ["cy@example.com", "sales@example.com"] },
      },
      {
        kind: "list",
        name: "sales@example.com",
        address: "list/sales@example.com",
        labels,
        fields: {
          displayName: "Sales",
          members: ["ana@example.com", "bo@example.com", "partner@elsewhere.example"],
          owners: ["ana@example.com"],
        },
      },
    ]);
  });

  test("single documents are the same resources", async () => {
    const [one, other] = [await load(compact + migration()), await load(migration() + apart)];
    expect(withoutOrigin(other)).toEqual(withoutOrigin(one));
    expect(other.digest).toBe(one.digest);
  });

  test("each tells its line", async () => {
    const manifest = await load(compact);
    const place = (address: string) => {
      const { line, column } = find(manifest, address)?.origin ?? {};
      return [line, column];
    };
    expect(place("domain/example.com")).toEqual([3, 18]);
    expect(place("account/ana@example.com")).toEqual([8, 5]);
    expect(place("alias/a.ruiz@example.com")).toEqual([8, 91]);
    expect(place("alias/info@example.com")).toEqual([15, 13]);
  });

  test("every field of an account, in normal form", async () => {
    const spec = `{displayName: "", givenName: A, familyName: B, enabled: true, quota: 1.5 GiB, class: staff, wave: 3, priority: 2,
  forwarding: {to: [Zoe@Bücher.example, bo@example.com, ZOE@bücher.example]}, recovery: {email: Ana@Home.example, mobile: +49 170 1234567},
  password: {secret: {file: secrets/ana}, mustChange: true, issue: 2}}`;
    await withFolder(
      {
        "people/m.yaml":
          document("Account", "Ana@Example.com", spec) +
          document("Account", "bo@example.com", "{password: {hash: source}}"),
      },
      async (folder) => {
        const manifest = await loadManifests([folder]);
        expect(find(manifest, "account/ana@example.com")).toEqual({
          kind: "account",
          name: "ana@example.com",
          address: "account/ana@example.com",
          labels: {},
          origin: { file: join(folder, "people/m.yaml"), line: 3, column: 18 },
          wave: 3,
          fields: {
            displayName: "",
            givenName: "A",
            familyName: "B",
            enabled: true,
            quota: 1_610_612_736,
            class: "staff",
            forwarding: { to: ["bo@example.com", "zoe@xn--bcher-kva.example"], keepCopy: true },
            recovery: { email: "ana@home.example", mobile: "+49 170 1234567" },
          },
          password: {
            from: "secret",
            ref: {
              file: join(folder, "people/secrets/ana"),
              at: { file: join(folder, "people/m.yaml"), line: 6, column: 22 },
            },
            mustChange: true,
            issue: 2,
          },
        });
        expect(find(manifest, "account/bo@example.com")).toMatchObject({ password: { from: "hash" } });
      },
    );
  });

  test("an empty set is a set, a set that is not written is none", async () => {
    const manifest = await load(document("DistributionList", "a@b.c", "{members: [], hidden: true}"));
    expect(find(manifest, "list/a@b.c")?.kind === "list" && find(manifest, "list/a@b.c")).toMatchObject({
      fields: { members: [], hidden: true },
    });
    expect((find(manifest, "list/a@b.c") as { fields: object }).fields).not.toHaveProperty("owners");
  });

  test("aliases of what is to be absent are to be absent", async () => {
    const manifest = await load(document("Account", "a@b.c", "{absent: true, aliases: [x]}"));
    expect(find(manifest, "alias/x@b.c")).toMatchObject({ absent: true });
  });

  test("anchors and merge keys serve as templates", async () => {
    const text = `${header}  accounts:\n    ana: &staff {quota: 1GB, class: staff}\n    bo: {<<: *staff, quota: 2GB}\n    cy: *staff\n`;
    const manifest = await load(text);
    expect(
      ["ana", "bo", "cy"].map((name) => (find(manifest, `account/${name}@example.com`) as { fields: object }).fields),
    ).toEqual([
      { quota: 1_073_741_824, class: "staff" },
      { quota: 2_147_483_648, class: "staff" },
      { quota: 1_073_741_824, class: "staff" },
    ]);
  });
});

describe("mailboxes", () => {
  test("every account has one, the source's user at the source's domain; absent ones and those with nothing to copy have none", async () => {
    const manifest = await load(migration() + compact + document("Account", "new@example.com", "{source: false}"));
    const boxes = manifest.resources.filter((each) => each.kind === "mailbox");
    expect(boxes.map(({ name, source, destination, mode }) => ({ name, source, destination, mode }))).toEqual([
      {
        name: "ana@example.com",
        source: { endpoint: "a", user: "ana@old.example" },
        destination: { endpoint: "b", user: "ana@example.com" },
        mode: "copy",
      },
      {
        name: "bo@example.com",
        source: { endpoint: "a", user: "bo.ek" },
        destination: { endpoint: "b", user: "bo@example.com" },
        mode: "copy",
      },
      {
        name: "cy@example.com",
        source: { endpoint: "a", user: "cy@old.example" },
        destination: { endpoint: "b", user: "cy@example.com" },
        mode: "copy",
      },
    ]);
  });

  test("there is none without mail at both ends, nor without a Migration", async () => {
    const account = document("Account", "a@b.c", "{}");
    expect((await load(account)).resources).toHaveLength(1);
    expect(
      (await load(migration("{source: {mail: a}, destination: {directory: b}}") + account)).resources,
    ).toHaveLength(1);
  });

  test("Mailbox before Account before Migration", async () => {
    const text =
      migration(`{source: {mail: a}, destination: {mail: b}, mailboxes: {mode: mirror, restore: true,
  folders: {exclude: [Trash], specialUse: true}, messages: {since: 2024-01-01, maxSize: 50MB, deleted: keep}}}`) +
      document(
        "Account",
        "ana@b.c",
        "{wave: 1, priority: 5, source: {user: by.account, credentials: {password: {env: A}}}, destination: {user: there}}",
      ) +
      document(
        "Mailbox",
        "ana@b.c",
        "{source: {endpoint: c, user: by.mailbox}, mode: copy, folders: {exclude: []}, messages: {since: 2025-01-01}}",
      ) +
      endpoint("c");
    expect(find(await load(text), "mailbox/ana@b.c")).toMatchObject({
      source: { endpoint: "c", user: "by.mailbox", credentials: { password: { env: "A", at: { line: 20 } } } },
      destination: { endpoint: "b", user: "there" },
      mode: "copy",
      restore: true,
      folders: { exclude: [], specialUse: true },
      messages: { since: "2025-01-01", maxSize: 52_428_800, deleted: "keep" },
      wave: 1,
      priority: 5,
      origin: { line: 24, column: 18 },
    });
  });

  test("they need no accounts", async () => {
    const text =
      migration("{source: {mail: a}, destination: {mail: b}}") + document("Mailbox", "Ana@b.c", "{priority: 1}");
    const manifest = await load(text);
    expect(manifest.resources).toMatchObject([
      { address: "mailbox/ana@b.c", priority: 1, source: { endpoint: "a", user: "ana@b.c" } },
    ]);
    expect(manifest.warnings).toEqual([]);
  });

  test("a Mailbox may take up what its account leaves, or leave what it takes up", async () => {
    const text =
      migration() +
      document("Account", "a@b.c", "{source: false}") +
      document("Mailbox", "a@b.c", "{source: {user: x}}") +
      document("Account", "d@b.c", "{}") +
      document("Mailbox", "d@b.c", "{source: false}");
    const boxes = (await load(text)).resources.filter((each) => each.kind === "mailbox");
    expect(boxes).toMatchObject([{ name: "a@b.c", source: { user: "x" } }]);
  });
});

describe("Migration and endpoints", () => {
  test("paths are relative to the file that says them", async () => {
    const text =
      document("Endpoint", "a", "{type: archive, path: ../mail, format: mbox, limits: {bytesPerSecond: 1MB}}") +
      document("Endpoint", "b", "{type: csv, path: /srv/people}") +
      document("Endpoint", "c", "{type: memory, seed: seed.json}") +
      document(
        "Migration",
        "m",
        "{source: {mail: a}, destination: {mail: c, directory: b}, safety: {maxDeletes: {count: 3}}, state: {sqlite: s.db}}",
      );
    await withFolder({ "company/prod/m.yaml": text }, async (folder) => {
      const { endpoints, migration } = await loadManifests([join(folder, "company")]);
      expect([...endpoints.values()].map((each) => each.spec)).toEqual([
        { type: "archive", path: join(folder, "company/mail"), format: "mbox", limits: { bytesPerSecond: 1_048_576 } },
        { type: "csv", path: "/srv/people" },
        { type: "memory", seed: join(folder, "company/prod/seed.json") },
      ]);
      expect(migration).toMatchObject({
        state: { sqlite: join(folder, "company/prod/s.db") },
        safety: { maxDeletes: { percent: 5, count: 3 } },
      });
    });
  });

  test("the state is beside the Migration's file by default, or a reference", async () => {
    await withFolder({ "x/m.yaml": migration() }, async (folder) => {
      expect((await loadManifests([folder])).migration?.state).toEqual({
        sqlite: join(folder, "x/.reconcile/state.db"),
      });
    });
    const other = await load(migration("{destination: {mail: b}, state: {postgres: {env: URL}}}"));
    expect(other.migration?.state).toMatchObject({ postgres: { env: "URL", at: { line: 4, column: 50 } } });
  });

  test("the key that signs what verify writes is a reference, from the folder of its file", async () => {
    const text = migration("{destination: {mail: b}, verification: {signingKey: {file: keys/sign.pem}}}");
    await withFolder({ "x/m.yaml": text }, async (folder) => {
      const { migration: read } = await loadManifests([folder]);
      expect(read?.signingKey).toMatchObject({ file: join(folder, "x/keys/sign.pem") });
    });
  });

  test("one finding says that accounts only name mailboxes", async () => {
    const text = migration("{source: {mail: a}, destination: {mail: b}}") + document("Account", "a@b.c", "{}");
    expect((await load(text)).warnings).toMatchObject([
      { code: "migration.no-directory", severity: "warning", about: "test" },
    ]);
  });
});

const digest = async (files: Record<string, string>): Promise<string> => (await load(files)).digest;

describe("the digest", () => {
  const people = document("Account", "a@b.c", "{quota: 1GB}");
  const parts = {
    migration: migration(),
    people,
    domain: document("Domain", "b.c", "{accountsFrom: {filter: {a: b}}}"),
  };
  test("is the same however the manifests are spread and written", async () => {
    const one = await digest({ "m.yaml": parts.migration + parts.people + parts.domain });
    expect(one).toMatch(/^[0-9a-f]{64}$/u);
    expect(
      await digest({
        "z.yaml": parts.migration,
        "a/b.yml": parts.domain,
        "c.yaml": `# people\n${people.replace("{quota: 1GB}", "\n  quota: 1024MB")}`,
      }),
    ).toBe(one);
  });

  test.each([
    ["a field", { people: document("Account", "a@b.c", "{quota: 2GB}") }],
    ["a resource", { people: people + document("Account", "d@b.c", "{}") }],
    ["a filter", { domain: document("Domain", "b.c", "{accountsFrom: {filter: {a: c}}}") }],
    [
      "a rule",
      {
        migration: migration(
          "{source: {directory: a, mail: a}, destination: {directory: b, mail: b}, safety: {maxDeletes: {count: 1}}}",
        ),
      },
    ],
    ["an endpoint", { migration: `${migration()}${document("Endpoint", "c", "{type: memory}")}` }],
  ])("changes with %s", async (_, change) => {
    const text = (all: typeof parts): string => Object.values(all).join("");
    expect(await digest({ "m.yaml": text({ ...parts, ...change }) })).not.toBe(await digest({ "m.yaml": text(parts) }));
  });

  test("does not change with the checkout's place", async () => {
    const files = { "m.yaml": document("Endpoint", "a", "{type: csv, path: people}") };
    expect((await load(files)).digest).toBe((await load(files)).digest);
  });
});
