import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault } from "../model/fault.ts";

/** Where generated passwords are told, once. */
export interface PasswordFile {
  add(address: string, password: string): Promise<void>;
  /** Makes durable what was added: before the accounts are made, so that no crash can lose what opens them. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * CSV with the columns address and password, mode 0600, in a file that was not there (O_EXCL, which follows no link either). Throws
 * `passwords.exists` rather than touch one that is there.
 */
export async function createPasswordFile(path: string): Promise<PasswordFile> {
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    throw new Fault({
      code: "passwords.exists",
      message: `The file for generated passwords cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      about: path,
      spoils: "run",
      remedy: "name a new file in a folder that can be written to",
      cause,
    });
  });
  await file.write("address,password\n");
  await file.sync();
  await syncFolder(dirname(path));
  return {
    async add(address, password) {
      await file.write(`${address},${password}\n`);
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

/** A new file's name is durable once its folder is (fsync(2)). Some file systems have no such call. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().catch(() => undefined);
  await folder.close();
}
