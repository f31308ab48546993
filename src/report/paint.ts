import { Chalk, type ChalkInstance } from "chalk";

/** Colours by meaning; without colour every one leaves its text as it is. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly change: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly move: (text: string) => string;
}

export function createPaint(color: boolean): Paint {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 });
  return {
    good: (text) => chalk.green(text),
    change: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    quiet: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    move: (text) => chalk.cyan(text),
  };
}
