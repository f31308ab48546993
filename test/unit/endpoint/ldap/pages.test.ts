/** Pages as RFC 2696 allows them and slapd never gives them, from a server that says just that. */
import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { BerReader, BerWriter } from "ldapts";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../../src/endpoint/clock.ts";
import { createBudget } from "../../../../src/endpoint/budget.ts";
import { createSession } from "../../../../src/endpoint/ldap/session.ts";

const options = { signal: new AbortController().signal };
const paged = "1.2.840.113556.1.4.319";

function message(id: number, tag: number, fill: (writer: BerWriter) => void, cookie?: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  fill(writer);
  writer.endSequence();
  if (cookie !== undefined) {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0);
    value.writeString(cookie);
    value.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(paged);
    writer.writeBuffer(value.buffer, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return Buffer.from(writer.buffer);
}

const entry = (id: number, dn: string, attributes: Readonly<Record<string, string>>): Buffer =>
  message(id, 0x64, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [type, value] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(type);
      writer.startSequence(0x31);
      writer.writeString(value);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });

const done = (id: number, cookie?: string): Buffer =>
  message(
    id,
    0x65,
    (writer) => {
      writer.writeEnumeration(0);
      writer.writeString("");
      writer.writeString("");
    },
    cookie,
  );

/** Pages by turns: the names on each, and the cookie that leads to the next. */
async function serve(
  pages: readonly { readonly names: readonly string[]; readonly cookie: string }[],
): Promise<number> {
  let turn = 0;
  const answer = (socket: Socket, request: Buffer): void => {
    const reader = new BerReader(request);
    reader.readSequence();
    const id = reader.readInt() ?? 0;
    if (reader.readSequence() !== 0x63) return;
    if (reader.readString() === "") {
      socket.write(Buffer.concat([entry(id, "", { supportedControl: paged }), done(id)]));
      return;
    }
    const { names, cookie } = pages[Math.min(turn, pages.length - 1)] ?? { names: [], cookie: "" };
    turn += 1;
    socket.write(Buffer.concat([...names.map((name) => entry(id, name, {})), done(id, cookie)]));
  };
  const server = createServer((socket) => {
    socket.on("data", (chunk: Buffer) => answer(socket, chunk)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

async function search(port: number): Promise<readonly string[]> {
  const session = createSession({
    server: { about: "corp", name: "front", at: { host: "127.0.0.1", port }, tls: "none", silence: 5000 },
    login: async () => undefined,
    pageSize: 2,
    context: { budget: createBudget({}, systemClock), emit: () => undefined },
  });
  return session.search({ base: "dc=example", attributes: ["1.1"], what: "Reading" }, ({ dn }) => dn, options);
}

test("an empty page is not the last while it leads on", async () => {
  const port = await serve([
    { names: [], cookie: "a" },
    { names: ["cn=1", "cn=2"], cookie: "b" },
    { names: [], cookie: "c" },
    { names: ["cn=3"], cookie: "" },
  ]);
  expect(await search(port)).toEqual(["cn=1", "cn=2", "cn=3"]);
});

test("an empty page that leads to itself is an incomplete reading", async () => {
  const port = await serve([
    { names: ["cn=1"], cookie: "a" },
    { names: [], cookie: "a" },
  ]);
  await expect(search(port)).rejects.toMatchObject({ code: "read.incomplete" });
});
