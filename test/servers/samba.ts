/** A Samba 4.17 of the test's own: a domain controller of Active Directory, as far as LDAP goes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CertificateKind, writeCertificates } from "./certificates.ts";
import type { Connection } from "./ldapsearch.ts";
import { requireServer } from "./packages.ts";
import { freePorts } from "./ports.ts";
import { serverFolder } from "./process.ts";
import { administrator, base, sambaConfiguration } from "./samba-configuration.ts";
import { portsLibrary, type Schema, type Size, unpackDomain } from "./samba-template.ts";
import { type Life, live, within } from "./server.ts";

export { administrator };

export interface SambaOptions {
  /** How many people its company has; `small`. */
  readonly size?: Size;
  /** `plain`. */
  readonly schema?: Schema;
  /** What TLS shows; `good`. */
  readonly certificate?: CertificateKind;
  /** Refuses to bind by password over a line in the clear; false. */
  readonly tlsRequired?: boolean;
  /** Lines at the end of smb.conf. */
  readonly extra?: string;
}

/** It has the people of samba-seed.py below `company`. */
export interface Samba extends Life {
  readonly host: "127.0.0.1";
  /** In the clear, with StartTLS. */
  readonly port: number;
  readonly tlsPort: number;
  readonly folder: string;
  /** The authority of its certificate, as a PEM file. */
  readonly capath: string;
  readonly base: string;
  readonly company: string;
  /** For the truth: as its administrator, beside everything that a test puts in between. */
  readonly own: Connection;
}

export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
  await requireServer("samba");
  const folder = await serverFolder();
  return within(folder, async () => {
    const [port = 0, tlsPort = 0, catalog = 0, tlsCatalog = 0] = await freePorts(4);
    const at = (...parts: readonly string[]) => join(folder, ...parts);
    await unpackDomain(options.size ?? "small", options.schema ?? "plain", folder);
    for (const name of ["run", "dc/lock", "dc/cache"]) await mkdir(at(name), { recursive: true });
    const strong = options.tlsRequired ? "allow_sasl_over_tls" : "no";
    const extra = `ldap server require strong auth = ${strong}\n${options.extra ?? ""}`;
    await writeFile(at("smb.conf"), sambaConfiguration({ folder, extra }));
    const { authority } = await writeCertificates(folder, options.certificate);
    const ports = `389=${port} 636=${tlsPort} 3268=${catalog} 3269=${tlsCatalog}`;
    // Samba alone is to be preloaded, not its guard.
    const command = ["env", `LD_PRELOAD=${portsLibrary()}`, `PORTS=${ports}`, "samba", "-M", "single", "-F"];
    const life = await live({
      folder,
      port,
      tlsPort,
      greets: false,
      logs: [at("log")],
      command: [...command, "--no-process-group", "-s", at("smb.conf")],
    });
    return {
      host: "127.0.0.1",
      port,
      tlsPort,
      folder,
      capath: authority,
      base,
      company: `OU=Company,${base}`,
      own: { url: `ldap://127.0.0.1:${port}`, bind: administrator },
      ...life,
    };
  });
}
