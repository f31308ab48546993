/** The example that moves a company out of Active Directory, over servers of the test. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ldif } from "../endpoint/ldap.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import type { Size } from "../servers/samba-template.ts";
import { administrator, type Samba, startSamba } from "../servers/samba.ts";
import { openPlace, type Place } from "./run.ts";

const example = join(import.meta.dirname, "../../manifests/active-directory-to-openldap");
export const env = { AD_PASSWORD: administrator.password, LDAP_PASSWORD: admin.password };
export const login = (number: number): string => `u${String(number).padStart(5, "0")}@example.test`;

/** The example's manifests, with the servers of the test in place of those that it names. */
export async function lay(
  place: Place,
  ad: { readonly url: string; readonly server: Samba },
  others: readonly (readonly [string, string])[],
) {
  await cp(example, place.path("manifests"), { recursive: true });
  for (const name of ["endpoints.yaml", "people.yaml", "migration.yaml"]) {
    const file = place.path("manifests", name);
    let text = await readFile(file, "utf8");
    for (const [from, to] of [
      ["ldaps://dc1.ad.harbour.example", `${ad.url}\n  ca: ${ad.server.capath}`],
      ["OU=Company,DC=ad,DC=harbour,DC=example", ad.server.company],
      ["reader@ad.harbour.example", administrator.dn],
      ...others,
      ["harbour.example", "example.test"],
    ] as const)
      text = text.replaceAll(from, to);
    await writeFile(file, text);
  }
}

export interface Example {
  readonly place: Place;
  readonly source: Samba;
  readonly target: Openldap;
  run(...args: readonly string[]): ReturnType<Place["run"]>;
  /** What the group's entry at the destination has of members. */
  membersOf(name: string): Promise<Readonly<Record<string, readonly string[]>> | undefined>;
  close(): Promise<void>;
}

/** Laid out and not yet applied; the company has so many people. */
export async function openExample(size: Size): Promise<Example> {
  const units = ["people", "groups"].map((ou) => ldif(`ou=${ou},${suffix}`, { objectClass: "organizationalUnit", ou }));
  const [place, source, target] = await Promise.all([
    openPlace(),
    startSamba({ size }),
    startOpenldap({ ldif: units.join("") }),
  ]);
  await lay(place, { url: `ldaps://127.0.0.1:${source.tlsPort}`, server: source }, [
    ["ldaps://ldap.harbour.example", `ldaps://127.0.0.1:${target.tlsPort}\n  ca: ${target.capath}`],
    ["dc=harbour,dc=example", suffix],
  ]);
  return {
    place,
    source,
    target,
    run: (...args) => place.run([...args, "-f", "manifests"], { env }),
    async membersOf(name) {
      const attributes = ["member", "rfc822MailMember"];
      const [group] = await target.search(`(mail=${name}@example.test)`, { attributes });
      return group?.values;
    },
    async close() {
      await Promise.all([source.stop(), target.stop(), place.remove()]);
    },
  };
}
