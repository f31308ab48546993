/** Whom a line is trusted to, on real TLS: a login is sent to nobody else. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fault } from "../../src/model/fault.ts";
import type { ImapEndpointSpec } from "../../src/model/spec.ts";
import type { CertificateKind } from "../servers/certificates.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { openStore, specOf } from "./imap.ts";

type Said = Partial<ImapEndpointSpec> & { readonly port: number };

const spec = ({ port, ...more }: Said): ImapEndpointSpec => specOf({ host: more.host ?? "127.0.0.1", port }, more);

/** Opens and closes; what was thrown, else the folders. */
async function outcome(said: Said): Promise<Fault | readonly string[]> {
  try {
    const store = await openStore(spec(said), "ana");
    const { places } = await store.look({ signal: new AbortController().signal });
    await store.close();
    return places.map(({ id }) => id);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

const untrusted = { code: "tls.refused", spoils: "endpoint", retry: "later", about: "mail" };
const tls = ["implicit", "starttls"] as const;
const portOf = (server: Dovecot, how: (typeof tls)[number]) => (how === "implicit" ? server.tlsPort : server.port);

describe.skipIf(without("dovecot"))("a line to a server with the right certificate", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ tlsRequired: true });
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each(tls)("is trusted by its own authority, by name and by address: %s", async (how) => {
    const said = { tls: how, port: portOf(server, how), ca: server.capath };
    expect(await outcome({ ...said, host: "localhost" })).toEqual(["INBOX"]);
    expect(await outcome({ ...said, host: "127.0.0.1" })).toEqual(["INBOX"]);
  });

  it.each(tls)("is not trusted without its authority: %s", async (how) => {
    const fault = await outcome({ tls: how, port: portOf(server, how) });
    expect(fault).toMatchObject({
      ...untrusted,
      message: expect.stringMatching(
        /^The line to 127\.0\.0\.1:\d+ cannot be trusted: unable to verify the first certificate$/,
      ),
      remedy: expect.stringMatching(/by `ca`/),
    });
  });

  it("is not begun on a port that speaks no TLS from the start", async () => {
    const fault = await outcome({ tls: "implicit", port: server.port, ca: server.capath });
    expect(fault).toMatchObject({
      ...untrusted,
      message: expect.stringMatching(/the port speaks no TLS$/),
      remedy: expect.stringMatching(/993 is implicit, 143 is starttls/),
    });
  });

  it("is not had in the clear from a port that speaks TLS from the start", async () => {
    const fault = await outcome({ tls: "starttls", port: server.tlsPort, ca: server.capath, timeout: 1 });
    expect(fault).toMatchObject({ code: "server.unreachable", remedy: expect.stringMatching(/port and tls/) });
  });

  it("is not opened where the authority's file is not there, or is none", async () => {
    const said = { tls: "implicit", port: server.tlsPort } as const;
    expect(await outcome({ ...said, ca: `${server.folder}/none.pem` })).toMatchObject({ code: "ca.unreadable" });
    expect(await outcome({ ...said, ca: `${server.folder}/dovecot.conf` })).toMatchObject({ code: "ca.unreadable" });
  });
});

describe.skipIf(without("dovecot"))("a line to a server with a wrong certificate", () => {
  const wrong: readonly (readonly [CertificateKind, RegExp, RegExp])[] = [
    ["other-authority", /unable to (?:verify|get)/, /by `ca`/],
    ["expired", /certificate has expired/, /renewed/],
    ["other-host", /IP: 127\.0\.0\.1 is not in the cert's list/, /host as the certificate names it/],
  ];

  it("is trusted by neither way, and no login is sent", async () => {
    const servers = await Promise.all(wrong.map(([certificate]) => startDovecot({ certificate, rawlog: true })));
    try {
      for (const [at, [, message, remedy]] of wrong.entries()) {
        const server = servers[at] as Dovecot;
        for (const how of tls) {
          const fault = await outcome({ tls: how, port: portOf(server, how), ca: server.capath });
          expect(fault).toMatchObject({
            ...untrusted,
            message: expect.stringMatching(message),
            remedy: expect.stringMatching(remedy),
          });
        }
        expect(server.log()).not.toMatch(/user=<ana>/);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

describe.skipIf(without("dovecot"))("STARTTLS", () => {
  it("is a demand: a server without it gets no login", async () => {
    const server = await startDovecot({ tls: false });
    try {
      const fault = await outcome({ tls: "starttls", port: server.port, ca: server.capath });
      expect(fault).toMatchObject({
        ...untrusted,
        message: expect.stringMatching(/does not support STARTTLS/),
        remedy: expect.stringMatching(/tls: implicit/),
      });
      expect(server.log()).not.toMatch(/user=<ana>/);
      expect(await outcome({ tls: "none", port: server.port })).toEqual(["INBOX"]);
    } finally {
      await server.stop();
    }
  });
});

describe("a line without TLS", () => {
  /** Linux reaches this machine by 0.0.0.0, which is no address of loopback. */
  it("is begun to loopback alone, or where the manifest says so", async () => {
    const connections: number[] = [];
    const server = createServer((socket) => {
      connections.push(1);
      socket.end("* BYE not today\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const said = { tls: "none", host: "0.0.0.0", port } as const;
      expect(await outcome(said)).toMatchObject({
        code: "tls.required",
        spoils: "endpoint",
        remedy: expect.stringMatching(/implicit or starttls, or allowPlaintext: true/),
      });
      expect(connections).toHaveLength(0);
      expect(await outcome({ ...said, allowPlaintext: true })).toMatchObject({
        code: "server.unreachable",
        message: expect.stringMatching(/not today/),
      });
      expect(connections).toHaveLength(1);
      expect(await outcome({ ...said, host: "localhost" })).toMatchObject({ code: "server.unreachable" });
      expect(connections).toHaveLength(2);
    } finally {
      server.close();
      await once(server, "close");
    }
  });
});
