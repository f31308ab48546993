import { describe, expect, it, onTestFinished } from "vitest";
import { startDovecot } from "./dovecot.ts";
import { connectImap } from "./imap-client.ts";
import { startIntrospection } from "./introspection.ts";
import { started } from "./living.ts";
import { without } from "./packages.ts";

const bearers = {
  XOAUTH2: (user: string, token: string) => `user=${user}\x01auth=Bearer ${token}\x01\x01`,
  // RFC 7628 §3.1.
  OAUTHBEARER: (user: string, token: string) => `n,a=${user},\x01auth=Bearer ${token}\x01\x01`,
};

describe.skipIf(without("dovecot"))("access tokens at a Dovecot", () => {
  it.each(["XOAUTH2", "OAUTHBEARER"] as const)("let their user in by %s while they hold", async (mechanism) => {
    const tokens = await startIntrospection();
    onTestFinished(() => tokens.stop());
    const server = await started(startDovecot({ tokensAt: tokens.url }));
    const verdict = async (user: string, token: string): Promise<string> => {
      const client = await connectImap(server);
      const { status, code } = await client.authenticate(mechanism, bearers[mechanism](user, token));
      await client.close();
      return status === "OK" ? status : `${status} ${code}`;
    };
    expect(await verdict("ana", "one")).toBe("NO AUTHENTICATIONFAILED");
    tokens.accept("one", "ana");
    expect(await verdict("ana", "one")).toBe("OK");
    expect(await verdict("bo", "one")).toBe("NO AUTHENTICATIONFAILED");
    tokens.revoke("one");
    expect(await verdict("ana", "one")).toBe("NO AUTHENTICATIONFAILED");
    tokens.accept("two", "ana", Date.now() - 1);
    expect(await verdict("ana", "two")).toBe("NO AUTHENTICATIONFAILED");
    expect(tokens.asked).toContain("two");
    tokens.accept("three", "ana", Date.now() + 3_600_000);
    expect(await verdict("ana", "three")).toBe("OK");
    tokens.broken = true;
    expect(await verdict("ana", "three")).toBe("NO UNAVAILABLE");
    const client = await connectImap(server);
    expect([...(await client.capabilities())]).toContain(`AUTH=${mechanism}`);
    expect(await client.login("ana", "secret")).toMatchObject({ status: "OK" });
    await client.close();
  });
});
