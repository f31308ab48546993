/** A test's process, which is to be killed: starts a server whose children have process groups of their own. */
import { join } from "node:path";
import { guarded, serverFolder } from "./process.ts";

const folder = await serverFolder();
const sleeper = `bash -c "sleep 1000; : ${folder}"`;
const command = ["bash", "-c", `set -m; ${sleeper} & ${sleeper} & wait; : ${folder}`];
guarded({ folder, command, output: join(folder, "output") }).start();
process.stdout.write(`${folder}\n`);
setInterval(() => undefined, 60_000);
