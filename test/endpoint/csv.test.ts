/** The law of handlers over CSV files. */
import { rm } from "node:fs/promises";
import { type DirectoryKind, directoryKinds } from "../../src/model/address.ts";
import { handlerContract } from "../contract/handler.ts";
import { newFolder, openFolder } from "./csv.ts";

async function underTest<K extends DirectoryKind>(kind: K) {
  const folder = await newFolder();
  const reopen = async () => {
    const handler = (await openFolder(folder)).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  return { handler: await reopen(), reopen, close: () => rm(folder, { recursive: true }) };
}

for (const kind of directoryKinds) handlerContract("csv", kind, () => underTest(kind));
