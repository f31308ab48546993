import { readdir, readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rows } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** Two directories, mail archives at both ends where `mail` says so, and a domain whose accounts are all rows. */
const manifests = (from: string, to: string, domain: string, mail = false): string =>
  [
    document("Endpoint", "old", `{type: csv, path: ../old, ${from}}`),
    document("Endpoint", "new", `{type: csv, path: ../new, ${to}}`),
    ...(mail
      ? [
          document("Endpoint", "old-mail", "{type: archive, path: ../old-mail, format: maildir}"),
          document("Endpoint", "new-mail", "{type: archive, path: ../new-mail, format: maildir}"),
        ]
      : []),
    document(
      "Migration",
      "move",
      mail
        ? "{source: {directory: old, mail: old-mail}, destination: {directory: new, mail: new-mail}}"
        : "{source: {directory: old}, destination: {directory: new}}",
    ),
    document("Domain", "example.com", domain),
  ].join("---\n");

async function converges(): Promise<string> {
  const plan = await place.run(["plan", "--detailed-exitcode"]);
  expect(`${plan.code} ${plan.stderr}`).toMatch(/^2 /u);
  const applied = await place.run(["apply", "--auto-approve"]);
  expect(`${applied.code} ${applied.stderr}`).toMatch(/^0 /u);
  const after = await place.run(["plan", "--detailed-exitcode"]);
  expect(after.stdout).toMatch(/No changes\./u);
  expect(after.code).toBe(0);
  return plan.stdout;
}

/** Every message below a mailbox, by its subject. */
async function subjects(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(place.path(folder), { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !/(?:cur|new)$/u.test(entry.parentPath)) continue;
    const text = await readFile(`${entry.parentPath}/${entry.name}`, "utf8");
    found.push(/^Subject: (.*)$/mu.exec(text)?.[1]?.trim() ?? "");
  }
  return found.toSorted();
}

const message = (subject: string): string =>
  `From: a@x.example\r\nTo: b@x.example\r\nMessage-ID: <${subject}@x.example>\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nSubject: ${subject}\r\n\r\nText\r\n`;

describe("files of other systems", () => {
  it("makes accounts and mailboxes of a CloudM list, under new names, and leaves the mail that stays", async () => {
    await place.write({
      "old/users.csv":
        '\uFEFFMigrate,ExportName,ImportName,GivenName,FamilyName,Password,MigrateMail\r\nTrue,ana@old.example,ana.ruiz@example.com,Ana,"Ruiz, Dr.",hush-hush,True\r\nTrue,bo@old.example,bo@example.com,Bo,Ék,,False\r\n',
      "new/accounts.csv": "address\n",
      "old-mail/ana@old.example/cur/1767261600.M1.h:2,S": message("hello"),
      "old-mail/bo@old.example/cur/1767261600.M2.h:2,S": message("stays"),
      "new-mail/.keep": "",
      "manifests/all.yaml": manifests("profile: cloudm", "profile: generic", "{accountsFrom: {}}", true),
    });
    const plan = await converges();
    expect(plan).toMatch(/mailbox\/ana\.ruiz@example\.com/u);
    expect(plan).not.toMatch(/mailbox\/bo@example\.com/u);
    expect(plan).not.toContain("hush-hush");
    expect(await rows(place, "new/accounts.csv")).toMatchObject([
      { address: "ana.ruiz@example.com", givenName: "Ana", familyName: "Ruiz, Dr." },
      { address: "bo@example.com", givenName: "Bo", familyName: "Ék" },
    ]);
    expect(await subjects("new-mail/ana.ruiz@example.com")).toEqual(["hello"]);
    expect(await subjects("new-mail")).toEqual(["hello"]);
    const state = await readdir(place.path("manifests"), { recursive: true, withFileTypes: true });
    for (const entry of state.filter((each) => each.isFile()))
      expect((await readFile(`${entry.parentPath}/${entry.name}`)).includes("hush-hush")).toBe(false);
  });

  it("brings a directory to Carbonio's files, and says what these cannot hold", async () => {
    await place.write({
      "old/accounts.csv":
        'address,displayName,givenName,familyName,quota,recoveryEmail,recoveryMobile\nana@example.com,"Ana ""A"" Ruiz",Ana,Ruiz,5GB,ana@home.example,+49 170 1\nbo@example.com,Bo,,,,,\n',
      "old/lists.csv": "address,displayName\nsales@example.com,Sales\n",
      "old/members.csv": "list,member\nsales@example.com,bo@example.com\nsales@example.com,ana@example.com\n",
      "new/.keep": "",
      "manifests/all.yaml": manifests(
        "profile: generic",
        "profile: carbonio",
        "{accountsFrom: {}, listsFrom: {}, aliases: {info: ana}}",
      ),
    });
    const plan = await converges();
    expect(plan).toContain("cannot hold the quota of accounts");
    expect(plan).toContain("cannot hold the recovery.mobile of accounts");
    expect(plan).toContain("cannot hold aliases");
    expect(await readFile(place.path("new/accounts.csv"), "utf8")).toBe(
      'email,password,givenName,sn,displayName,recovery_address\nana@example.com,,Ana,Ruiz,"Ana ""A"" Ruiz",ana@home.example\nbo@example.com,,,,Bo,\n',
    );
    expect(await readFile(place.path("new/lists.csv"), "utf8")).toBe(
      "address,Description,Name,members\nsales@example.com,,Sales,ana@example.com bo@example.com\n",
    );
  });

  it("brings 250 people to SkyConnect in three files", async () => {
    const people = Array.from({ length: 250 }, (_, index) => `p${index}@example.com,"P, ${index}",Ünal`);
    await place.write({
      "old/accounts.csv": `address,displayName,givenName\n${people.join("\n")}\n`,
      "new/.keep": "",
      "manifests/all.yaml": manifests(
        "profile: generic",
        "profile: skyconnect, domain: example.com",
        "{accountsFrom: {defaults: {class: staff}}}",
      ),
    });
    await converges();
    const files = (await readdir(place.path("new"))).filter((name) => name.endsWith(".csv")).toSorted();
    expect(files).toEqual(["users-1.csv", "users-2.csv", "users-3.csv"]);
    const all = await Promise.all(
      files.map(
        async (file) => parse(await readFile(place.path("new", file)), { columns: true }) as Record<string, string>[],
      ),
    );
    expect(all.map((each) => each.length)).toEqual([100, 100, 50]);
    expect(new Set(all.flat().map(({ username }) => username)).size).toBe(250);
    expect(all.flat().find(({ username }) => username === "p249")).toMatchObject({
      displayname: "P, 249",
      firstname: "Ünal",
      classofservice: "staff",
    });
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "cloudm",
      {
        "users.csv": `Migrate,ExportName,ImportName,GivenName,FamilyName,Password,MigrateMail\nTrue,a@old.example,ana@example.com,Ana,"Ruiz, ""Dr.""",pw,True\nTrue,bo@old.example,bo@example.com,Bo,Ék,,False\n`,
      },
      [
        `ana: {givenName: Ana, familyName: "Ruiz, \\"Dr.\\"", source: {user: a@old.example}}`,
        "bo: {givenName: Bo, familyName: Ék, source: false}",
      ],
    ],
    [
      "carbonio",
      {
        "accounts.csv":
          "email,password,givenName,sn,displayName,recovery_address\nana@example.com,pw,Ana,Ruiz,王 Ana,a@home.example\nbo@example.com,,,,,\n",
        "lists.csv": "address,Description,Name,members\nteam@example.com,Ours,Team,ana@example.com x@out.example\n",
      },
      [
        "ana: {displayName: 王 Ana, givenName: Ana, familyName: Ruiz, recovery: {email: a@home.example}}",
        "bo: {}",
        "team: {displayName: Team, members: [ana, x@out.example]}",
      ],
    ],
    [
      "skyconnect, domain: example.com",
      {
        "users-1.csv":
          "username,firstname,lastname,displayname,mithialias,alternateemailaddress,classofservice,accountstatus,memberof\nana,Ana,Ruiz,Ana R,info**post,,gold,disabled,team\nbo,,,,,,gold,enabled,team\n",
      },
      [
        "ana: {displayName: Ana R, givenName: Ana, familyName: Ruiz, enabled: false, class: gold, aliases: [info, post]}",
        "bo: {class: gold}",
        "team: {members: [ana, bo]}",
      ],
    ],
  ])("is imported from %s, after which a plan is empty and no file is changed", async (profile, files, lines) => {
    await place.write({
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`there/${name}`, text])),
      "manifests/system.yaml": [
        document("Endpoint", "there", `{type: csv, path: ../there, profile: ${profile}}`),
        document("Migration", "keep", "{destination: {directory: there}}"),
      ].join("---\n"),
    });
    const imported = await place.run(["import", "there", "-o", "manifests"]);
    expect(`${imported.code} ${imported.stderr}`).toMatch(/^0 /u);
    const written = await readFile(place.path("manifests/example.com.yaml"), "utf8");
    expect(written.match(/(?<=^ {4})\S.*$/gmu)).toEqual(lines);
    expect(written).not.toContain("pw");
    const plan = await place.run(["plan", "--detailed-exitcode"]);
    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain("No changes.");
    for (const [name, text] of Object.entries(files))
      expect(await readFile(place.path("there", name), "utf8")).toBe(text);
  });
});
