import { Buffer } from "node:buffer";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CourierOptions, startCourier } from "./courier.ts";
import { connectImap } from "./imap-client.ts";
import { enter, expectLife, letter, started } from "./living.ts";
import { without } from "./packages.ts";

const start = (options?: CourierOptions) => started(startCourier(options));

describe.skipIf(without("courier"))("a Courier of the test's own", () => {
  it("keeps mail over a restart, and leaves nothing after its end", async () => {
    await expectLife(await start());
  });

  it("really lacks what others have, and leaves the machine as it was", async () => {
    const server = await start();
    const client = await enter(server);
    const { prefix, separator } = await client.namespace();
    expect({ prefix, separator }).toEqual({ prefix: "INBOX.", separator: "." });
    const able = await client.capabilities();
    expect(["MOVE", "CONDSTORE", "LITERAL+", "SPECIAL-USE"].filter((each) => able.has(each))).toEqual([]);
    expect(await client.command("EXAMINE INBOX (CONDSTORE)")).toMatchObject({ status: "NO" });
    await client.create("INBOX.a.b");
    const uid = await client.append("INBOX", letter);
    expect(
      readdirSync(join(server.mailbox("ana"), "new")).length + readdirSync(join(server.mailbox("ana"), "cur")).length,
    ).toBe(1);
    await client.move("INBOX", uid ?? 0, "INBOX.a.b");
    expect([await client.fetchAll("INBOX"), (await client.fetchAll("INBOX.a.b")).length]).toEqual([[], 1]);
    await client.append("INBOX.a.b", letter);
    expect((await client.fetchAll("INBOX.a.b")).length).toBe(2);
    expect([existsSync("/usr/sbin/couriertcpd"), existsSync("/etc/courier/userdb")]).toEqual([false, false]);
  });

  it("holds quota and passwords as they change", async () => {
    const server = await start({ users: { ana: { password: "secret", quota: 10_000 } } });
    // Courier counts what it stores, which has bare line feeds.
    const large = Buffer.from(`Subject: x\r\n\r\n${"x\r\n".repeat(6000)}`);
    const client = await enter(server);
    expect(await client.command("APPEND INBOX ", large)).toMatchObject({ status: "NO", code: "ALERT" });
    await server.setQuota("ana", 1_000_000);
    await server.setUser("bo", { password: `"p:w|=*% \\ü` });
    const later = await enter(server);
    expect(await later.command("APPEND INBOX ", large)).toMatchObject({ status: "OK" });
    await enter(server, "bo", `"p:w|=*% \\ü`);
  });

  it("closes a connection too many without a greeting", async () => {
    const server = await start({ maxPerAddress: 2 });
    const clients = [await connectImap(server), await connectImap(server)];
    await expect(connectImap(server)).rejects.toThrow(/closed|ECONNRESET/);
    await Promise.all(clients.map((each) => each.drop()));
  });

  it("wants STARTTLS first, and shows a certificate that is wrong", async () => {
    const server = await start({ certificate: "other-host", tlsRequired: true });
    const client = await connectImap(server);
    expect([...(await client.capabilities())]).toContain("LOGINDISABLED");
    await expect(client.starttls(server.capath)).rejects.toThrow(/not in the cert/);
  });
});
