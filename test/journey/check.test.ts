import { chmod, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { as, letterOf } from "../endpoint/imap-check.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const names = ["ana", "bo", "cy", "dan"].map((user) => `${user}@example.com`);
const [ana = "", bo = "", cy = "", dan = ""] = names;
const secrets = { right: "correct-horse-battery", wrong: "mistaken-horse-battery", master: "master-of-all-horses" };

describe.skipIf(without("dovecot"))("a check of a move between two servers", () => {
  let place: Place;
  let old: Dovecot;
  let fresh: Dovecot;
  const env = { OLD: secrets.right, CY: secrets.wrong, MASTER: secrets.master };

  beforeAll(async () => {
    place = await openPlace();
    const password = secrets.right;
    const master = { user: "master", password: secrets.master };
    const [first, second] = await Promise.all([
      startDovecot({ users: Object.fromEntries(names.map((name) => [name, password])) }),
      startDovecot({
        users: Object.fromEntries(names.map((name) => [name, name === ana ? { password, quota: "64K" } : password])),
        namespace: "prefix-dot",
        appendLimit: 80_000,
        master,
      }),
    ]);
    [old, fresh] = [first, second];
    const endpoint = (name: string, server: Dovecot, auth: string) =>
      document(
        "Endpoint",
        name,
        `{type: imap, host: 127.0.0.1, port: ${server.tlsPort}, ca: ${server.capath}, auth: ${auth}, limits: {connections: 2}}`,
      );
    await place.write({
      "manifests/mail.yaml": [
        endpoint("old-mail", old, "{method: user, passwords: {file: ../passwords.csv}}"),
        endpoint("new-mail", fresh, "{method: admin, user: master, password: {env: MASTER}}"),
        document("Migration", "move", "{source: {mail: old-mail}, destination: {mail: new-mail}}"),
        ...names.map((name) => document("Mailbox", name, "{}")),
      ].join("---\n"),
      "passwords.csv": `address,password\n${ana},${secrets.right}\n${bo},${secrets.right}\n${cy},${secrets.wrong}\n${dan},${secrets.wrong}\n`,
    });
    await chmod(place.path("passwords.csv"), 0o600);
    await as(
      old,
      ana,
      async (client) => {
        await client.append("INBOX", letterOf(70_000));
        await client.append("INBOX", letterOf(90_000));
      },
      secrets.right,
    );
    await as(fresh, bo, async (client) => void (await client.append("INBOX", letterOf(100))), secrets.right);
  });
  afterAll(async () => {
    await Promise.all([old, fresh].map((server) => server?.stop()));
    await place.remove();
  });

  const check = (...flags: readonly string[]) => place.run(["check", ...flags], { env });

  it("says what stands in its way, and ends with 4", async () => {
    const ended = await check();
    expectCode(ended, 4);
    const { stdout, stderr } = ended;
    expect(stderr).toBe("");
    for (const words of [
      /^error {4}2 mailboxes: Login refused at old-mail: the password is wrong, .*\n {9}cy@example\.com, dan@example\.com$/mu,
      /^error {4}mailbox\/ana@example\.com: 156\.\d KiB will come, and the quota "User quota" at new-mail has 64 KiB left of 64 KiB \(raise/mu,
      /^error {4}mailbox\/ana@example\.com: 1 message larger than the 78\.1 KiB that new-mail takes; the largest has 88\.0 KiB/mu,
      /^info {5}old-mail: Profile: Dovecot, for its ID says name Dovecot$/mu,
      /^info {5}old-mail: Logged in to 2 of 4 mailboxes$/mu,
      /^info {5}new-mail: Logged in to 4 of 4 mailboxes$/mu,
      /^info {5}new-mail: Writing: several messages a command, all or none \(MULTIAPPEND\), sent without waiting \(LITERAL\+\)/mu,
      /^info {5}new-mail: Folders: levels are parted by "\.", the prefix "INBOX\."$/mu,
      /^info {5}mailbox\/bo@example\.com: Not empty at new-mail: .*: 1 message$/mu,
      /^info {5}new-mail: 2 messages with 156\.\d KiB will come from 2 of 4 mailboxes, counted by STATUS SIZE; 2 more could not be counted$/mu,
      /^info {5}new-mail: Flags: it keeps every flag and keyword \(PERMANENTFLAGS\)$/mu,
      /^Checked 2 endpoints and 4 mailboxes: 4 errors, \d+ warnings?\.$/mu,
    ])
      expect(stdout).toMatch(words);
  });

  it("is a document for machines, too", async () => {
    const ended = await check("--format", "json");
    expectCode(ended, 4);
    const { findings } = JSON.parse(ended.stdout) as { readonly findings: readonly { readonly code: string }[] };
    expect(findings.filter(({ code }) => code === "login.refused")).toEqual([
      expect.objectContaining({ severity: "error", about: `mailbox/${cy}` }),
      expect.objectContaining({ severity: "error", about: `mailbox/${dan}` }),
    ]);
  });

  it("tells no secret, with --debug either", async () => {
    for (const flags of [["--debug"], ["--debug", "--format", "json"]]) {
      const { stdout, stderr } = await check(...flags);
      for (const secret of Object.values(secrets)) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it("ends with 0 once everything is mended, and wrote nothing", async () => {
    const { right } = secrets;
    await place.write({ "passwords.csv": `address,password\n${names.map((name) => `${name},${right}\n`).join("")}` });
    await chmod(place.path("passwords.csv"), 0o600);
    await fresh.setQuota(ana, 10_000_000);
    await place.write({
      "manifests/mail.yaml": (await readFile(place.path("manifests/mail.yaml"), "utf8")).replace(
        "destination: {mail: new-mail}}",
        "destination: {mail: new-mail}, mailboxes: {messages: {maxSize: 80000}}}",
      ),
    });
    const { code, stdout } = await check();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/4 mailboxes: 0 errors/u) });
    await as(
      fresh,
      ana,
      async (client) => {
        expect((await client.list()).map(({ name }) => name)).toEqual(["INBOX"]);
        expect((await client.status("INBOX", "MESSAGES")).get("MESSAGES")).toBe(0);
      },
      right,
    );
  });
});
