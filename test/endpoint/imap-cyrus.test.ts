import type { Buffer } from "node:buffer";
import { afterAll, beforeAll } from "vitest";
import { itemStoreContract } from "../contract/item-store.ts";
import { type Cyrus, startCyrus } from "../servers/cyrus.ts";
import { manyUsers, subjectOn } from "./imap.ts";

let server: Cyrus;
let taken = 0;
beforeAll(async () => {
  server = await startCyrus({ users: manyUsers });
});
afterAll(() => server.stop());

/** Cyrus takes no message without a header line, and none with NUL. */
const refuses = (body: Buffer) => !body.includes("\n") || body.includes(0);

itemStoreContract("imap on Cyrus", () =>
  subjectOn(server, `user${taken++}`, { path: ["Déjà vu", "a b", "c&d"], refuses }),
);
