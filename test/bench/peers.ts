import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Measure, measure } from "./measure.ts";
import { onPath } from "./program.ts";

/** What a user would do without the product: one Maildir to another, at once or again. */
export interface Peer {
  readonly name: string;
  /** Undefined where it is not on this machine. */
  readonly program: string | undefined;
  copy(program: string, world: string, goal: string): Promise<Measure>;
  readonly forget?: (world: string) => Promise<void>;
}

/** `world/old` holds the mailbox, `goal` is a folder of the world. Only mbsync makes each message durable as the product does. */
export const peers: readonly Peer[] = [
  {
    name: "cp -au",
    program: onPath("cp"),
    copy: (program, world, goal) => measure(world, program, ["-au", "old/.", goal]),
  },
  {
    name: "cp -au, then sync",
    program: onPath("cp"),
    copy: (_, world, goal) => measure(world, "sh", ["-c", 'cp -au old/. "$0" && sync -f "$0"', goal]),
  },
  {
    name: "rsync -a",
    program: onPath("rsync"),
    copy: (program, world, goal) => measure(world, program, ["-a", "old/", goal]),
  },
  {
    name: "mbsync",
    program: onPath("mbsync"),
    copy: runMbsync,
    forget: (world) => rm(join(world, "mbsync"), { recursive: true, force: true }),
  },
];

/** mbsync renames the source's files to number them, so it has a copy of its own, made before the clock starts. */
async function runMbsync(program: string, world: string, goal: string): Promise<Measure> {
  const home = join(world, "mbsync");
  if ((await mkdir(join(home, "state"), { recursive: true })) !== undefined) {
    await measure(world, "cp", ["-a", "old/ana@harbour.example", join(home, "source")]);
    await mkdir(join(world, goal), { recursive: true });
    await writeFile(join(home, "mbsyncrc"), configuration(home, join(world, goal)));
  }
  return measure(world, program, ["-q", "-c", join(home, "mbsyncrc"), "-a"]);
}

const store = (name: string, box: string): string => `MaildirStore ${name}\nInbox ${box}\nSubFolders Maildir++\n`;

const configuration = (home: string, goal: string): string =>
  `FSync yes
${store("old", join(home, "source"))}
${store("new", join(goal, "ana@harbour.example"))}
Channel all
Far :old:
Near :new:
Patterns *
Create Near
Sync Pull
CopyArrivalDate yes
SyncState ${home}/state/
`;
