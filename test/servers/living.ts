/** What holds for every server of the tests: it keeps mail, comes back, and leaves nothing. */
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import { connectImap, type ImapClient } from "./imap-client.ts";
import { portIsFree } from "./ports.ts";
import { processesOf } from "./processes.ts";
import type { ImapServer } from "./server.ts";

export const date = Date.UTC(2019, 4, 17, 8, 30, 15);
export const letter = Buffer.from("Subject: hello\r\n\r\nHello.\r\n");

/** The server, stopped when the test is over. */
export async function started<T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> {
  const running = await server;
  onTestFinished(() => running.stop());
  return running;
}

/** Over TLS. */
export async function enter(server: ImapServer, user = "ana", password = "secret"): Promise<ImapClient> {
  const client = await connectImap({ port: server.tlsPort, tls: server.capath });
  expect(await client.login(user, password)).toMatchObject({ status: "OK" });
  onTestFinished(() => client.drop());
  return client;
}

/** Through a restart, a crash, and the end. */
export async function expectLife(server: ImapServer): Promise<void> {
  const before = await enter(server);
  await before.append("INBOX", letter, ["\\Seen"], date);
  await before.close();
  await server.restart();
  await server.kill();
  expect(await portIsFree(server.port)).toBe(true);
  await server.restart();
  const after = await enter(server);
  expect(await after.fetchAll("INBOX")).toEqual([{ uid: 1, flags: ["\\Seen"], internalDate: date, body: letter }]);
  expect(processesOf(server.folder)).not.toEqual([]);
  await server.stop();
  expect(processesOf(server.folder)).toEqual([]);
  expect(existsSync(server.folder)).toBe(false);
  expect([await portIsFree(server.port), await portIsFree(server.tlsPort)]).toEqual([true, true]);
}
