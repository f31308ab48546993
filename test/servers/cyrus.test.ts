import { Buffer } from "node:buffer";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CyrusOptions, startCyrus } from "./cyrus.ts";
import { connectImap } from "./imap-client.ts";
import { enter, expectLife, letter, started } from "./living.ts";
import { without } from "./packages.ts";

const start = (options?: CyrusOptions) => started(startCyrus(options));

describe.skipIf(without("cyrus"))("a Cyrus of the test's own", () => {
  it("keeps mail over a restart, and leaves nothing after its end", async () => {
    await expectLife(await start());
  });

  it.each([
    ["slash", "a/b", "user/ana"],
    ["prefix-dot", "INBOX.a.b", "user.ana"],
  ] as const)("names folders by %s", async (namespace, name, inbox) => {
    const server = await start({ namespace });
    const client = await enter(server);
    expect(await client.nameOf(["a", "b"])).toBe(name);
    await client.create(name);
    await client.append("INBOX", letter);
    expect((await client.list()).map((each) => each.name)).toContain(name);
    expect(readdirSync(server.mailbox("ana"))).toContain("1.");
    const admin = await server.admin();
    expect((await admin.list()).map((each) => each.name)).toContain(inbox);
    await admin.close();
  });

  it("lets the proxy user and the administrator act for others, and nobody else", async () => {
    const server = await start();
    await (await enter(server)).create("Kept");
    for (const user of ["proxy", "cyrus"]) {
      const client = await connectImap(server);
      expect(await client.loginAs("ana", user, "secret")).toMatchObject({ status: "OK" });
      expect((await client.list()).map((each) => each.name)).toEqual(["INBOX", "Kept"]);
      await client.close();
    }
    const client = await connectImap(server);
    expect(await client.loginAs("ana", "bo", "secret")).toMatchObject({ status: "NO" });
    await client.close();
  });

  it("holds quota and passwords as they change", async () => {
    const server = await start({ quota: 10 * 1024, specialUse: "created" });
    const client = await enter(server);
    const large = Buffer.from(`Subject: x\r\n\r\n${"x\r\n".repeat(4000)}`);
    expect((await client.list()).flatMap((each) => each.attributes)).toContain("\\sent");
    expect(await client.command("APPEND INBOX ", large)).toMatchObject({ status: "NO", text: "Over quota" });
    await server.setQuota("ana", 1_000_000);
    expect(await client.command("APPEND INBOX ", large)).toMatchObject({ status: "OK" });
    await server.setPassword("ana", "another");
    await enter(server, "ana", "another");
  });

  it("shows a certificate that is wrong", async () => {
    const server = await start({ certificate: "expired" });
    await expect(connectImap({ port: server.tlsPort, tls: server.capath })).rejects.toThrow(/expired/);
  });
});
