/** `node test/servers/install.ts [SERVER...]`: installs what the tests' servers need, and says nothing when all is there. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cache, missing, packages, type ServerName, unpackedAt } from "./packages.ts";

const policy = "/usr/sbin/policy-rc.d";
const refusal = "#!/bin/sh\n# No service starts while the servers of the tests are installed.\nexit 101\n";
const names = process.argv.slice(2) as ServerName[];
const wanted = names.length > 0 ? names : (Object.keys(packages) as ServerName[]);

function apt(args: readonly string[], cwd = "/"): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  execFileSync("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=600", ...args], {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
  });
}

/** The lists of packages may be old, or not there at all. */
function aptAgain(args: readonly string[], cwd?: string): void {
  try {
    apt(args, cwd);
  } catch {
    apt(["update"]);
    apt(args, cwd);
  }
}

/** No system service starts meanwhile. A refusal of ours that a killed run left is taken away too. */
function quietly(work: () => void): void {
  const there = existsSync(policy);
  if (!there) writeFileSync(policy, refusal, { mode: 0o755 });
  try {
    work();
  } finally {
    if (!there || readFileSync(policy, "utf8") === refusal) rmSync(policy);
  }
}

function install(lacking: readonly string[]): void {
  // Better no tests than an IMAP server of the machine's owner removed.
  const how = ["install", "-y", "--no-install-recommends", "--no-remove"];
  if (lacking.length > 0) quietly(() => aptAgain([...how, ...lacking]));
}

function unpack(name: ServerName): void {
  if (packages[name].unpacked.length === 0 || existsSync(unpackedAt(name))) return;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "unpacking-"));
  const whole = join(folder, name);
  mkdirSync(whole);
  aptAgain(["download", ...packages[name].unpacked], folder);
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", join(folder, file), whole]);
  }
  renameSync(whole, unpackedAt(name));
  rmSync(folder, { recursive: true });
}

const lacking = await missing(wanted);
if (lacking.length > 0) {
  process.stderr.write(`Installing for the tests' servers: ${lacking.join(" ")}\n`);
  const system = new Set(wanted.flatMap((name) => packages[name].installed));
  install(lacking.filter((each) => system.has(each)));
  for (const name of wanted) unpack(name);
}
