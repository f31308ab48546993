import { Buffer } from "node:buffer";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startDovecot } from "./dovecot.ts";
import type { DovecotOptions } from "./dovecot-options.ts";
import { connectImap } from "./imap-client.ts";
import { enter, expectLife, letter, started } from "./living.ts";
import { without } from "./packages.ts";

const start = (options?: DovecotOptions) => started(startDovecot(options));

describe.skipIf(without("dovecot"))("a Dovecot of the test's own", () => {
  it("keeps mail over a restart, and leaves nothing after its end", async () => {
    await expectLife(await start());
  });

  it.each<[DovecotOptions, string]>([
    [{ format: "maildir", namespace: "slash" }, "a/b"],
    [{ format: "mdbox", namespace: "dot" }, "a.b"],
    [{ format: "sdbox", namespace: "prefix-dot" }, "INBOX.a.b"],
    [{ format: "maildir", namespace: "prefix-dot" }, "INBOX.a.b"],
  ])("stores by %o", async (options, name) => {
    const server = await start(options);
    const client = await enter(server);
    expect(await client.nameOf(["a", "b"])).toBe(name);
    await client.create(name);
    await client.append(name, letter);
    expect((await client.list()).map((each) => each.name)).toContain(name);
    expect(await server.doveadm(["fetch", "-u", "ana", "hdr.subject", "mailbox", name])).toContain("hello");
    expect(readdirSync(server.mailbox("ana")).length).toBeGreaterThan(0);
    await client.close();
  });

  it("refuses whom it is told to refuse, and takes changes while it runs", async () => {
    const password = `"p:w*% \\ü`;
    const users = { ana: password, shut: { password, locked: true }, ill: { password, tempfail: true } };
    const server = await start({ users });
    const verdict = async (user: string, given = password) => {
      const client = await connectImap(server);
      const { status, code } = await client.login(user, given);
      await client.close();
      return `${status} ${code.split(" ")[0]}`;
    };
    expect(await verdict("ana", "wrong")).toBe("NO AUTHENTICATIONFAILED");
    expect(await verdict("ana")).toBe("OK CAPABILITY");
    expect(await verdict("shut")).toBe("NO CONTACTADMIN");
    expect(await verdict("ill")).toBe("NO UNAVAILABLE");
    await server.setUser("ill", { tempfail: false });
    await server.setUser("ana", { password: "other" });
    expect(await verdict("ill")).toBe("OK CAPABILITY");
    expect(await verdict("ana")).toBe("NO AUTHENTICATIONFAILED");
    expect(await verdict("ana", "other")).toBe("OK CAPABILITY");
  });

  it("holds quota, the largest message and the number of connections", async () => {
    const users = { ana: { password: "secret", quota: "10K" } };
    const server = await start({ users, appendLimit: 100_000, maxConnections: 2 });
    const client = await enter(server);
    expect([...(await client.capabilities())]).toContain("APPENDLIMIT=100000");
    expect(await client.command("APPEND INBOX ", Buffer.alloc(11_000, "x"))).toMatchObject({ code: "OVERQUOTA" });
    await server.setQuota("ana", 1_000_000);
    const later = await enter(server);
    expect(await later.command("APPEND INBOX ", Buffer.alloc(11_000, "x"))).toMatchObject({ status: "OK" });
    expect(await later.command("APPEND INBOX ", Buffer.alloc(110_000, "x"))).toMatchObject({ status: "NO" });
    const third = await connectImap(server);
    expect(await third.login("ana", "secret")).toMatchObject({
      status: "NO",
      text: expect.stringContaining("mail_max_userip_connections=2") as string,
    });
  });

  it("lets a master user in, with or without the owner's rights", async () => {
    for (const [acl, folders] of [
      ["owner", ["INBOX", "Kept"]],
      ["own", ["INBOX"]],
    ] as const) {
      const server = await start({ acl });
      await (await enter(server)).create("Kept");
      const client = await connectImap(server);
      expect(await client.loginAs("ana", "master", "mastersecret")).toMatchObject({ status: "OK" });
      expect((await client.list()).map((each) => each.name).toSorted()).toEqual(folders);
      await enter(server, "ana*master", "mastersecret");
    }
  });

  it.each([
    ["other-authority", /unable to verify/],
    ["expired", /expired/],
    ["other-host", /IP: 127.0.0.1 is not in the cert's list/],
  ] as const)("shows a certificate that is wrong: %s", async (kind, wrong) => {
    const server = await start({ certificate: kind, tlsRequired: true });
    await expect(connectImap({ port: server.tlsPort, tls: server.capath })).rejects.toThrow(wrong);
    const client = await connectImap({ port: server.port, from: "127.0.0.2" });
    expect([...(await client.capabilities())]).toContain("LOGINDISABLED");
    await expect(client.starttls(server.capath)).rejects.toThrow(wrong);
  });

  it("speaks STARTTLS, COMPRESS and what it is told to say", async () => {
    const server = await start({ compress: true, capability: "+XEXAMPLE", specialUse: "created", rawlog: true });
    const client = await connectImap(server);
    await client.starttls(server.capath);
    await client.login("ana", "secret");
    expect([...(await client.capabilities())]).toEqual(expect.arrayContaining(["COMPRESS=DEFLATE", "XEXAMPLE"]));
    expect(await client.list()).toContainEqual(
      expect.objectContaining({ name: "Sent", attributes: expect.arrayContaining(["\\Sent"]) }),
    );
    await client.close();
  });
});
