import { existsSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { startLdapFront } from "./ldap-front.ts";
import { type Connection, ldapmodify, ldapsearch } from "./ldapsearch.ts";
import { without } from "./packages.ts";
import { portIsFree } from "./ports.ts";
import { processesOf } from "./processes.ts";
import { administrator, type Samba, type SambaOptions, startSamba } from "./samba.ts";

async function start(options?: SambaOptions): Promise<Samba> {
  const server = await startSamba(options);
  onTestFinished(() => server.stop());
  return server;
}

const secure = (server: Samba): Connection => ({
  url: `ldaps://127.0.0.1:${server.tlsPort}`,
  ca: server.capath,
  bind: administrator,
});
const hidden = ({ own, company }: Samba) => ldapsearch(own, company, "(cn=large)", ["msExchHideFromAddressLists"]);
const through = async (
  server: Samba,
): Promise<{ front: Awaited<ReturnType<typeof startLdapFront>>; to: Connection }> => {
  const front = await startLdapFront({ to: server.port, secure: `${server.folder}/both.pem` });
  onTestFinished(() => front.stop());
  return { front, to: { url: `ldaps://127.0.0.1:${front.port}`, ca: server.capath, bind: administrator } };
};

const all = "(|(objectClass=user)(objectClass=group)(objectClass=contact))";

describe.skipIf(without("samba"))("a Samba of the test's own", () => {
  it("has a company, keeps what is written over a restart, and leaves nothing after its end", async () => {
    const server = await start();
    expect(await ldapsearch(secure(server), server.company, all, ["cn"])).toHaveLength(60 + 20 + 7 + 3);
    const dn = `OU=New,${server.company}`;
    await ldapmodify(secure(server), `dn: ${dn}\nchangetype: add\nobjectClass: organizationalUnit\n`);
    await server.restart();
    await server.restart("kill");
    expect((await ldapsearch(server.own, dn, "(ou=*)")).map((entry) => entry.dn)).toEqual([dn]);
    expect(processesOf(server.folder)).not.toEqual([]);
    await server.stop();
    expect(processesOf(server.folder)).toEqual([]);
    expect(existsSync(server.folder)).toBe(false);
    expect([await portIsFree(server.port), await portIsFree(server.tlsPort)]).toEqual([true, true]);
  });

  it("has the attributes of Exchange or has them not, and several run side by side", async () => {
    const [plain, exchange] = [await start(), await start({ schema: "exchange" })];
    expect((await hidden(plain))[0]?.attributes).toEqual({});
    expect((await hidden(exchange))[0]?.attributes).toEqual({ msExchHideFromAddressLists: ["TRUE"] });
  });

  it("refuses passwords in the clear where told so", async () => {
    const server = await start({ tlsRequired: true });
    const open = { url: `ldap://127.0.0.1:${server.port}`, bind: administrator };
    await expect(ldapsearch(open, server.company, "(cn=large)")).rejects.toThrow(/Strong.*required/);
    expect(await ldapsearch(secure(server), server.company, "(cn=large)")).toHaveLength(1);
  });
});

describe.skipIf(without("samba"))("a front with the limits of Active Directory", () => {
  it("gives a thousand entries and no more but by pages", async () => {
    const server = await start({ size: "large" });
    const { front, to } = await through(server);
    await expect(ldapsearch(to, server.company, all, ["cn"], { paged: false })).rejects.toThrow(/Size limit exceeded/);
    expect(front.cut.searches).toBe(1);
    expect(await ldapsearch(to, server.company, all, ["cn"], { paged: 100_000 })).toHaveLength(3030);
    expect(front.cut.pages).toBeGreaterThan(0);
  });

  it("gives fifteen hundred values and no more but by ranges", async () => {
    const server = await start({ size: "large" });
    const { front, to } = await through(server);
    const large = async (attribute: string) =>
      (await ldapsearch(to, server.company, "(cn=large)", [attribute]))[0]?.attributes;
    const first = await large("member");
    expect(Object.keys(first ?? {})).toEqual(["member;range=0-1499"]);
    const second = await large("member;range=1500-*");
    expect(Object.keys(second ?? {})).toEqual(["member;range=1500-*"]);
    const members = [...(first?.["member;range=0-1499"] ?? []), ...(second?.["member;range=1500-*"] ?? [])];
    expect(new Set(members).size).toBe(2500);
    expect(front.cut.attributes).toBe(1);
  });
});
