/**
 * Moves a small company from manifests/quickstart by the built command line, in a folder of its own that is left for a look.
 * `node scripts/quickstart.mjs [--no-build] [FOLDER]`; ./quickstart-run by default. Ends with 1 when anything is not as expected.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { layMessage, readTable } from "./lay-mail.mjs";

const root = join(import.meta.dirname, "..");
const example = join(root, "manifests/quickstart");
const entry = join(root, "bin/reconcile.cjs");
const marker = ".made-by-quickstart";

const { values, positionals } = parseArgs({ options: { "no-build": { type: "boolean" } }, allowPositionals: true });
const [target = join(root, "quickstart-run")] = positionals;
const folder = resolve(target);

/** Where each mailbox of mail.csv lies in the old world. */
const boxes = {
  ana: { format: "maildir", path: "old/server/ana@harbour-old.example" },
  tomas: { format: "maildir", path: "old/server/tomas@harbour-old.example" },
  jorg: { format: "mbox", path: "old/desktops/jorg" },
  mei: { format: "eml", path: "old/exports/mei" },
};

const say = (text = "") => process.stdout.write(`${text}\n`);
const title = (text) => say(`\n--- ${text}\n`);

class Unexpected extends Error {}

function expect(holds, sentence) {
  if (!holds) throw new Unexpected(sentence);
}

/** Runs a command as its user would, shows what it shows, and holds it to its exit code. */
function reconcile(args, code) {
  say(`$ reconcile ${args.join(" ")}`);
  const { status, error } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error) throw error;
  say(`(exit code ${status})\n`);
  expect(status === code, `reconcile ${args.join(" ")} ended with ${status}, and ${code} was expected`);
}

function build() {
  const { status } = spawnSync("npm", ["run", "-s", "build"], { cwd: root, stdio: "inherit" });
  expect(status === 0, "the build failed");
}

/** Empties the folder: one that this script did not make is left alone. */
async function layOut() {
  const found = await readdir(folder).catch(() => []);
  expect(found.length === 0 || found.includes(marker), `${folder} is not empty, and was not made by the quickstart`);
  await rm(folder, { recursive: true, force: true });
  for (const each of ["manifests", "old/people", "new/people", "new/mail"])
    await mkdir(join(folder, each), { recursive: true });
  await writeFile(join(folder, marker), "");
  const manifests = (await readdir(example)).filter((name) => name.endsWith(".yaml"));
  for (const name of manifests) await cp(join(example, name), join(folder, "manifests", name));
  await cp(join(example, "old/accounts.csv"), join(folder, "old/people/accounts.csv"));
  const rows = await readTable(join(example, "mail/mail.csv"));
  for (const [number, row] of rows.entries()) await lay(row, number);
}

async function lay({ mailbox, message, ...rest }, number) {
  const { format, path } = boxes[mailbox];
  const body = await readFile(join(example, "mail", `${message}.eml`));
  await layMessage(format, join(folder, path), { ...rest, body, number });
}

/** The file of a Maildir's folder that holds this text. */
async function find(path, text) {
  const place = join(folder, path);
  for (const name of await readdir(place)) {
    if ((await readFile(join(place, name), "latin1")).includes(text)) return join(place, name);
  }
  return undefined;
}

const anaNow = "old/server/ana@harbour-old.example/cur";
const anaThen = "new/mail/ana@harbour.example/cur";
const minutes = "Message-ID: <minutes.9@";

/** What happens between two passes, at either side and in the manifests. */
async function live() {
  say("At the source, a message comes in for Ana, and she flags Mei's.");
  await lay({ mailbox: "ana", folder: "INBOX", message: "late", date: "2026-03-06T06:58:03Z", marks: "" }, 100);
  const mei = await find(anaNow, "Message-ID: <moving.3@");
  await rename(mei, mei.replace(/:2,/, ":2,F"));

  say("At the destination, Ana deletes the minutes of Wednesday.");
  await rm(await find(anaThen, minutes));

  say("In people.yaml, Office becomes Front Office.");
  const people = join(folder, "manifests/people.yaml");
  await writeFile(people, (await readFile(people, "utf8")).replace("displayName: Office", "displayName: Front Office"));
}

async function run() {
  if (values["no-build"] !== true) build();
  await layOut();
  const where = relative(process.cwd(), folder) || ".";

  title("A company's people and mail. Four mailboxes: two as Maildir, one as mbox, one as EML");
  say(`$ cd ${where}`);
  reconcile(["plan", "--detailed-exitcode"], 2);

  title("Carry it out");
  reconcile(["apply", "--auto-approve"], 0);

  title("Plan again: nothing changes");
  reconcile(["plan", "--detailed-exitcode"], 0);

  title("Life goes on");
  await live();

  title("The plan shows the difference alone; what Ana deleted stays deleted");
  reconcile(["plan", "--detailed-exitcode"], 2);
  reconcile(["apply", "--auto-approve"], 0);
  reconcile(["plan", "--detailed-exitcode"], 0);
  expect((await find(anaThen, minutes)) === undefined, "a message that its user deleted came back");
  expect((await find(anaThen, "Message-ID: <late.1@")) !== undefined, "the new message did not arrive");

  title(`All of it is in ${where}: manifests/, old/, new/`);
}

try {
  await run();
} catch (thrown) {
  if (!(thrown instanceof Unexpected)) throw thrown;
  process.stderr.write(`The quickstart ended early: ${thrown.message}.\n`);
  process.exitCode = 1;
}
