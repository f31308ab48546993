import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Cyrus, startCyrus } from "../servers/cyrus.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** Manifests with one endpoint, which is the destination. */
const only = (role: "directory" | "mail", spec: string) => ({
  "manifests/system.yaml": `${document("Endpoint", "here", spec)}---\n${document("Migration", "keep", `{destination: {${role}: here}}`)}`,
});

async function expectEmptyPlan(): Promise<void> {
  expectCode(await place.run(["validate"]), 0);
  const plan = await place.run(["plan", "--detailed-exitcode"]);
  expectCode(plan, 0);
  expect(plan.stdout).toContain("No changes.");
}

const text = (file: string) => readFile(place.path("manifests", file), "utf8");

const company = {
  ...only("directory", "{type: csv, path: ../here}"),
  "here/accounts.csv": `address,displayName,givenName,familyName,enabled,quota
ana@example.com,Ana Ruiz,Ana,Ruiz,true,50GB
no@example.com,"null",,,false,
bo@other.example,"Bo ""Ek"", 日本: #1",,,true,1500MB
`,
  "here/lists.csv": "address,displayName,hidden\nsales@example.com,Sales,true\n",
  "here/members.csv":
    "list,member\nsales@example.com,ana@example.com\nsales@example.com,bo@other.example\nsales@example.com,p@partner.example\n",
  "here/aliases.csv": "address,target\na.ruiz@example.com,ana@example.com\nhelp@example.com,p@partner.example\n",
};

const imported = `# example.com, as it is at here. What is not written is not managed.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana Ruiz, givenName: Ana, familyName: Ruiz, quota: 50GB, aliases: [a.ruiz]}
    "no": {displayName: "null", enabled: false}
  lists:
    sales: {displayName: Sales, members: [ana, bo@other.example, p@partner.example], hidden: true}
  aliases:
    help: p@partner.example
`;

describe("an import of CSV files", () => {
  beforeEach(() => place.write(company));

  it("writes a file for each domain, after which a plan is empty", async () => {
    const ended = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(ended, 0);
    expect(await text("example.com.yaml")).toBe(imported);
    expect(await text("other.example.yaml")).toContain(
      String.raw`    bo: {displayName: "Bo \"Ek\", 日本: #1", quota: 1500MB}`,
    );
    expect(ended.stdout).toContain("+++ manifests/example.com.yaml");
    await expectEmptyPlan();
  });

  it("shows the same and writes nothing with --dry-run", async () => {
    const ended = await place.run(["import", "here", "-o", "manifests", "--dry-run"]);
    expectCode(ended, 0);
    expect(ended.stdout).toContain("+    ana: {displayName: Ana Ruiz");
    expect(await readdir(place.path("manifests"))).toEqual(["system.yaml"]);
  });

  it("never overwrites a file that is there", async () => {
    await place.write({ "manifests/other.example.yaml": "# mine\n" });
    const ended = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(ended, 1);
    expect(ended.stderr).toContain("--update");
    expect((await readdir(place.path("manifests"))).toSorted()).toEqual(["other.example.yaml", "system.yaml"]);
  });

  it("takes what was selected alone", async () => {
    expectCode(await place.run(["import", "here", "-o", "manifests", "--select", "list/*"]), 0);
    const { stdout } = await place.run(["plan", "--format", "json"]);
    expect((JSON.parse(stdout) as { steps: unknown[] }).steps).toEqual([]);
    expect(await text("example.com.yaml")).toContain(
      "    sales: {displayName: Sales, members: [ana@example.com, bo@other.example, p@partner.example], hidden: true}\n",
    );
    expect(await readdir(place.path("manifests"))).toHaveLength(2);
  });

  it("writes nothing where a part cannot be read, unless it may", async () => {
    await writeFile(place.path("here/lists.csv"), 'address\n"open\n');
    const refused = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(refused, 4);
    expect(refused.stderr).toContain("lists could not be read");
    expect(await readdir(place.path("manifests"))).toEqual(["system.yaml"]);
    expectCode(await place.run(["import", "here", "-o", "manifests", "--allow-incomplete"]), 4);
    const written = await text("other.example.yaml").catch(() => "");
    expect(written === "" ? await readdir(place.path("manifests")) : written).toContain(
      "# The lists could not be read",
    );
  });
});

describe("an import that updates", () => {
  const mine = `# Our people. Ask Ida before you change this.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com, labels: {office: berlin}}
spec:
  accounts:
    # founder
    ana:   {displayName: Ana R.,   quota: 50GB, protect: true}   # since 2019
    gone: {displayName: Gone}   # left
  lists:
    sales:
      members:
        - ana            # head
        - old@partner.example
      formerly: [vertrieb]
`;
  beforeEach(() => place.write({ ...company, "manifests/people.yaml": mine }));

  it("changes what differs, adds who is new, keeps all else, and the second time changes nothing", async () => {
    const ended = await place.run(["import", "here", "-o", "manifests", "--update"]);
    expectCode(ended, 0);
    expect(await text("people.yaml")).toBe(`# Our people. Ask Ida before you change this.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com, labels: {office: berlin}}
spec:
  accounts:
    # founder
    ana:   {displayName: Ana Ruiz, givenName: Ana, familyName: Ruiz,   quota: 50GB, aliases: [a.ruiz], protect: true}   # since 2019
    gone: {displayName: Gone}   # left
    "no": {displayName: "null", enabled: false}
  lists:
    sales:
      displayName: Sales
      members:
        - ana            # head
        - bo@other.example
        - p@partner.example
      hidden: true
      formerly: [vertrieb]
  aliases:
    help: p@partner.example
`);
    expect(ended.stdout).toContain("-        - old@partner.example");
    expect(ended.stderr).toContain("account/gone@example.com");
    const again = await place.run(["import", "here", "-o", "manifests", "--update"]);
    expectCode(again, 0);
    expect(again.stdout).toBe("");
    const { stdout } = await place.run([
      "plan",
      "--target",
      "account/ana*",
      "--target",
      "list/*",
      "--target",
      "alias/*",
    ]);
    expect(stdout).toContain("0 to add, 0 to change, 0 to delete, 1 to remember");
  });

  it("is refused without the word", async () => {
    const ended = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(ended, 1);
    expect(await text("people.yaml")).toBe(mine);
  });
});

describe("an import of a memory", () => {
  it("leaves out what no manifest can say, tells it, and a plan is empty", async () => {
    const seed = {
      domains: [{ name: "example.com" }, { name: "empty.example" }],
      accounts: [
        { name: "ana@example.com", displayName: "Ana\nRuiz", enabled: true },
        { name: "__proto__@example.com", displayName: "~" },
        { name: "x@unlisted.example", displayName: "0x1" },
      ],
      lists: [{ name: "all@example.com", members: ["ana@example.com", "no address"] }],
      aliases: [
        { name: "one@example.com", target: "two@example.com" },
        { name: "two@example.com", target: "one@example.com" },
        { name: "y@unlisted.example", target: "ana@example.com" },
      ],
    };
    await place.write({
      ...only("directory", "{type: memory, seed: ../seed.json}"),
      "seed.json": JSON.stringify(seed),
    });
    const ended = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(ended, 0);
    for (const left of ["displayName cannot be said", "members cannot be said", "one@example.com"])
      expect(ended.stderr).toContain(left);
    expect((await readdir(place.path("manifests"))).toSorted()).toEqual([
      "empty.example.yaml",
      "example.com.yaml",
      "system.yaml",
      "unlisted.example.yaml",
    ]);
    await expectEmptyPlan();
  });
});

describe("an import of mailboxes", () => {
  it("writes those of an archive", async () => {
    await place.write(only("mail", "{type: archive, path: ../here, format: maildir}"));
    for (const user of ["ana@example.com", "Bo@Example.com", "notes"])
      await mkdir(place.path("here", user, "cur"), { recursive: true });
    const ended = await place.run(["import", "here", "-o", "manifests"]);
    expectCode(ended, 0);
    expect(ended.stderr).toContain("--domain");
    expect(await text("example.com.yaml")).toContain("    ana: {}\n    bo: {destination: {user: Bo@Example.com}}\n");
    await expectEmptyPlan();
  });

  it("writes Mailbox documents where accounts would be made", async () => {
    await place.write({
      ...company,
      "manifests/system.yaml": [
        document("Endpoint", "people", "{type: csv, path: ../here}"),
        document("Endpoint", "old", "{type: archive, path: ../old, format: maildir}"),
        document("Endpoint", "new", "{type: archive, path: ../new, format: maildir}"),
        document("Migration", "move", "{source: {mail: old}, destination: {directory: people, mail: new}}"),
      ].join("---\n"),
    });
    await mkdir(place.path("old/info@example.com/cur"), { recursive: true });
    await mkdir(place.path("new"));
    expectCode(await place.run(["import", "old", "-o", "manifests"]), 0);
    expect(await text("example.com.yaml")).toContain(
      "kind: Mailbox\nmetadata: {name: info@example.com}\nspec: {source: {user: info@example.com}}\n",
    );
    const { stdout } = await place.run(["plan", "--format", "json", "--phase", "directory"]);
    expect((JSON.parse(stdout) as { steps: unknown[] }).steps).toEqual([]);
  });

  describe.skipIf(without("dovecot"))("on a Dovecot", () => {
    let server: Dovecot;
    beforeAll(async () => {
      server = await startDovecot();
    });
    afterAll(() => server?.stop());

    it("takes a list where a master login is shown nobody", async () => {
      const auth = "{method: master, user: master, password: {env: MASTER}}";
      await place.write({
        ...only("mail", `{type: imap, host: 127.0.0.1, port: ${server.port}, tls: none, auth: ${auth}}`),
        "users.txt": "ana\nbo\n",
      });
      const options = { env: { MASTER: "mastersecret" } };
      const refused = await place.run(["import", "here", "-o", "manifests"], options);
      expectCode(refused, 4);
      expect(refused.stderr).toContain("--users");
      const ended = await place.run(
        ["import", "here", "-o", "manifests", "--users", "users.txt", "--domain", "example.com"],
        options,
      );
      expectCode(ended, 0);
      expect(await text("example.com.yaml")).toContain(
        "    ana: {destination: {user: ana}}\n    bo: {destination: {user: bo}}\n",
      );
      expect(`${ended.stdout}${ended.stderr}${await text("example.com.yaml")}`).not.toContain("mastersecret");
      await expectEmptyPlan();
    });
  });

  describe.skipIf(without("cyrus"))("on a Cyrus", () => {
    let server: Cyrus;
    beforeAll(async () => {
      server = await startCyrus();
      for (const user of ["ana", "bo"]) {
        const client = await connectImap(server);
        await client.login(user, "secret");
        await client.close();
      }
    });
    afterAll(() => server?.stop());

    it("asks as the administrator", async () => {
      const auth = "{method: admin, user: cyrus, password: {env: ADMIN}}";
      await place.write(only("mail", `{type: imap, host: 127.0.0.1, port: ${server.port}, tls: none, auth: ${auth}}`));
      const ended = await place.run(["import", "here", "-o", "manifests", "--domain", "example.com"], {
        env: { ADMIN: "secret" },
      });
      expectCode(ended, 0);
      expect(await text("example.com.yaml")).toContain(
        "    ana: {destination: {user: ana}}\n    bo: {destination: {user: bo}}\n",
      );
      await expectEmptyPlan();
    });
  });
});
