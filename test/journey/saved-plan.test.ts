import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, people, peopleFile } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write(companyFiles(people));
  await place.run(["plan", "--out", "people.plan"]);
});
afterEach(() => place.remove());

const accounts = () => column(place, "new/accounts.csv", "address");
const idOf = async () => (JSON.parse(await readFile(place.path("people.plan"), "utf8")) as { id: string }).id;

describe("a saved plan", () => {
  it("is carried out without being asked about", async () => {
    const { code } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("is carried out once: what it was made from is gone after", async () => {
    await place.run(["apply", "people.plan"]);
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/plan\.stale/u);
  });

  it("is stale once the manifests are others", async () => {
    await place.write({ "manifests/people.yaml": peopleFile(people.replace("Bo Ek", "Bob")) });
    const { code } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(await accounts()).toEqual([]);
  });

  it("is stale once the directory is another, and then nothing of it is written", async () => {
    await appendFile(place.path("new/accounts.csv"), "bo@example.com,Somebody else,,\n");
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/account\/bo@example\.com/u);
    expect(await accounts()).toEqual(["bo@example.com"]);
    expect(await column(place, "new/domains.csv", "domain")).toEqual([]);
  });

  it("is refused when it was edited by hand", async () => {
    const text = await readFile(place.path("people.plan"), "utf8");
    await writeFile(place.path("people.plan"), text.replace("Bo Ek", "Bo Evil"));
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/changed after it was saved/u);
    expect(await accounts()).toEqual([]);
  });

  it.each([
    ["", /not JSON/u],
    ["{}", /no format/u],
    ['{"format": 99}', /format 99/u],
  ])("is refused when it is none: %j", async (text, words) => {
    await writeFile(place.path("people.plan"), text);
    const { code, stderr } = await place.run(["apply", "people.plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
  });

  it("is carried out by the id that was approved, and by no other", async () => {
    const refused = await place.run(["apply", "people.plan", "--approve", "000000"]);
    expect(refused.code).toBe(5);
    expect((await place.run(["apply", "people.plan", "--approve", (await idOf()).slice(0, 5)])).code).toBe(5);
    expect(await accounts()).toEqual([]);
    expect((await place.run(["apply", "people.plan", "--approve", (await idOf()).slice(0, 6)])).code).toBe(0);
  });

  it("has the id of a plan that is made anew while nothing has changed", async () => {
    expect((await place.run(["apply", "--approve", await idOf()])).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("names the messages behind a mailbox's step alone", async () => {
    const { code, stderr } = await place.run(["show", "people.plan", "--list", "account/ana@example.com"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--list takes a mailbox/u);
  });

  it("is shown in every format without its manifests", async () => {
    await place.write({ "manifests/people.yaml": "not: [valid" });
    const text = await place.run(["show", "people.plan"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/5 to add/u);
    const { stdout } = await place.run(["show", "people.plan", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ id: await idOf() });
    expect((await place.run(["show", "people.plan", "--format", "markdown"])).stdout).toMatch(/^<!-- reconcile plan/u);
  });
});

const mailManifest = `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: old}
spec: {type: archive, path: ../old, format: maildir}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: new}
spec: {type: archive, path: ../new, format: maildir}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: move}
spec: {source: {mail: old}, destination: {mail: new}}
---
apiVersion: reconcile/v1
kind: Mailbox
metadata: {name: ana@example.com}
spec: {source: {user: ana@example.com}}
`;
const inbox = "old/ana@example.com/cur";
const mail = (number: number) => ({
  [`${inbox}/170000000${number}.M${number}P1.host:2,S`]: `From: a@x.example\r\nSubject: ${number}\r\nMessage-ID: <${number}@x.example>\r\n\r\nNumber ${number}\r\n`,
});

describe("a saved plan of mail", () => {
  let mails: Place;
  beforeEach(async () => {
    mails = await openPlace();
    await mails.write({ "manifests/all.yaml": mailManifest, ...mail(1), ...mail(2) });
    for (const name of ["old/ana@example.com/new", "old/ana@example.com/tmp", "new"])
      await mkdir(mails.path(name), { recursive: true });
    await mails.run(["plan", "--out", "mail.plan"]);
  });
  afterEach(() => mails.remove());

  const text = () => readFile(mails.path("mail.plan"), "utf8");
  const saved = async () =>
    JSON.parse(await text()) as {
      readonly id: string;
      readonly steps: readonly { readonly change: { readonly scope: object } }[];
    };

  it("has the id of a plan that is made later, while nothing has changed, and another once mail came", async () => {
    const { id, steps } = await saved();
    await rename(mails.path("mail.plan"), mails.path("first.plan"));
    await mails.run(["plan", "--out", "mail.plan"]);
    const later = await saved();
    expect(later.id).toBe(id);
    expect(later.steps[0]?.change.scope).not.toEqual(steps[0]?.change.scope);
    await mails.write(mail(3));
    const other = await mails.run(["apply", "--approve", id]);
    expect(other.code).toBe(5);
    expect(other.stderr).toMatch(/was approved/u);
  });

  it("is approved by its id without its file", async () => {
    const { code, stdout } = await mails.run(["apply", "--approve", (await saved()).id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/of 2 messages at the source: 2 copied/u);
    const { stdout: shown } = await mails.run(["show", "mail.plan", "--list", "mailbox/ana@example.com"]);
    expect(shown).toMatch(/is at both ends/u);
  });

  it("says so where nothing is remembered of the messages behind it", async () => {
    const { code, stdout } = await mails.run(["show", "mail.plan", "--list", "mailbox/ana@example.com"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/no pass over it was made yet/u);
  });

  it("is refused when one of its watermarks was edited by hand", async () => {
    const plan = await saved();
    const [{ change } = { change: { scope: {} } }] = plan.steps;
    await writeFile(
      mails.path("mail.plan"),
      JSON.stringify({ ...plan, steps: [{ ...plan.steps[0], change: { ...change, scope: { watermarks: {} } } }] }),
    );
    const { code, stderr } = await mails.run(["apply", "mail.plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/plan\.edited/u);
  });
});
