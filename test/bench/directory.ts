/** Ten thousand people and five hundred groups in OpenLDAP: imported, planned, and brought to an empty one by both ways to declare them. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { company } from "../endpoint/ldap-company.ts";
import { unit } from "../endpoint/ldap.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { missing, serversOff } from "../servers/packages.ts";
import { directoryRows, directoryText } from "./directory-tables.ts";
import type { Local } from "./local.ts";
import { reconcileAsked } from "./measure.ts";
import { push, type Samples } from "./samples.ts";

const units = ["people", "groups", "aliases"].map(unit).join("");

/** The commands in turn; where there is no OpenLDAP, that is said. */
export function directories(folder: string, scale: number, tell: (text: string) => void): Local {
  const size = { people: 10_000 * scale, groups: 500 * scale };
  let source: Openldap | undefined;
  let why: string | undefined;
  return {
    async lay() {
      why = await withoutOpenldap();
      if (why !== undefined) return;
      tell(`Laying out ${size.people} people and ${size.groups} groups in an OpenLDAP`);
      source = await startOpenldap({ ldif: company(size).ldif });
      process.env["BENCH_LDAP_PASSWORD"] = admin.password;
    },
    async once(samples) {
      if (source === undefined) return;
      await written(join(folder, "written"), source, samples);
      await found(join(folder, "found"), source, samples);
    },
    rows: (samples) => (source === undefined ? [] : directoryRows(samples)),
    text: (samples) =>
      source === undefined ? [`Left out, the directory: ${why}.`] : [directoryText(samples, size.people, size.groups)],
    stop: async () => source?.stop(),
  };
}

/** Why there is no directory to measure with; undefined where there is one. */
async function withoutOpenldap(): Promise<string | undefined> {
  if (serversOff()) return "RECONCILE_TEST_SERVERS=none";
  const lacking = await missing(["openldap"]);
  return lacking.length > 0 ? `${lacking.join(", ")} is not on this machine` : undefined;
}

/** Everybody is a line of an imported manifest. */
async function written(folder: string, source: Openldap, samples: Samples): Promise<void> {
  await lay(folder, { "manifests/endpoints.yaml": endpoint("corp", source) + migration("{directory: corp}") });
  const run = runIn(folder, samples);
  await run("import", "import", "corp", "-o", "manifests");
  await run("plan right after import", "plan", "--detailed-exitcode");
  await withTarget(async (target) => {
    await lay(folder, { "manifests/endpoints.yaml": endpoint("new", target) + migration("{directory: new}") }, false);
    await rm(join(folder, "manifests/.reconcile"), { recursive: true, force: true });
    await run("plan of all, written", "plan");
    await run("apply of all, written", "apply", "--auto-approve");
    await run("plan without change, written", "plan", "--detailed-exitcode");
  });
}

/** Everybody is a row of the other directory. */
async function found(folder: string, source: Openldap, samples: Samples): Promise<void> {
  const run = runIn(folder, samples);
  await withTarget(async (target) => {
    await lay(folder, {
      "manifests/all.yaml":
        endpoint("corp", source) +
        endpoint("new", target) +
        migration("{directory: new}", "{directory: corp}") +
        domain,
    });
    await run("apply of all, found", "apply", "--auto-approve");
    await run("plan without change, found", "plan", "--detailed-exitcode");
  });
}

/** An exit with anything but 0 ends the bench: with `--detailed-exitcode`, so does a plan with a change. */
const runIn =
  (folder: string, samples: Samples) =>
  async (name: string, ...args: readonly string[]): Promise<void> =>
    push(samples, `directory/${name}`, await reconcileAsked(folder, ...args));

async function withTarget(use: (target: Openldap) => Promise<void>): Promise<void> {
  const target = await startOpenldap({ ldif: units });
  try {
    await use(target);
  } finally {
    await target.stop();
  }
}

async function lay(folder: string, files: Readonly<Record<string, string>>, anew = true): Promise<void> {
  if (anew) await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "manifests"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const endpoint = (name: string, { port, capath }: Openldap): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: ${name}}
spec:
  type: ldap
  url: ldap://127.0.0.1:${port}
  ca: ${capath}
  base: "${suffix}"
  bind: {dn: "${admin.dn}", password: {env: BENCH_LDAP_PASSWORD}}
  accounts: {base: "ou=people,${suffix}"}
  lists: {base: "ou=groups,${suffix}"}
  aliases: {base: "ou=aliases,${suffix}"}
---
`;

const migration = (destination: string, source?: string): string => `apiVersion: reconcile/v1
kind: Migration
metadata: {name: company}
spec: {${source === undefined ? "" : `source: ${source}, `}destination: ${destination}}
`;

const domain = `---
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec: {accountsFrom: {}, listsFrom: {}}
`;
