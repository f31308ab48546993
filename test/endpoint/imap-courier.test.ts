import { Buffer } from "node:buffer";
import { afterAll, beforeAll } from "vitest";
import { itemStoreContract } from "../contract/item-store.ts";
import { type Courier, startCourier } from "../servers/courier.ts";
import { manyUsers, subjectOn } from "./imap.ts";

let server: Courier;
let taken = 0;
beforeAll(async () => {
  server = await startCourier({ users: manyUsers });
});
afterAll(() => server.stop());

/** Courier keeps no CR that stands alone, ends every message with a line end, and takes no NUL. */
const shown = (body: Buffer) => {
  const lines = body.toString("latin1").replace(/\r/g, "").replace(/\n?$/, "\n");
  return Buffer.from(lines.replace(/\n/g, "\r\n"), "latin1");
};
const refuses = (body: Buffer) => body.length === 0 || body.includes(0);

itemStoreContract("imap on Courier", () =>
  subjectOn(server, `user${taken++}`, { path: ["Déjà vu", "a b", "c&d"], shown, refuses }),
);
