import { Fault, interrupted } from "../model/fault.ts";

/** Where a command's words go: results to standard output, all else to standard error. */
export interface Terminal {
  /** Colours may be used in results, and on standard error. */
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** True where a person can be asked. */
  readonly asks: boolean;
  readonly errIsTerminal: boolean;
  /** Columns of standard error. */
  readonly columns: number;
  out(text: string): void;
  err(text: string): void;
  /** Keeps a secret out of standard error from now on, whoever lets it slip; results never hold one. */
  hide(secret: string): void;
  /** One line of an answer. Throws `run.interrupted` when the person leaves. */
  ask(question: string): Promise<string>;
}

/** Characters below which a secret is left as it is: taking "a" out of every line would tell it. */
const shortest = 6;

/** A reader that went away (`reconcile plan | head`) is no fault of the run: the rest is not written. */
function quietly(stream: NodeJS.WriteStream): (text: string) => void {
  let open = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return (text) => {
    if (open) stream.write(text);
  };
}

const writers = { out: quietly(process.stdout), err: quietly(process.stderr) };

/** Where the help and the complaints of the command line's reader go. */
export const helpOutput = { writeOut: writers.out, writeErr: writers.err };

export function createTerminal(wish: { readonly color?: boolean }): Terminal {
  const { stdin, stdout, stderr } = process;
  const may = wish.color !== false && !process.env["NO_COLOR"];
  const asks = stdin.isTTY && stderr.isTTY;
  const secrets = new Set<string>();
  const clean = (text: string): string =>
    [...secrets].reduce((left, secret) => left.replaceAll(secret, "(secret)"), text);
  const { out, err } = writers;
  return {
    colour: { out: may && stdout.isTTY, err: may && stderr.isTTY },
    asks,
    errIsTerminal: stderr.isTTY,
    columns: stderr.columns ?? 80,
    out,
    err: (text) => err(clean(text)),
    hide(secret) {
      if (secret.length >= shortest) secrets.add(secret);
    },
    async ask(question) {
      if (!asks)
        throw new Fault({
          code: "terminal.missing",
          message: "There is nobody to ask: this is no terminal",
          spoils: "run",
        });
      const { createInterface } = await import("node:readline/promises");
      const reader = createInterface({ input: stdin, output: stderr });
      const left = new Promise<never>((_, reject) => {
        reader.once("close", () => reject(interrupted()));
      });
      try {
        return (await Promise.race([reader.question(question), left])).trim();
      } finally {
        left.catch(() => undefined);
        reader.close();
      }
    },
  };
}
