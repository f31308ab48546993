/** What a server, or somebody in between, says where TLS should begin. */
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import { BerWriter } from "ldapts";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../../../src/endpoint/ldap/connect.ts";

const { signal } = new AbortController();

/** The answer to an extended request (RFC 4511, 4.12). */
function answer(code: number, words = ""): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(1);
  writer.startSequence(0x78);
  writer.writeEnumeration(code);
  writer.writeString("");
  writer.writeString(words);
  writer.endSequence();
  writer.endSequence();
  return Buffer.from(writer.buffer);
}

/** A server that says this to whatever it is told first; all that it was told is in `heard`. */
async function serve(...said: readonly Buffer[]) {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => heard.push(chunk));
    socket.once("data", () => socket.write(Buffer.concat(said)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const facts = {
    about: "corp",
    name: "front",
    at: { host: "127.0.0.1", port },
    tls: "starttls",
    silence: 5000,
  } as const;
  return { heard, open: () => connect(facts, { dn: "cn=me", password: "top-secret" }, signal) };
}

test("what follows the answer in the clear is refused, and no login is sent", async () => {
  const { heard, open } = await serve(answer(0), answer(0).subarray(0, 5));
  await expect(open()).rejects.toMatchObject({ code: "tls.refused", message: expect.stringContaining("in the clear") });
  expect(Buffer.concat(heard).includes("top-secret")).toBe(false);
});

test("a server that has no TLS is refused, in its own words", async () => {
  const { heard, open } = await serve(answer(2, "unsupported extended operation"));
  await expect(open()).rejects.toMatchObject({
    code: "tls.refused",
    message: expect.stringContaining("unsupported extended operation"),
  });
  expect(Buffer.concat(heard).includes("top-secret")).toBe(false);
});

test("what is no LDAP is told as a server that cannot be reached", async () => {
  const { open } = await serve(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await expect(open()).rejects.toMatchObject({
    code: "server.unreachable",
    message: expect.stringContaining("no LDAP"),
  });
});
