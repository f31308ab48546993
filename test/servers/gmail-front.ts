/**
 * A proxy that makes a Dovecot speak Gmail's extensions as far as they are asked for here: X-GM-LABELS and X-GM-MSGID in FETCH
 * (https://developers.google.com/workspace/gmail/imap/imap-extensions). A test says which labels a message has.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

interface GmailFront {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Commands that asked for labels. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** `labelsOf` tells a message's labels by its UID, as they go over the wire. */
export async function startGmailFront(to: number, labelsOf: (uid: number) => string): Promise<GmailFront> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    const labelled = new Set<string>();
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => undefined);
    }
    const fromClient = lines((line) => {
      if (!/X-GM-/.test(line)) return line;
      if (/X-GM-LABELS/.test(line)) {
        asked.push(line);
        labelled.add(line.split(" ")[0] ?? "");
      }
      return line.replace(/ X-GM-(?:LABELS|MSGID)/g, "");
    });
    const fromServer = lines((line) => {
      labelled.delete(line.split(" ")[0] ?? "");
      const uid = /^\* \d+ FETCH \(.*\bUID (\d+)/.exec(line)?.[1];
      if (uid === undefined) return line;
      const labels = labelled.size > 0 ? ` X-GM-LABELS (${labelsOf(Number(uid))})` : "";
      return line.replace("FETCH (", `FETCH (X-GM-MSGID ${1_278_455_344_230_334_000n + BigInt(uid)}${labels} `);
    });
    client.on("data", (octets: Buffer) => upstream.write(fromClient(octets))).on("close", () => upstream.destroy());
    upstream.on("data", (octets: Buffer) => client.write(fromServer(octets))).on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Rewrites whole lines; what is no whole line yet waits. Bodies of these tests hold no line that looks like a response. */
function lines(rewrite: (line: string) => string): (octets: Buffer) => Buffer {
  let held = "";
  return (octets) => {
    const parts = (held + octets.toString("latin1")).split("\r\n");
    held = parts.pop() ?? "";
    return Buffer.from(parts.map((line) => `${rewrite(line)}\r\n`).join(""), "latin1");
  };
}
