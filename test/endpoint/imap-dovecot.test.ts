import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe } from "vitest";
import { itemStoreContract } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { DovecotOptions } from "../servers/dovecot-options.ts";
import { manyUsers, subjectOn } from "./imap.ts";

/** Dovecot shows 0x80 for NUL, to whoever does not ask by BINARY. */
const nulsHidden = (body: Buffer) => Buffer.from(body.map((octet) => (octet === 0 ? 0x80 : octet)));

const kinds: readonly (readonly [string, DovecotOptions, readonly string[]])[] = [
  ["Maildir, /", { format: "maildir", namespace: "slash" }, ["Déjà vu", "a b", "c&d"]],
  ["mdbox, . under INBOX.", { format: "mdbox", namespace: "prefix-dot" }, ["Déjà vu", "a b", "c&d"]],
];

describe.each(kinds)("Dovecot (%s)", (kind, options, path) => {
  let server: Dovecot;
  let taken = 0;
  beforeAll(async () => {
    server = await startDovecot({ ...options, users: manyUsers });
  });
  afterAll(() => server.stop());

  itemStoreContract(`imap on Dovecot (${kind})`, () => subjectOn(server, `user${taken++}`, { path, seen: nulsHidden }));
});
