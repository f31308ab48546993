import { Buffer } from "node:buffer";
import { afterAll, beforeAll } from "vitest";
import { itemStoreContract } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { subjectOn } from "./imap.ts";

const users = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`user${at}`, "secret"]));

/** Dovecot shows 0x80 for NUL, to whoever does not ask by BINARY. */
const nulsHidden = (body: Buffer) => Buffer.from(body.map((octet) => (octet === 0 ? 0x80 : octet)));

let server: Dovecot;
let taken = 0;
beforeAll(async () => {
  server = await startDovecot({ users: users(80) });
});
afterAll(async () => {
  await server.stop();
});

itemStoreContract("imap on Dovecot (Maildir, /)", () =>
  subjectOn(server, `user${taken++}`, { path: ["Déjà vu", "a b", "c&d"], seen: nulsHidden }),
);
