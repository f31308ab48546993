import { Buffer } from "node:buffer";
import { readdirSync, readlinkSync } from "node:fs";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { connectImap } from "../servers/imap-client.ts";
import { openStore, specOf } from "./imap.ts";

const options = { signal: new AbortController().signal };

/** Files without a name that this process has open. */
const spools = (): number =>
  readdirSync("/proc/self/fd").filter((fd) => /\/reconcile-\S+ \(deleted\)$/u.test(targetOf(fd))).length;

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

describe("a body that goes by way of the disk", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: { ana: "secret" } });
    const client = await connectImap(server);
    await client.login("ana", "secret");
    const large = Buffer.alloc(13 * 1024 * 1024, "0123456789abcd\r\n");
    await client.append("INBOX", Buffer.concat([Buffer.from("Message-ID: <large@example.com>\r\n\r\n"), large]));
    await client.close();
  });
  afterAll(() => server.stop());

  it.each(["untouched", "begun"])("is given up with the reading, %s", async (how) => {
    const store = await openStore(specOf(server), "ana", "source");
    for await (const item of store.read("INBOX", ["1"], options)) {
      if (!("body" in item && item.body instanceof Readable)) throw new Error("it does not come as a stream");
      expect(spools()).toBe(1);
      if (how === "begun") await item.body[Symbol.asyncIterator]().next();
      break;
    }
    await expect.poll(spools).toBe(0);
    await store.close();
  });
});
