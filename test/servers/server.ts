/** What every IMAP server of the tests is, and how it lives: started under a guard, restarted, killed, removed. */
import { rm } from "node:fs/promises";
import { guarded, serving, tail } from "./process.ts";

export interface ImapServer {
  readonly host: "127.0.0.1";
  /** In the clear, with STARTTLS. */
  readonly port: number;
  /** TLS from the start. */
  readonly tlsPort: number;
  /** All that the server has; removed by `stop`. */
  readonly folder: string;
  /** The authority of its certificate, as a PEM file. */
  readonly capath: string;
  /** A user's mail on disk. */
  mailbox(user: string): string;
  /** The last lines of its log. */
  log(): string;
  /** Ends it, in good order unless `kill` is said, and starts it with the same folder and ports. Also after `kill()`. */
  restart(how?: "stop" | "kill"): Promise<void>;
  /** Ends every process at once; folder and ports stay for `restart`. */
  kill(): Promise<void>;
  /** Ends every process and removes the folder. The second time does nothing. */
  stop(): Promise<void>;
}

export type Life = Pick<ImapServer, "log" | "restart" | "kill" | "stop">;

interface Program {
  readonly folder: string;
  readonly port: number;
  /** Absent where nothing is served over TLS. */
  readonly tlsPort?: number;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logs: readonly string[];
  /** False where it says nothing before it is asked, as LDAP. */
  readonly greets?: boolean;
}

/** Starts the program and resolves once it serves. What it prints is in `folder/output`. */
export async function live({ folder, port, tlsPort, command, env = {}, logs, greets = true }: Program): Promise<Life> {
  const output = `${folder}/output`;
  const server = guarded({ folder, command, env, output });
  const log = () =>
    [output, ...logs]
      .map((path) => tail(path))
      .join("\n")
      .trim();
  const start = async (): Promise<void> => {
    server.start();
    await serving({ port, tlsPort, greets }, server, log);
  };
  try {
    await start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return {
    log,
    async restart(how = "stop") {
      await server.end(how);
      await start();
    },
    kill: () => server.end("kill"),
    stop: () => server.remove(),
  };
}

/** Makes what a server's folder holds; leaves nothing when that fails. */
export async function within<T>(folder: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
