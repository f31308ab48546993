import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { carryOnce, layWorld, type World } from "./mail.ts";
import { measure, reconcile } from "./measure.ts";
import { peers } from "./peers.ts";
import { layCompany } from "./people.ts";
import { push, type Samples, spreadOf, valuesOf } from "./samples.ts";
import { type Bounded, boundRows, carryText, memoryRows, type Row, spreadText } from "./tables.ts";

const accounts = 5000;
const bare = "node -e 0";

/** What is run for each bound, and in which folder of the company. */
const commands: { readonly [K in Bounded]: readonly [folder: string, ...args: string[]] } = {
  "--version": [".", "--version"],
  "validate, 5,000 written accounts": ["written", "validate"],
  "plan, 5,000 written accounts, all new": ["written", "plan"],
  "plan, 5,000 found accounts, all new": ["found", "plan"],
  "plan, 5,000 found accounts, 50 changed": ["changed", "plan"],
};

/** Something that is laid out once, and then measured in every round. */
export interface Local {
  lay(): Promise<void>;
  once(samples: Samples): Promise<void>;
  rows(samples: Samples): readonly Row[];
  text(samples: Samples): readonly string[];
  /** Ends what runs beside. */
  stop?(): Promise<void>;
}

/** The command line over people. */
export function directoryCommands(folder: string): Local {
  return {
    lay: () => layCompany(folder, accounts),
    async once(samples) {
      push(samples, bare, await measure(folder, process.execPath, ["-e", "0"]));
      for (const [name, [place, ...args]] of Object.entries(commands))
        push(samples, name, await reconcile(join(folder, place), ...args));
    },
    rows: boundRows,
    text: (samples) => [
      `Bare \`${bare}\` in the same rounds: ${spreadText(spreadOf(valuesOf(samples, bare, "ms")), 0, "ms")}.\n`,
    ],
  };
}

/** Mailboxes of these sizes, the smaller first, Maildir to Maildir. */
export function archives(folder: string, sizes: readonly number[]): Local {
  const worlds: World[] = [];
  return {
    async lay() {
      for (const messages of sizes) {
        await mkdir(join(folder, `${messages}`), { recursive: true });
        worlds.push(await layWorld(join(folder, `${messages}`), messages));
      }
    },
    async once(samples) {
      for (const world of worlds) await carryOnce(world, samples);
    },
    rows(samples) {
      const [small, large] = [worlds[0], worlds.at(-1)];
      return small && large && small !== large ? memoryRows(samples, small.messages, large.messages) : [];
    },
    text(samples) {
      const absent = peers.filter(({ program }) => program === undefined).map(({ name }) => name);
      return [
        ...worlds.map(
          ({ messages, octets }) =>
            `${carryText(samples, messages)}\n${(octets / 2 ** 20).toFixed(1)} MiB in 12 folders, Maildir to Maildir.\n`,
        ),
        ...(absent.length > 0 ? [`Left out, for they are not on this machine: ${absent.join(", ")}.`] : []),
      ];
    },
  };
}
