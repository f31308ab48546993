import { Buffer } from "node:buffer";
import { createMemoryItems } from "../../src/endpoint/memory/items.ts";
import {
  addFolder,
  addMail,
  type Folder,
  type Mail,
  markMail,
  placeIdOf,
  removeMail,
} from "../../src/endpoint/memory/mail.ts";
import { type Hands, itemStoreContract, type Subject } from "../contract/item-store.ts";

function makeSubject(traits: Parameters<typeof createMemoryItems>[0]): () => Promise<Subject> {
  return async () => {
    const items = createMemoryItems(traits);
    const account = items.account("ana@example.com");
    const folderAt = (path: readonly string[]): Folder => {
      const folder = account.folders.get(placeIdOf(path));
      if (folder === undefined) throw new Error(`no ${path.join("/")}`);
      return folder;
    };
    const mailAt = (path: readonly string[], body: Uint8Array): Mail => {
      const mail = [...folderAt(path).mails.values()].find((one) => Buffer.from(one.body).equals(body));
      if (mail === undefined) throw new Error("no such message");
      return mail;
    };
    const hands: Hands = {
      folder: async (path) => void addFolder(account, { path }),
      put: async (path, message) => void addMail(account, folderAt(path), message),
      list: async (path) =>
        [...folderAt(path).mails.values()].map((mail) => ({
          body: Buffer.from(mail.body),
          date: mail.date,
          marks: mail.marks,
        })),
      remove: async (path, body) => void removeMail(account, folderAt(path), mailAt(path, body).uid),
      flag: async (path, body, marks) => markMail(account, mailAt(path, body), marks),
      renew: async (path) => {
        account.folders.delete(placeIdOf(path));
        addFolder(account, { path });
      },
    };
    return {
      store: await items.open({ user: "ana@example.com" }),
      hands,
      again: () => items.open({ user: "ana@example.com" }),
      limits: { marks: true, dateStep: 1, exact: true },
      close: async () => {},
    };
  };
}

itemStoreContract("memory with cursors and receipts", makeSubject({}));
itemStoreContract(
  "memory without either",
  makeSubject({ cursors: false, receipts: false, objectIds: false, watch: false }),
);
