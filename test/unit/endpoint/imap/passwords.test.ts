/** The file of passwords, and which login is made for whom. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogins } from "../../../../src/endpoint/imap/login.ts";
import { Fault } from "../../../../src/model/fault.ts";
import type { Owner } from "../../../../src/model/resource.ts";
import type { ImapAuth } from "../../../../src/model/spec.ts";
import { contextOf, specOf } from "../../../endpoint/imap.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconcile-passwords-"));
});
afterEach(() => rm(folder, { recursive: true }));

const loginsBy = (auth: ImapAuth) =>
  createLogins("mail", specOf({ host: "localhost", port: 1 }, { auth }), contextOf());

async function fileOf(text: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(folder, "passwords.csv");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

async function logins(text: string | Uint8Array, mode?: number) {
  return loginsBy({ method: "user", passwords: { file: await fileOf(text, mode) } });
}

async function faultOf(trying: Promise<unknown>): Promise<Fault> {
  const thrown = await trying.then(
    (value: unknown) => new Error(`it went well: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

describe("a file of passwords", () => {
  it.each<[string, string, string]>([
    ["plain", "address,password\nana@example.com,pass\n", "pass"],
    ["with a byte order mark and CRLF", "\uFEFFaddress,password\r\nana@example.com,pass\r\n", "pass"],
    ["with quotes", 'address,password\n"ana@example.com","a,b ""c"" \'d"\n', 'a,b "c" \'d'],
    ["with blanks that belong to the password", "address,password\nana@example.com, p s \n", " p s "],
    ["with blanks around the address", "address,password\n ana@example.com ,pass\n", "pass"],
    ["in another case", "address,password\nAna@Example.COM,pAss\n", "pAss"],
    ["in UTF-8", "address,password\nana@example.com,pässwörd\n", "pässwörd"],
    ["with more columns, in another order", "note,password,address\nx,pass,ana@example.com\n", "pass"],
    ["with empty lines and no last line end", "\naddress,password\n\nana@example.com,pass", "pass"],
    ["with a line end in quotes", 'address,password\nana@example.com,"two\nlines"\n', "two\nlines"],
  ])("%s", async (_, text, password) => {
    const made = await logins(text);
    expect(await made.of({ user: "ana@example.com" })).toEqual({ user: "ana@example.com", password });
    expect(await made.of({ user: "ANA@example.com" })).toEqual({ user: "ANA@example.com", password });
  });

  it("is asked for a row, and says which is missing", async () => {
    const made = await logins("address,password\nana@example.com,pass-of-ana\n");
    const fault = await faultOf(made.of({ user: "bo@example.com" }));
    expect(fault).toMatchObject({ code: "login.unknown", spoils: "mailbox", about: "mail" });
    expect(fault.message).toMatch(/bo@example\.com.*passwords\.csv has no row of it$/);
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o660, 0o601])("is refused with mode %o, and left unread", async (mode) => {
    const fault = await faultOf((await logins("address,password\nana,pass\n", mode)).of({ user: "ana" }));
    expect(fault).toMatchObject({
      code: "passwords.unfit",
      spoils: "endpoint",
      about: expect.stringMatching(/passwords\.csv$/),
    });
    expect(fault.remedy).toMatch(/^chmod 600 .*passwords\.csv$/);
  });

  it("is taken with mode 400", async () => {
    expect(await (await logins("address,password\nana,pass\n", 0o400)).of({ user: "ana" })).toMatchObject({
      password: "pass",
    });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["without the columns", "user,pass\nana,hunter-two\n", /columns? address,password/],
    ["without a header", "ana,hunter-two\nbo,hunter-two\n", /columns? address,password/],
    ["with an open quote", 'address,password\nana,"hunter-two\n', /columns? address,password/],
    ["with a comma that is not quoted", "address,password\nana,hunter-two,hunter-two\n", /quote what holds a comma/],
  ])("%s is refused, and not quoted", async (_, text, remedy) => {
    const fault = await faultOf((await logins(text)).of({ user: "ana" }));
    expect(fault).toMatchObject({ code: "passwords.unfit", spoils: "endpoint" });
    expect(fault.remedy).toMatch(remedy);
    const told: string[] = [];
    for (let at: unknown = fault; at instanceof Error; at = at.cause) told.push(at.message, at.stack ?? "");
    expect(told.join("\n") + JSON.stringify(fault)).not.toContain("hunter-two");
  });

  it("that is not there is said to be so", async () => {
    const made = loginsBy({ method: "user", passwords: { file: join(folder, "none.csv") } });
    expect(await faultOf(made.of({ user: "ana" }))).toMatchObject({
      code: "passwords.unfit",
      message: expect.stringMatching(/cannot be read \(ENOENT\)/),
    });
  });

  it("that is empty has no rows", async () => {
    expect(await faultOf((await logins("")).of({ user: "ana" }))).toMatchObject({ code: "login.unknown" });
  });

  it("is read once", async () => {
    const made = await logins("address,password\nana,pass\nbo,word\n");
    await made.of({ user: "ana" });
    await rm(join(folder, "passwords.csv"));
    expect(await made.of({ user: "bo" })).toMatchObject({ password: "word" });
  });
});

describe("the login of a mailbox", () => {
  const password = { env: "pass" };

  it.each<[ImapAuth, object]>([
    [
      { method: "user", password },
      { user: "ana", password: "pass" },
    ],
    [
      { method: "admin", user: "boss", password },
      { user: "boss", password: "pass", authorization: "ana" },
    ],
    [
      { method: "master", user: "boss", password },
      { user: "ana*boss", password: "pass" },
    ],
    [
      { method: "master", user: "boss", password, separator: "%" },
      { user: "ana%boss", password: "pass" },
    ],
    [
      { method: "oauth2", accessToken: { env: "t" } },
      { user: "ana", token: "t", mechanism: undefined },
    ],
    [
      { method: "oauth2", accessToken: { env: "t" }, mechanism: "XOAUTH2" },
      { user: "ana", token: "t", mechanism: "XOAUTH2" },
    ],
  ])("by %j", async (auth, login) => {
    expect(await loginsBy(auth).of({ user: "ana" })).toEqual(login);
  });

  it("is its own where it has credentials", async () => {
    const made = loginsBy({ method: "oauth2", accessToken: { env: "t" }, mechanism: "XOAUTH2" });
    const own = (credentials: NonNullable<Owner["credentials"]>) => made.of({ user: "ana", credentials });
    expect(await own({ password: { env: "own" } })).toEqual({ user: "ana", password: "own" });
    expect(await own({ accessToken: { env: "own" } })).toEqual({ user: "ana", token: "own", mechanism: "XOAUTH2" });
  });

  it("is unknown where nothing says how", async () => {
    const { auth: _, ...spec } = specOf({ host: "localhost", port: 1 });
    const made = createLogins("mail", spec, contextOf());
    expect(await faultOf(made.of({ user: "ana" }))).toMatchObject({ code: "login.unknown", spoils: "mailbox" });
    expect(await faultOf(loginsBy({ method: "user" }).of({ user: "ana" }))).toMatchObject({ code: "login.unknown" });
  });

  it("is made anew after a refusal where a token is another one now, and never for a password", async () => {
    let count = 0;
    const context = contextOf({
      secret: async () => {
        count += 1;
        return `token ${Math.min(count, 2)}`;
      },
    });
    const auth: ImapAuth = { method: "oauth2", accessToken: { env: "t" } };
    const made = createLogins("mail", specOf({ host: "localhost", port: 1 }, { auth }), context);
    const first = await made.of({ user: "ana" });
    const second = await made.renewed({ user: "ana" }, first);
    expect(second).toMatchObject({ token: "token 2" });
    expect(second && (await made.renewed({ user: "ana" }, second))).toBeUndefined();
    const byPassword = loginsBy({ method: "user", password });
    expect(await byPassword.renewed({ user: "ana" }, await byPassword.of({ user: "ana" }))).toBeUndefined();
  });
});
