import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { open as openImap } from "../../src/endpoint/imap/index.ts";
import { collect } from "../contract/collect.ts";
import { ownersContract } from "../contract/owners.ts";
import { type Cyrus, startCyrus } from "../servers/cyrus.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { contextOf, specOf } from "./imap.ts";

const options = { signal: new AbortController().signal };

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "owners-"));
}

async function archive(path: string) {
  return openEndpoint("old", { type: "archive", path, format: "maildir" }, contextOf());
}

ownersContract("an archive", async () => {
  const path = await folder();
  for (const name of ["ana@example.com", "Bo Ek", "日本@example.com", ".hidden"])
    await mkdir(join(path, name, "cur"), { recursive: true });
  await writeFile(join(path, "notes.txt"), "");
  return {
    endpoint: await archive(path),
    users: ["ana@example.com", "Bo Ek", "日本@example.com"],
    close: () => rm(path, { recursive: true }),
  };
});

ownersContract("a memory", async () => {
  const path = await folder();
  const users = ["ana@example.com", "bo"];
  const mail = Object.fromEntries(users.map((user) => [user, [{ text: "Subject: x\n\nx\n" }]]));
  await writeFile(join(path, "seed.json"), JSON.stringify({ mail }));
  const endpoint = await openEndpoint("old", { type: "memory", seed: join(path, "seed.json") }, contextOf());
  return { endpoint, users, close: () => rm(path, { recursive: true }) };
});

describe("an archive", () => {
  it("names folders that no mailbox can be opened by, and why", async () => {
    const path = await folder();
    onTestFinished(() => rm(path, { recursive: true }));
    const outside = await folder();
    onTestFinished(() => rm(outside, { recursive: true }));
    await mkdir(Buffer.from(`${path}/\xff`, "latin1"));
    await symlink(outside, join(path, "away"));
    await symlink(join(path, "nowhere"), join(path, "loose"));
    const found = await collect((await archive(path)).owners?.(options));
    expect(found.every(({ flaw }) => flaw !== undefined)).toBe(true);
    expect(found.map(({ user }) => user).toSorted()).toEqual(["away", "loose", "\ufffd"].toSorted());
  });

  it("that is not there tells no owner", async () => {
    const endpoint = await archive(join(tmpdir(), "no-such-archive"));
    await expect(collect(endpoint.owners?.(options))).rejects.toMatchObject({ code: "archive.missing" });
  });
});

describe.skipIf(without("cyrus"))("a Cyrus", () => {
  let server: Cyrus;
  const users = ["ana", "bo"];
  beforeAll(async () => {
    server = await startCyrus({
      users: Object.fromEntries(users.map((user) => [user, "secret"])),
      namespace: "prefix-dot",
    });
    for (const user of users) {
      const client = await connectImap(server);
      await client.login(user, "secret");
      await client.close();
    }
  });
  afterAll(() => server?.stop());

  ownersContract("its administrator", async () => ({
    endpoint: await openImap(
      "mail",
      specOf(server, { auth: { method: "admin", user: "cyrus", password: { env: "secret" } } }),
      contextOf(),
    ),
    // An administrator who acts for a user still sees the names of all.
    reads: await openImap(
      "mail",
      specOf(server, { auth: { method: "admin", user: "proxy", password: { env: "secret" } } }),
      contextOf(),
    ),
    users,
    close: async () => {},
  }));

  it("is told a user's own dots, which it writes as ^ where the separator is a dot", async () => {
    const other = await startCyrus({ users: { "bo.ek": "secret" }, namespace: "prefix-dot" });
    onTestFinished(() => other.stop());
    const client = await connectImap(other);
    await client.login("bo.ek", "secret");
    await client.close();
    const auth = { method: "admin", user: "cyrus", password: { env: "secret" } } as const;
    const endpoint = await openImap("mail", specOf(other, { auth }), contextOf());
    expect(await collect(endpoint.owners?.(options))).toEqual([{ user: "bo.ek" }]);
  });

  it("does not show its users to one of them", async () => {
    const endpoint = await openImap("mail", specOf(server), contextOf());
    await expect(collect(endpoint.owners?.(options))).rejects.toMatchObject({ code: "owners.unlisted" });
  });
});

describe.skipIf(without("dovecot"))("a Dovecot", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot();
  });
  afterAll(() => server?.stop());

  it("cannot list its users to a master who is no user, and says what to do", async () => {
    const auth = { method: "master", user: "master", password: { env: "mastersecret" } } as const;
    const endpoint = await openImap("mail", specOf(server, { auth }), contextOf());
    await expect(collect(endpoint.owners?.(options))).rejects.toMatchObject({
      code: "owners.unlisted",
      remedy: expect.stringContaining("--users") as string,
    });
  });

  ownersContract("its file of passwords", async () => {
    const path = await folder();
    const file = join(path, "passwords.csv");
    await writeFile(file, "address,password\nana,secret\nbo,secret\n", { mode: 0o600 });
    const endpoint = await openImap(
      "mail",
      specOf(server, { auth: { method: "user", passwords: { file } } }),
      contextOf(),
    );
    return { endpoint, users: ["ana", "bo"], close: () => rm(path, { recursive: true }) };
  });
});
