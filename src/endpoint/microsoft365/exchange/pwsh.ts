import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Options } from "../../../contract/options.ts";
import { Fault, interrupted } from "../../../model/fault.ts";
import { listOf, type Loose, looseOf, textOf } from "../answer.ts";
import type { ClientCertificate } from "../assertion.ts";
import type { Cmdlet } from "./cmdlet.ts";
import { cmdletNames } from "./commands.ts";
import type { Exchange } from "./exchange.ts";
import { readProperties } from "./recipients.ts";
import { isReading, refusedCmdlet } from "./refusal.ts";
import { script } from "./script.ts";

export interface PwshSettings {
  readonly about: string;
  /** The program; `pwsh` on the path by default. */
  readonly program?: string;
  readonly client: string;
  /** One of the tenant's domains. */
  readonly organization: string;
  certificate(): Promise<ClientCertificate>;
}

/** A PowerShell that has connected. */
interface Shell {
  ask(question: Loose): Promise<Loose>;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/** Cmdlets by Microsoft's own module, ExchangeOnlineManagement, in a PowerShell that runs as long as the endpoint is open; one after the other. */
export function createPwsh(settings: PwshSettings): Exchange {
  const { about } = settings;
  let shell: Promise<Shell> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;

  async function opened(signal: AbortSignal): Promise<Shell> {
    shell ??= start(settings).catch((thrown: unknown) => {
      shell = undefined;
      throw thrown;
    });
    const running = await shell;
    if (signal.aborted) throw interrupted();
    return running;
  }

  async function runOne(cmdlet: Cmdlet, { signal }: Options): Promise<readonly Loose[]> {
    const running = await opened(signal);
    const id = (count += 1);
    const stop = (): void => void running.child.kill();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const { name, parameters } = cmdlet;
      const said = await running.ask({ id, name, parameters, properties: readProperties });
      const error = textOf(said["error"]);
      if (error !== undefined) throw refusedCmdlet(cmdlet, error, about);
      return listOf(said["value"]);
    } catch (thrown) {
      if (signal.aborted) throw interrupted();
      if (thrown instanceof Fault) throw thrown;
      shell = undefined;
      throw ended(cmdlet, about);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  return {
    run(cmdlet, options) {
      const mine = last.then(() => runOne(cmdlet, options));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      const running = await shell?.catch(() => undefined);
      running?.child.stdin?.end();
      await running?.ended;
    },
  };
}

function ended(cmdlet: Cmdlet, about: string): Fault {
  const reading = isReading(cmdlet);
  return new Fault({
    code: reading ? "server.failed" : "outcome.unknown",
    message: `PowerShell ended before it answered ${cmdlet.name}`,
    spoils: "item",
    retry: reading ? { afterMs: 2000 } : "later",
    about,
    remedy: reading ? "run again" : "run again: what is there is looked at first",
  });
}

async function start(settings: PwshSettings): Promise<Shell> {
  const { program = "pwsh", about, client, organization } = settings;
  const by = await settings.certificate();
  const child = spawn(program, ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const over = Promise.withResolvers<void>();
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => over.resolve());
  child.once("close", () => over.resolve());
  child.stdin.on("error", () => undefined);

  async function ask(question: Loose): Promise<Loose> {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const id = question["id"] ?? 0;
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done === true) throw new Error("PowerShell ended");
      const said = saidIn(value);
      // Modules print what nobody asked for.
      if (said["id"] === id) return said;
    }
  }

  const how = {
    certificate: by.certificate,
    privateKey: by.privateKey,
    appId: client,
    organization,
    commands: cmdletNames,
  };
  const said = await ask(how).catch((thrown: unknown) => {
    throw unconnected(
      about,
      (thrown as NodeJS.ErrnoException).code === "ENOENT" ? `there is no ${program}` : "it ended",
    );
  });
  const error = textOf(said["error"]);
  if (error === undefined) return { ask, child, ended: over.promise };
  child.stdin.end();
  throw unconnected(about, error.replaceAll(/\s+/g, " ").slice(0, 500));
}

function saidIn(line: string): Loose {
  try {
    return looseOf(JSON.parse(line));
  } catch {
    return {};
  }
}

function unconnected(about: string, why: string): Fault {
  return new Fault({
    code: "exchange.unconnected",
    message: `PowerShell did not connect to Exchange Online: ${why}`,
    spoils: "endpoint",
    about,
    remedy:
      "install PowerShell 7 (pwsh) and its module ExchangeOnlineManagement; grant Exchange.ManageAsApp and the role Exchange Administrator",
  });
}
