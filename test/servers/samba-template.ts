/**
 * `node test/servers/samba-template.ts`: provisions a domain and fills it, which takes half a minute, once for all tests: they
 * unpack what it leaves.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cache } from "./packages.ts";
import { administrator, domain, portable, sambaConfiguration } from "./samba-configuration.ts";

/** What the schema has: Active Directory's own, or some of what Exchange adds. */
export type Schema = "plain" | "exchange";

/** How many people the company has, and members its group `large`. A write takes Samba the longer the more there are. */
const sizes = { small: { people: 60, large: 50 }, large: { people: 3000, large: 2500 } } as const;
export type Size = keyof typeof sizes;

const here = (name: string): string => join(import.meta.dirname, name);

/** Another version of Samba, or of what it is filled with, makes another one. */
function version(): string {
  const hash = createHash("sha256");
  const files = ["samba-template.ts", "samba-configuration.ts", "samba-seed.py", "samba-exchange.py", "samba-ports.c"];
  for (const file of files) hash.update(readFileSync(here(file)));
  hash.update(execFileSync("dpkg-query", ["-W", "-f", "${Version}", "samba"]));
  return hash.digest("hex").slice(0, 12);
}

const folder = (): string => join(cache, `samba-${version()}`);
/** The library that moves Samba's ports. */
export const portsLibrary = (): string => join(folder(), "ports.so");

/** Unpacks `dc`, with all that the domain has. */
export async function unpackDomain(size: Size, schema: Schema, into: string): Promise<void> {
  await prepared();
  await promisify(execFile)("tar", ["-C", into, "-xf", join(folder(), `${size}-${schema}.tar`)]);
}

/** Makes what is not there, one process at a time. */
export async function prepared(): Promise<void> {
  if (existsSync(folder())) return;
  mkdirSync(cache, { recursive: true });
  const child = spawn("flock", [join(cache, "samba-lock"), process.execPath, here("samba-template.ts")], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let words = "";
  child.stderr.on("data", (chunk: unknown) => (words += String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`This machine cannot provision a Samba domain: ${words.slice(-1000)}`);
}

const run = (program: string, args: readonly string[]): void =>
  void execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 });

function provision(work: string): void {
  const names = [`--realm=${domain.toUpperCase()}`, "--domain=EXAMPLE", "--host-name=dc1", "--host-ip=127.0.0.1"];
  const way = [
    `--targetdir=${work}/dc`,
    `--adminpass=${administrator.password}`,
    "--dns-backend=NONE",
    "--server-role=dc",
    "--backend-store=mdb",
    "--backend-store-size=128Mb",
  ];
  const options = ["bind interfaces only=yes", "interfaces=lo", `vfs objects=${portable}`, "ldb:nosync=true"];
  const set = options.map((option) => `--option=${option}`);
  run("samba-tool", ["domain", "provision", ...way, ...names, ...set]);
}

const pack = (work: string, file: string): void => run("tar", ["-C", work, "--sparse", "-cf", file, "dc"]);
const unpack = (work: string, file: string): void => {
  rmSync(join(work, "dc"), { recursive: true });
  run("tar", ["-C", work, "-xf", file]);
};

/** Fills one provisioned domain again and again. */
function fill(work: string, result: string): void {
  const configuration = join(work, "smb.conf");
  const provisioned = join(work, "provisioned.tar");
  writeFileSync(configuration, sambaConfiguration({ folder: work }));
  pack(work, provisioned);
  // Debian's own Python: the modules are for no other.
  const python = (program: string, ...numbers: readonly number[]): void =>
    run("/usr/bin/python3", [here(program), configuration, ...numbers.map(String)]);
  for (const [size, { people, large }] of Object.entries(sizes)) {
    unpack(work, provisioned);
    python("samba-seed.py", people, large);
    pack(work, join(result, `${size}-plain.tar`));
    python("samba-exchange.py");
    pack(work, join(result, `${size}-exchange.tar`));
  }
}

const library = (file: string): void =>
  run("gcc", ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", file, here("samba-ports.c"), "-ldl"]);

function make(): void {
  const place = folder();
  if (existsSync(place)) return;
  const work = mkdtempSync(join(cache, "samba-making-"));
  const result = join(work, "result");
  try {
    mkdirSync(result);
    library(join(result, "ports.so"));
    provision(work);
    fill(work, result);
    renameSync(result, place);
    removeOld();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Other versions, once no clone of the repository can be at work with them. */
function removeOld(): void {
  const recent = Date.now() - 86_400_000;
  for (const name of readdirSync(cache).filter((each) => /^samba-[0-9a-f]{12}$/.test(each))) {
    const old = join(cache, name);
    if (statSync(old).mtimeMs < recent) rmSync(old, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) make();
