/** Which characters a server refuses in folders' names, learnt from what it says of names that are not there. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { abilitiesOf } from "../../../../src/endpoint/imap/abilities.ts";
import type { Line } from "../../../../src/endpoint/imap/connect.ts";
import { learnNaming } from "../../../../src/endpoint/imap/naming.ts";
import { createWire } from "../../../../src/endpoint/imap/wire/wire.ts";
import { type Scripted, startScripted } from "./scripted.ts";

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/** A line to a server that says this of a name that holds one of these characters, and of others that they are not there. */
async function lineTo(refused: string, words: string, facts: Partial<Line> = {}) {
  const asked: string[] = [];
  const server: Scripted = await startScripted(async (peer) => {
    for (;;) {
      const line = await peer.line().catch(() => undefined);
      if (line === undefined) return;
      asked.push(line);
      const odd = [...refused].some((character) => line.includes(`${character}reconcile`));
      await peer.say(`${line.split(" ")[0]} NO ${odd ? words : "Mailbox doesn't exist"}\r\n`);
    }
  });
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const wire = createWire({ socket, about: "mail", announcing: "wait", silence: 60_000 });
  running.push(async () => {
    wire.destroy();
    await server.stop();
  });
  const line = {
    wire,
    abilities: abilitiesOf(new Set(["IMAP4REV1"]), ""),
    namespaces: { personal: { prefix: "INBOX.", separator: "." }, others: [] },
    id: {},
    greeting: "ready",
    ...facts,
  } as unknown as Line;
  return { line, asked };
}

describe("the names that a server takes", () => {
  it.each(["[CANNOT] no", "Invalid mailbox name", "Character not allowed in mailbox name", "Name must not contain it"])(
    "hold no character of which it says %j",
    async (words) => {
      const { line } = await lineTo("/^", words);
      const { illegal } = await learnNaming(line, "INBOX.");
      for (const character of "/^.%*\r\n\0\x7f") expect(illegal).toContain(character);
      for (const character of '~#":|&\\ é') expect(illegal).not.toContain(character);
    },
  );

  it("hold whatever it merely does not know, by code or by word", async () => {
    const { line, asked } = await lineTo("/^", "[NONEXISTENT] Invalid or unknown name");
    const { illegal } = await learnNaming(line, "INBOX.");
    expect(illegal).not.toContain("/");
    expect(asked.every((each) => / STATUS \S*"?INBOX\./.test(each))).toBe(true);
    // The separator is not asked for, and `&` has its own spelling on the wire.
    expect(asked.some((each) => each.includes(".reconcile."))).toBe(false);
    expect(asked.some((each) => each.includes("&-reconcile&-probe"))).toBe(true);
  });

  it.each<[Partial<Line>, boolean]>([
    [{ greeting: "The Microsoft Exchange IMAP4 service is ready." }, true],
    [{ greeting: "Gimap ready for requests" }, true],
    [{ id: { name: "Zimbra" } }, true],
    [{ greeting: "Dovecot ready." }, false],
    [{ id: { name: "Cyrus IMAPD" } }, false],
  ])("have a case, or none: %j", async (facts, foldsCase) => {
    const { line } = await lineTo("", "", facts);
    expect((await learnNaming(line, "")).foldsCase).toBe(foldsCase);
  });
});
